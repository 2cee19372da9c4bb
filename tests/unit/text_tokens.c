/* text/tokens: not below the measured truth, and not far above it. */
#include "unit/check.h"

#include <stdint.h>

#include "text/tokens.h"

/* Article 1 of the Universal Declaration of Human Rights, and what is not
 * prose, with the tokens that a llama-server with the vocabulary of Llama 3
 * counted. */
static const struct {
	const char *language;
	const char *text;
	int64_t tokens;
} articles[] = {
	{"English",
		"All human beings are born free and equal in dignity and "
		"rights. They are endowed with reason and conscience and "
		"should act towards one another in a spirit of brotherhood.",
		33},
	{"German",
		"Alle Menschen sind frei und gleich an Würde und Rechten "
		"geboren. Sie sind mit Vernunft und Gewissen begabt und sollen "
		"einander im Geist der Brüderlichkeit begegnen.",
		44},
	{"French",
		"Tous les êtres humains naissent libres et égaux en dignité "
		"et en droits. Ils sont doués de raison et de conscience et "
		"doivent agir les uns envers les autres dans un esprit de "
		"fraternité.",
		50},
	{"Italian",
		"Tutti gli esseri umani nascono liberi ed eguali in dignità e "
		"diritti. Essi sono dotati di ragione e di coscienza e devono "
		"agire gli uni verso gli altri in spirito di fratellanza.",
		53},
	{"Portuguese",
		"Todos os seres humanos nascem livres e iguais em dignidade e "
		"em direitos. Dotados de razão e de consciência, devem agir "
		"uns para com os outros em espírito de fraternidade.",
		51},
	{"Spanish",
		"Todos los seres humanos nacen libres e iguales en dignidad y "
		"derechos y, dotados como están de razón y conciencia, deben "
		"comportarse fraternalmente los unos con los otros.",
		44},
	{"Hindi",
		"सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात "
		"स्वतन्त्रता और समानता प्राप्त है। उन्हें बुद्धि और अन्तरात्मा "
		"की देन प्राप्त है और परस्पर उन्हें भाईचारे के भाव से बर्ताव "
		"करना चाहिए।",
		93},
	{"Thai",
		"มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ "
		"ต่างมีเหตุผลและมโนธรรม "
		"และควรปฏิบัติต่อกันด้วยเจตนารมณ์แห่งภราดรภาพ",
		61},
	{"Arabic",
		"يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. وقد "
		"وهبوا عقلا وضميرا وعليهم أن يعامل بعضهم بعضا بروح الإخاء.",
		45},
	{"Hebrew",
		"כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם "
		"חוננו בתבונה ובמצפון, לפיכך חובה עליהם לנהוג איש ברעהו ברוח "
		"של אחווה.",
		129},
	{"Japanese",
		"すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利"
		"とに"
		"ついて平等である。人間は、理性と良心とを授けられており、互いに"
		"同胞の"
		"精神をもって行動しなければならない。",
		58},
	{"Russian",
		"Все люди рождаются свободными и равными в своем достоинстве "
		"и правах. Они наделены разумом и совестью и должны поступать "
		"в отношении друг друга в духе братства.",
		48},
	{"Chinese",
		"人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,"
		"并应以兄弟"
		"关系的精神相对待。",
		38},
	{"Korean",
		"모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 "
		"동등하다. 인간은 천부적으로 이성과 양심을 부여받았으며 서로 "
		"형제애의 정신으로 행동하여야 한다.",
		52},
	{"Polish",
		"Wszyscy ludzie rodzą się wolni i równi pod względem swej "
		"godności i swych praw. Są oni obdarzeni rozumem i sumieniem i "
		"powinni postępować wobec innych w duchu braterstwa.",
		62},
	/* Not prose. */
	{"C",
		"/*\n * Decodes the first character of the text. The result "
		"says how many bytes it\n * took; ill-formed input is "
		"replaced.\n */\nenum result decode(const char *text, size_t "
		"size, unsigned *character)\n{\n\tif (size == 0)\n"
		"\t\treturn RESULT_MORE;\n\t/* Most of the input is plain. "
		"*/\n\tif (is_ascii(text))\n\t\treturn "
		"decode_plain(text, character);\n\treturn "
		"decode_long(text, size, character);\n}\n",
		92},
	{"digits", "31415926535897932384626433832795", 11},
	{"base64",
		"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
		"+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
		54},
	{"hex",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852"
		"b855",
		35},
	{"capitals",
		"NO PERSON SHALL BE HELD LIABLE FOR ANY DAMAGES ARISING OUT OF "
		"THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY.",
		26},
	{"a long name", "getUserByIdAndValidateSessionToken(request);", 8},
	{"JSON",
		"[{\"id\": 17, \"name\": \"Ada\", \"born\": \"1815-12-10\", "
		"\"tags\": [\"maths\", \"engines\"], \"score\": 0.9731}]",
		44},
	{"Python",
		"def total(rows, key=None):\n    \"\"\"The sum of a "
		"column.\"\"\"\n"
		"    result = 0\n    for row in rows:\n        value = "
		"row.get(key)\n        if value is not None:\n            "
		"result "
		"+= float(value)\n    return result\n",
		51},
	{"a log",
		"2026-11-30T18:25:57.120Z INFO [worker-3] GET "
		"/api/v1/items/4711"
		"?page=2 200 17ms\n",
		39},
	/* clang-format 14 counts columns of emoji wrong and breaks the text. */
	/* clang-format off */
	{"emoji",
		"👩🏽‍🚀👨‍👩‍👧‍👦🏳️‍🌈👩‍❤️‍👨",
		43},
	/* clang-format on */
};

