#include "unit/check.h"

#include "base/file.h"
#include "text/data_check.h"

static struct data t;
static struct data_stats s;

/* Of tests/golden/data/shop.csv: orders have the mean 151, the median 130.5,
 * the sum 1812 and go from 104 to 410; revenue has the mean 6923.01 and the sum
 * 76153.15. */
static void only_what_is_plainly_wrong_is_told(void)
{
	static const struct {
		const char *answer;
		const char *want;
	} rows[] = {
		{"The mean of orders is 160.",
			"the mean of orders is given as 160; computed: 151\n"},
		{"**Orders** average 160",
			"the mean of orders is given as 160; "
			"computed: 151\n"},
		{"- Total revenue: $86,153.15",
			"the sum of revenue is given as 86,153.15; computed: "
			"76153.15\n"},
		{"The highest orders value was 510.",
			"the maximum of orders is given as 510; computed: "
			"410\n"},
		{"Median `orders`: 120.5",
			"the median of orders is given as 120.5; computed: "
			"130.5\n"},
		{"Total revenue is 86 thousand",
			"the sum of revenue is given as 86; computed: "
			"76153.15\n"},
		{"The standard deviation of returns is 12.1",
			"the standard deviation of returns is given as 12.1; "
			"computed: 7.59336\n"},
		/* Right, or rounded. */
		{"The mean of orders is 151.", ""},
		{"The average of orders is about 150", ""},
		{"Total revenue was 76,153.15", ""},
		{"Total revenue was about 76,000", ""},
		{"Total revenue was 76k", ""},
		{"Total revenue was $76.2 thousand", ""},
		{"The mean of revenue is 6,923", ""},
		{"The standard deviation of returns is 7.6", ""},
		/* Of a part of the rows, or of something made of them. */
		{"The mean of orders in north is 176", ""},
		{"The average orders per region is 604", ""},
		{"Without December, the mean of orders is 127.5", ""},
		{"The mean of orders rose by 12", ""},
		{"The mean of orders is 20% higher", ""},
		{"The mean of orders in 2025-12 was high", ""},
		{"The average of the largest orders is 300", ""},
		/* More than one figure or column, or none. */
		{"The mean of orders is 160 or 170", ""},
		{"The mean of orders and returns is 80", ""},
		{"The mean is 160", ""},
		{"Orders are 160", ""},
		{"The mean of orders is high. Returns: 160", ""},
		{"The mean of reorders is 160", ""},
		{"Step 3: look at the mean of orders", ""},
		{"The mean order value is 160", ""},
		{"", ""},
	};
	struct buf out;
	size_t i;

	buf_init(&out, BUF_SMALL);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n;

		buf_reset(&out);
		n = data_contradictions(&t, &s, span_str(rows[i].answer), &out);
		if (strcmp(out.p, rows[i].want) != 0)
			printf("%s\n", rows[i].answer);
		CHECK_STR(out.p, rows[i].want);
		CHECK_INT(n, rows[i].want[0] != '\0');
	}
	buf_release(&out);
}

