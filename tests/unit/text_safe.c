/* text/safe: hostile payloads, and the three promises on random text. */
#include "unit/check.h"

#include <stdint.h>

#include "fuzz/safe_rules.h"

struct row {
	const char *in;
	const char *out;
};

/* The same in and out. */
#define SAME(s)                                                                \
	{                                                                      \
		s, s                                                           \
	}

/* Tag characters of ASCII, in UTF-8: U+E0020 + c. */
#define TAG_B "\xf3\xa0\x81\xa2"
#define TAG_E "\xf3\xa0\x81\xa5"
#define TAG_G "\xf3\xa0\x81\xa7"
#define TAG_H "\xf3\xa0\x81\xa8"
#define TAG_I "\xf3\xa0\x81\xa9"
#define TAG_N "\xf3\xa0\x81\xae"
#define TAG_END "\xf3\xa0\x81\xbf"
#define FLAG "\xf0\x9f\x8f\xb4"
#define ZWJ "\xe2\x80\x8d"
#define ZWNJ "\xe2\x80\x8c"
#define VS15 "\xef\xb8\x8e"
#define VS16 "\xef\xb8\x8f"
#define ACUTE "\xcc\x81"
#define ACUTE8 ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE
#define WOMAN "\xf0\x9f\x91\xa9"
#define ROCKET "\xf0\x9f\x9a\x80"