static void safe_side_of_what_was_measured(void)
{
	size_t i;

	for (i = 0; i < sizeof(articles) / sizeof(articles[0]); i++) {
		int64_t truth = articles[i].tokens;
		int64_t got = tokens_estimate(span_str(articles[i].text));

		if (got < truth || got > truth * 3 / 2)
			printf("%s: %lld tokens for %lld\n",
				articles[i].language, (long long)got,
				(long long)truth);
		CHECK(got >= truth);
		CHECK(got <= truth * 3 / 2);
	}
}

static void small_texts(void)
{
	CHECK_INT(tokens_estimate(span_str("")), 0);
	CHECK_INT(tokens_estimate(span_str("a")), 1);
	CHECK_INT(tokens_estimate(span_str("Hi")), 1);
	CHECK(tokens_estimate(span_str("Hello, world!")) >= 4);
	CHECK(tokens_estimate(span_str("\n\n\n")) == 1);
	CHECK(tokens_estimate(span_str("\xff\xff")) >= 2);
	CHECK(tokens_estimate(span_of("\0\0", 2)) >= 2);
	CHECK(tokens_estimate(span_str(" ")) == 1);
}

/* A text and what stands behind it never count less than the text alone, so
 * that a sum over messages is on the safe side too. */
static void longer_is_not_less(void)
{
	int64_t before = 0;
	const char *text = articles[1].text;
	size_t n;

	for (n = 0; n <= strlen(text); n++) {
		int64_t now = tokens_estimate(span_of(text, n));

		CHECK(now + 2 >= before);
		before = now;
	}
}

/* Twice the text is about twice the count, whatever the size: no step of the
 * count looks back. */
static void large_texts(void)
{
	struct buf b;
	int64_t one = tokens_estimate(span_str(articles[0].text));
	int i;

	buf_init(&b, BUF_LARGE);
	for (i = 0; i < 10000; i++) {
		buf_str(&b, articles[0].text);
		buf_char(&b, '\n');
	}
	CHECK(tokens_estimate(buf_view(&b)) >= 9500 * one);
	CHECK(tokens_estimate(buf_view(&b)) <= 10500 * (one + 1));
	buf_reset(&b);
	for (i = 0; i < 1000000; i++)
		buf_char(&b, 'a');
	CHECK(tokens_estimate(buf_view(&b)) > 100000);
	buf_release(&b);
}

int main(void)
{
	RUN(safe_side_of_what_was_measured);
	RUN(small_texts);
	RUN(longer_is_not_less);
	RUN(large_texts);
	return REPORT();
}