/* The words and numbers of the answer's language count. */
static void other_languages(void)
{
	static const struct {
		const char *answer;
		const char *want;
	} rows[] = {
		/* A number may be meant in either way, whatever the words. */
		{"Total orders: 1.812", ""},
		{"Total orders: 1,812", ""},
		{"Total orders: 1'812", ""},
		{"Total orders: 1\xc2\xa0"
		 "812",
			""},
		{"Total orders: 1\xe2\x80\xaf"
		 "812",
			""},
		{"Median orders: 130,5", ""},
		{"Maximum revenue: 18.450,00", ""},
		{"Total orders: 1.912",
			"the sum of orders is given as 1.912; computed: "
			"1812\n"},
		/* German */
		{"Der Median von orders betr\xc3\xa4gt 130,5 und ist gut.", ""},
		{"Die Summe von revenue ist 76.153,15 und das ist viel.", ""},
		{"Die Summe von revenue ist 76 Tausend, und das ist viel.", ""},
		{"Die Summe von revenue ist 0,0762 Mio. und das ist viel.", ""},
		{"Der Mittelwert von orders ist 160,5 und liegt hoch.",
			"the mean of orders is given as 160,5; computed: "
			"151\n"},
		{"Der Mittelwert von orders ohne den Dezember ist 127,5", ""},
		{"Der Mittelwert von orders ist im Norden 176,0 und hoch.", ""},
		/* French: a blank between the groups. */
		{"La somme de revenue est de 76 153,15 euros.", ""},
		{"La somme de revenue est de 86 153,15 euros.",
			"the sum of revenue is given as 86 153,15; computed: "
			"76153.15\n"},
		{"La moyenne de orders est de 160 et la suite est belle.",
			"the mean of orders is given as 160; computed: 151\n"},
		{"La moyenne de orders est de 127 sans les mois de "
		 "f\xc3\xaate.",
			""},
		/* Spanish, Portuguese, Italian */
		{"La media de orders es 151,0 y la de las dem\xc3\xa1s no.",
			""},
		{"La media de orders es 160,0 y el resto es bueno.",
			"the mean of orders is given as 160,0; computed: "
			"151\n"},
		{"El total de revenue de los clientes es de 76 mil euros.", ""},
		{"A soma de revenue \xc3\xa9 de 86.153,15 e isso \xc3\xa9 "
		 "muito.",
			"the sum of revenue is given as 86.153,15; computed: "
			"76153.15\n"},
		{"A m\xc3\xa9"
		 "dia de orders \xc3\xa9 de 151 e isso \xc3\xa9 bom.",
			""},
		{"Il massimo di orders \xc3\xa8 410 e la mediana \xc3\xa8 130.",
			""},
		{"Il massimo di orders \xc3\xa8 510 e gli altri sono bassi.",
			""},
		{"Il massimo di orders \xc3\xa8 510 e la cosa \xc3\xa8 bella.",
			"the maximum of orders is given as 510; computed: "
			"410\n"},
		/* Hindi and Thai: no words of theirs are known. */
		{"orders \xe0\xa4\x95\xe0\xa4\xbe \xe0\xa4\x94\xe0\xa4\xb8"
		 "\xe0\xa4\xa4 160 \xe0\xa4\xb9\xe0\xa5\x88",
			""},
		/* Marks of a chart are no words. */
		{"The mean of orders is 160.\n\no....o..o a e y\n",
			"the mean of orders is given as 160; computed: 151\n"},
		/* "media" is no mean in English. */
		{"The media spend on orders is 160", ""},
	};
	struct buf out;
	size_t i;

	buf_init(&out, BUF_SMALL);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&out);
		(void)data_contradictions(
			&t, &s, span_str(rows[i].answer), &out);
		if (strcmp(out.p, rows[i].want) != 0)
			printf("%s\n", rows[i].answer);
		CHECK_STR(out.p, rows[i].want);
	}
	buf_release(&out);
}

static void each_sentence_counts(void)
{
	struct buf out;
	struct buf text;
	int i;

	buf_init(&out, BUF_SMALL);
	buf_init(&text, BUF_SMALL);
	CHECK_INT(data_contradictions(&t, &s,
			  span_str("The mean of orders is 160. The sum of "
				   "returns is 93; the maximum of returns is "
				   "51.\nFine."),
			  &out),
		2);
	for (i = 0; i < 100; i++)
		buf_str(&text, "The mean of orders is 160.\n");
	CHECK_INT(data_contradictions(&t, &s, buf_view(&text), &out),
		DATA_CHECK_MAX);
	buf_release(&out);
	buf_release(&text);
}

int main(void)
{
	struct buf text;

	data_init(&t);
	data_stats_init(&s);
	buf_init(&text, BUF_LARGE);
	if (file_read(TESTS_DIR "/golden/data/shop.csv", &text, NULL) !=
			ST_OK ||
		data_read(&t, buf_view(&text), NULL) != ST_OK ||
		data_stats_make(&s, &t, NULL) != ST_OK)
		return 1;
	RUN(only_what_is_plainly_wrong_is_told);
	RUN(other_languages);
	RUN(each_sentence_counts);
	buf_release(&text);
	data_stats_release(&s);
	data_release(&t);
	return REPORT();
}