static const struct row rows[] = {
	/* Plain text. */
	SAME(""), SAME("Hello, world!\n"), SAME("a\tb\n\tc\n"),
	SAME("Gr\xc3\xbc\xc3\x9f"
	     "e, \xe6\xbc\xa2\xe5\xad\x97, \xd0\x96, \xe0\xb8\x81\n"),
	SAME("^[ <U+202E> [hidden text: \"x\"]"),
	SAME("~`!@#$%^&*()_+-={}[]|\\:\";'<>?,./"), SAME("\xef\xbf\xbd"),
	SAME("\xc2\xa0\xe2\x80\x87\xe3\x80\x80"), /* spaces with a width */
	/* Line ends. */
	{"a\r\nb\r\n", "a\nb\n"}, {"100%\rfake", "100%^Mfake"}, {"\r", "^M"},
	{"\r\r\n", "^M\n"}, {"\n\r", "\n^M"}, {"a\r\tb", "a^M\tb"},
	{"a\r\x1b[K", "a^M^[[K"},
	/* C0 and DEL. */
	{"\a", "^G"}, {"a\bb", "a^Hb"}, {"\v\f", "^K^L"}, {"\x0e\x0f", "^N^O"},
	{"\x7f", "^?"}, {"\x1a\x1c\x1d\x1e\x1f", "^Z^\\^]^^^_"},
	{"\x05", "^E"}, /* answerback */
	{"\x11\x13", "^Q^S"}, {"\x18", "^X"},
	/* Escape sequences. */
	{"\x1b[31mred\x1b[0m", "^[[31mred^[[0m"},
	{"\x1b]0;title\a", "^[]0;title^G"},
	{"\x1b]52;c;ZXZpbA==\x1b\\", "^[]52;c;ZXZpbA==^[\\"},
	{"\x1b]8;;http://x/\x1b\\a\x1b]8;;\x1b\\",
		"^[]8;;http://x/^[\\a^[]8;;^[\\"},
	{"\x1bP1$r0m\x1b\\", "^[P1$r0m^[\\"},
	{"\x1b_Gf=24;AAAA\x1b\\", "^[_Gf=24;AAAA^[\\"},
	{"\x1b^pm\x1b\\", "^[^pm^[\\"}, {"\x1bX sos\x1b\\", "^[X sos^[\\"},
	{"\x1b[6n", "^[[6n"}, {"\x1b[c\x1b[>c\x1b[=c", "^[[c^[[>c^[[=c"},
	{"\x1b[21t", "^[[21t"}, /* title into the input */
	{"\x1b]10;?\a", "^[]10;?^G"}, {"\x1b[?1049h", "^[[?1049h"},
	{"\x1b[?1000h\x1b[?2004h", "^[[?1000h^[[?2004h"},
	{"\x1b[2J\x1b[H", "^[[2J^[[H"}, {"\x1b[1A\x1b[2K", "^[[1A^[[2K"},
	{"\x1b[8m hidden", "^[[8m hidden"}, {"\x1b(0lqk", "^[(0lqk"},
	{"\x1b"
	 "c",
		"^[c"},
	{"\x1b#8", "^[#8"}, {"\x1b", "^["}, {"\x1b\x1b[0m", "^[^[[0m"},
	{"\x1b]1337;File=:AAAA\a", "^[]1337;File=:AAAA^G"},
	{"\x1b]777;notify;a;b\a", "^[]777;notify;a;b^G"},
	{"\x1b]50;#1\a", "^[]50;#1^G"}, {"\x1b[\x1b[31m", "^[[^[[31m"},
	{"\x1b\r\n[31m", "^[\n[31m"}, {"\x1b[3\x1b[0m1m", "^[[3^[[0m1m"},
	/* C1, as characters and as bytes. */
	{"\xc2\x9b"
	 "31m",
		"<U+009B>31m"},
	{"\xc2\x9d"
	 "0;t\xc2\x9c",
		"<U+009D>0;t<U+009C>"},
	{"\xc2\x90q\xc2\x9c", "<U+0090>q<U+009C>"},
	{"\xc2\x85\xc2\x80", "<U+0085><U+0080>"},
	{"\x9b"
	 "31m",
		"\xef\xbf\xbd"
		"31m"},
	/* Ill-formed UTF-8: one U+FFFD for each maximal part. */
	{"\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd"},
	{"\xc0\x9b"
	 "31m",
		"\xef\xbf\xbd\xef\xbf\xbd"
		"31m"},
	{"\xe0\x80\x9b", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	{"\xf4\x90\x80\x80",
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	{"\xf0\x9f\x98", "\xef\xbf\xbd"},
	{"\xe2\x82"
	 "A",
		"\xef\xbf\xbd"
		"A"},
	{"\xf0\x9f\x1b[31m", "\xef\xbf\xbd^[[31m"},
	{"\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd"},
	{"\xf8\x88\x80\x80\x80",
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	{"\xc3", "\xef\xbf\xbd"}, {"\xc2\x0a", "\xef\xbf\xbd\n"},
	{"\r\xc3", "^M\xef\xbf\xbd"},
	/* Bidirectional controls. */
	{"\xe2\x80\xae"
	 "exe.txt",
		"<U+202E>exe.txt"},
	{"\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad",
		"<U+202A><U+202B><U+202C><U+202D>"},
	{"\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9",
		"<U+2066><U+2067><U+2068><U+2069>"},
	{"\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "<U+200E><U+200F><U+061C>"},
	/* Separators and what is not drawn. */
	{"\xe2\x80\xa8\xe2\x80\xa9", "<U+2028><U+2029>"},
	{"pass\xe2\x80\x8bword", "pass<U+200B>word"},
	{"\xef\xbb\xbfhi", "<U+FEFF>hi"},
	{"a\xc2\xad"
	 "b",
		"a<U+00AD>b"},
	{"\xe2\x81\xa0\xe2\x81\xa4\xe2\x81\xaf", "<U+2060><U+2064><U+206F>"},
	{"a\xcd\x8f", "a<U+034F>"},
	{"\xe1\x85\x9f\xe1\x85\xa0\xe3\x85\xa4\xef\xbe\xa0",
		"<U+115F><U+1160><U+3164><U+FFA0>"},
	{"\xe1\x9e\xb4\xe1\x9e\xb5", "<U+17B4><U+17B5>"},
	{"\xe1\xa0\xa0\xe1\xa0\x8b\xe1\xa0\x8e",
		"\xe1\xa0\xa0<U+180B><U+180E>"},
	{"\xef\xbf\xb9\xef\xbf\xbb\xef\xbf\xb0", "<U+FFF9><U+FFFB><U+FFF0>"},
	{"\xf0\x93\x90\xb0\xf0\x9b\xb2\xa0\xf0\x9d\x85\xb3",
		"<U+13430><U+1BCA0><U+1D173>"},
	/* Private use and noncharacters. */
	{"\xee\x82\xb0$ rm", "<U+E0B0>$ rm"},
	{"\xf3\xb0\x80\x80\xf4\x8f\xbf\xbd", "<U+F0000><U+10FFFD>"},
	{"\xef\xbf\xbe\xef\xbf\xbf\xef\xb7\x90", "<U+FFFE><U+FFFF><U+FDD0>"},
	{"\xf0\x9f\xbf\xbe", "<U+1FFFE>"},
	/* Joiners. */
	{"a" ZWJ "b", "a<U+200D>b"}, {ZWJ, "<U+200D>"}, SAME(WOMAN ZWJ ROCKET),
	{WOMAN ZWJ ZWJ ROCKET, WOMAN ZWJ "<U+200D>" ROCKET},
	SAME("\xe0\xa4\x95\xe0\xa5\x8d" ZWJ "\xe0\xa4\xb7"), /* Devanagari */
	SAME("\xd9\x85\xdb\x8c" ZWNJ "\xd8\xae"), /* Persian */
	{"\xd9\x85" ZWNJ ZWNJ, "\xd9\x85" ZWNJ "<U+200C>"},
	{"\xe6\xbc\xa2" ZWNJ, "\xe6\xbc\xa2<U+200C>"},
	SAME("\xf0\x9f\x8f\xb3" VS16 ZWJ "\xf0\x9f\x8c\x88"),
	SAME("\xf0\x9f\x91\xa9\xf0\x9f\x8f\xbd" ZWJ ROCKET),
	{WOMAN "\n" ZWJ, WOMAN "\n<U+200D>"},
	/* Variation selectors. */
	SAME("\xe2\x9c\x94" VS16 " \xe2\x9c\x94" VS15),
	SAME("1" VS16 "\xe2\x83\xa3"), {"a" VS16, "a<U+FE0F>"},
	{"\xe2\x9c\x94" VS16 VS16, "\xe2\x9c\x94" VS16 "<U+FE0F>"},
	{"\xe2\x9c\x94\xef\xb8\x80", "\xe2\x9c\x94<U+FE00>"},
	SAME("\xe8\x91\x9b\xf3\xa0\x84\x80"),
	{"\xe8\x91\x9b\xf3\xa0\x84\x80\xf3\xa0\x84\x80",
		"\xe8\x91\x9b\xf3\xa0\x84\x80<U+E0100>"},
	{"a\xf3\xa0\x84\x80", "a<U+E0100>"},
	/* Tags. */
	SAME(FLAG TAG_G TAG_B TAG_E TAG_N TAG_G TAG_END),
	{TAG_H TAG_I, "[hidden text: \"hi\"]"},
	{"ok" TAG_H TAG_I "ok", "ok[hidden text: \"hi\"]ok"},
	{FLAG TAG_H TAG_I, FLAG "[hidden text: \"hi\"]"},
	{FLAG TAG_G TAG_B TAG_E, FLAG "[hidden text: \"gbe\"]"},
	{FLAG TAG_G TAG_B TAG_END, FLAG "[hidden text: \"gb<U+E007F>\"]"},
	{FLAG TAG_G TAG_B "x", FLAG "[hidden text: \"gb\"]x"},
	{FLAG TAG_G TAG_B TAG_E TAG_N TAG_G TAG_END TAG_H,
		FLAG TAG_G TAG_B TAG_E TAG_N TAG_G TAG_END
		"[hidden text: \"h\"]"},
	{"\xf3\xa0\x80\x81" TAG_E, "[hidden text: \"<U+E0001>e\"]"},
	{TAG_H "\x1b" TAG_I, "[hidden text: \"h\"]^[[hidden text: \"i\"]"},
	/* Combining marks. */
	SAME("a" ACUTE8), {"a" ACUTE8 ACUTE, "a" ACUTE8 "<U+0301>"},
	{"a" ACUTE8 ACUTE ACUTE, "a" ACUTE8 "<U+0301><U+0301>"},
	{ACUTE "a", "<U+0301>a"}, {"\n" ACUTE, "\n<U+0301>"},
	{"\t" ACUTE, "\t<U+0301>"}, {"\x1b" ACUTE, "^[<U+0301>"},
	{"a\xe2\x83\x9d", "a\xe2\x83\x9d"}, /* an enclosing mark */
};

static void hostile_payloads(void)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out;

		buf_init(&out, BUF_SMALL);
		safe_text(span_str(rows[i].in), &out);
		CHECK_STR(out.p, rows[i].out);
		buf_release(&out);
	}
	CHECK(sizeof(rows) / sizeof(rows[0]) >= 80);
}

static void zero_byte_is_visible(void)
{
	struct buf out;

	buf_init(&out, BUF_SMALL);
	safe_text(span_of("a\0b", 3), &out);
	CHECK_STR(out.p, "a^@b");
	buf_release(&out);
}

static void payloads_keep_the_promises(void)
{
	size_t i;
	unsigned flags;
	uint32_t cuts;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (flags = 0; flags < 4; flags++)
			for (cuts = 1; cuts < 40; cuts++) {
				const char *why = safe_promise_broken(
					span_str(rows[i].in), flags, cuts);

				if (why != NULL)
					printf("row %zu: %s\n", i, why);
				CHECK(why == NULL);
			}
}

static void one_line(void)
{
	struct buf out;

	buf_init(&out, BUF_SMALL);
	safe_line(span_str("a\tb\r\nc\nd\re\x1b[1m"), &out);
	CHECK_STR(out.p, "a b^Jc^Jd^Me^[[1m");
	buf_release(&out);
}

static void isolates_are_kept_and_closed(void)
{
	static const struct row rtl[] = {
		{"\xe2\x81\xa7x\ny", "\xe2\x81\xa7x\xe2\x81\xa9\ny"},
		{"\xe2\x81\xa6\xe2\x81\xa7x",
			"\xe2\x81\xa6\xe2\x81\xa7x\xe2\x81\xa9\xe2\x81\xa9"},
		SAME("\xe2\x81\xa6x\xe2\x81\xa9"),
		{"\xe2\x81\xa9", "<U+2069>"},
		SAME("a\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c"),
		{"\xe2\x80\xae", "<U+202E>"},
		{"\xe2\x80\xab", "<U+202B>"},
	};
	size_t i;

	for (i = 0; i < sizeof(rtl) / sizeof(rtl[0]); i++) {
		struct buf out;

		buf_init(&out, BUF_SMALL);
		safe_in_pieces(span_str(rtl[i].in), SAFE_RTL, 1, &out);
		CHECK_STR(out.p, rtl[i].out);
		buf_release(&out);
	}
}

static void hidden_text_is_bounded(void)
{
	struct buf in;
	struct buf out;
	int i;

	buf_init(&in, BUF_SMALL);
	buf_init(&out, BUF_SMALL);
	for (i = 0; i < SAFE_HIDDEN_MAX + 7; i++)
		utf8_put(&in, 0xe0041);
	safe_text(buf_view(&in), &out);
	CHECK(out.len < SAFE_HIDDEN_MAX + 50);
	CHECK(strstr(out.p, "AAA\" and 7 more]") != NULL);
	buf_release(&in);
	buf_release(&out);
}

static uint32_t rnd(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Code points that meet each other's rules more often than chance would. */
static uint32_t pick(uint32_t *seed)
{
	static const uint32_t spicy[] = {'a', '1', '\r', '\n', '\t', 0x1b, 0x7f,
		0x9b, 0xad, 0x301, 0x34f, 0x600, 0x61c, 0x627, 0x64b, 0x915,
		0x94d, 0x1160, 0x180b, 0x200b, 0x200c, 0x200d, 0x200e, 0x202e,
		0x2066, 0x2067, 0x2069, 0x20e3, 0x2714, 0x4e00, 0xe0b0, 0xfe00,
		0xfe0e, 0xfe0f, 0xfeff, 0xfffd, 0xfffe, 0x1f3f4, 0x1f3fb,
		0x1f469, 0x1f680, 0xe0001, 0xe0062, 0xe0065, 0xe0067, 0xe006e,
		0xe007f, 0xe0100, 0x10fffd};
	uint32_t r = rnd(seed);

	switch (r & 7) {
	case 0: return rnd(seed) % 0x110000;
	case 1: return rnd(seed) % 0x80;
	case 2: return rnd(seed) % 0x3000;
	default: return spicy[(r >> 8) % (sizeof(spicy) / sizeof(spicy[0]))];
	}
}

static void random_text_keeps_the_promises(void)
{
	uint32_t seed = 0x2545f491;
	int broken = 0;
	int i;

	for (i = 0; i < 20000 && broken == 0; i++) {
		struct buf in;
		const char *why;
		uint32_t n = rnd(&seed) % 40;

		buf_init(&in, BUF_SMALL);
		while (n-- > 0) {
			if ((rnd(&seed) & 15) == 0)
				buf_char(&in, (char)(rnd(&seed) & 0xff));
			else
				utf8_put(&in, pick(&seed));
		}
		why = safe_promise_broken(
			buf_view(&in), rnd(&seed) & 3, rnd(&seed));
		if (why != NULL) {
			printf("text %d: %s\n", i, why);
			broken++;
		}
		buf_release(&in);
	}
	CHECK_INT(broken, 0);
}

/* Each code point alone, behind a letter and behind an emoji. */
static void every_code_point(void)
{
	struct buf in;
	struct buf out;
	uint32_t cp;
	int broken = 0;

	buf_init(&in, BUF_SMALL);
	buf_init(&out, BUF_SMALL);
	for (cp = 0; cp < 0x110000 && broken < 5; cp++) {
		buf_reset(&in);
		buf_reset(&out);
		utf8_put(&in, cp);
		buf_char(&in, 'a');
		utf8_put(&in, cp);
		utf8_put(&in, 0x1f469);
		utf8_put(&in, cp);
		safe_text(buf_view(&in), &out);
		if (safe_rules_broken(buf_view(&out)) >= 0) {
			printf("U+%04X comes out\n", (unsigned)cp);
			broken++;
		}
	}
	buf_release(&in);
	buf_release(&out);
	CHECK_INT(broken, 0);
}

/* An empty span may have no address. */
static void nothing_is_nothing(void)
{
	struct buf out;

	buf_init(&out, BUF_SMALL);
	safe_text(span_of(NULL, 0), &out);
	safe_line(span_of(NULL, 0), &out);
	CHECK_INT(out.len, 0);
	buf_release(&out);
}

int main(void)
{
	RUN(hostile_payloads);
	RUN(zero_byte_is_visible);
	RUN(payloads_keep_the_promises);
	RUN(one_line);
	RUN(nothing_is_nothing);
	RUN(isolates_are_kept_and_closed);
	RUN(hidden_text_is_bounded);
	RUN(random_text_keeps_the_promises);
	RUN(every_code_point);
	return REPORT();
}
