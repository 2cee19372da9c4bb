#include "unit/check.h"

#include "base/file.h"
#include "text/data_check.h"

static struct data t;
static struct data_stats s;

/* Of tests/golden/data/shop.csv: orders have the mean 151, the median 130.5, the
 * sum 1812 and go from 104 to 410; revenue has the mean 6923.01 and the sum
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
	RUN(each_sentence_counts);
	buf_release(&text);
	data_stats_release(&s);
	data_release(&t);
	return REPORT();
}
