#include <math.h>
#include <stdlib.h>

#include "unit/check.h"

#include "base/file.h"
#include "text/data_stats.h"
#include "text/data_summary.h"
#include "text/data_value.h"
#include "text/tokens.h"

static bool near(double a, double b)
{
	return fabs(a - b) <= 1e-9 * (fabs(b) > 1 ? fabs(b) : 1);
}

#define CHECK_NEAR(a, b)                                                       \
	do {                                                                   \
		double near_a = (a);                                           \
		double near_b = (b);                                           \
		if (!near(near_a, near_b)) {                                   \
			check_failures++;                                      \
			printf("%s:%d: %s is %.17g, not %.17g\n", __FILE__,    \
				__LINE__, #a, near_a, near_b);                 \
		}                                                              \
	} while (0)

static struct data t;
static struct data_stats s;

static enum status load(const char *text)
{
	struct err err;
	enum status st = data_read(&t, span_str(text), &err);

	return st == ST_OK ? data_stats_make(&s, &t, &err) : st;
}

static bool is_cell(size_t row, size_t col, const char *want)
{
	return row < t.rows && col < t.cols &&
		span_is(data_cell(&t, row, col), want);
}

static void reads_what_rfc_4180_says(void)
{
	CHECK_INT(load("a,b,c\r\n1,\"x, y\",\"he said \"\"no\"\"\"\r\n"
		       "2,\"two\r\nlines\",\r\n"),
		ST_OK);
	CHECK_INT(t.cols, 3);
	CHECK_INT(t.rows, 2);
	CHECK(t.named && t.n_problems == 0);
	CHECK(is_cell(0, 1, "x, y"));
	CHECK(is_cell(0, 2, "he said \"no\""));
	CHECK(is_cell(1, 1, "two\r\nlines"));
	CHECK(is_cell(1, 2, ""));
}

static void finds_the_delimiter(void)
{
	static const struct {
		const char *text;
		char delimiter;
		size_t cols;
	} rows[] = {
		{"a,b\n1,2\n", ',', 2},
		{"a;b\n1,5;2,5\n", ';', 2},
		{"1,5;2,5\n3,5;4,5\n", ';', 2},
		{"a\tb, c\td\n1\t2\t3\n", '\t', 3},
		{"a|b|c\n1|2|3\n", '|', 3},
		{"name,says\nx,\"a;b\"\ny,\"c;d\"\n", ',', 2},
		{"sep=,\na,b;c\n1,2;3\n", ',', 2},
		{"sep=|\na|b\n1|2\n", '|', 2},
		{"only\n1\n2\n", ',', 1},
		{"Sales 2026\n\na;b;c\n1;2;3\n4;5;6\n", ';', 3},
		{"\"x\",\"y\"\n\"1,2,3\",\"4\"\n", ',', 2},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_INT(load(rows[i].text), ST_OK);
		CHECK_INT(t.delimiter, rows[i].delimiter);
		CHECK_INT(t.cols, rows[i].cols);
	}
}

static void knows_a_row_of_names(void)
{
	static const struct {
		const char *text;
		bool named;
	} rows[] = {
		{"a,b\n1,2\n", true},
		{"1,2\n3,4\n", false},
		{"city,country\nParis,France\nRome,Italy\n", true},
		{"Paris,France\nLyon,France\n", false},
		{",height\nx,1\ny,2\n", true},
		{"country,2023,2024,2025\nFR,1,2,3\n", true},
		{"FR,1,2,3\nDE,4,5,6\n", false},
		{"2025-01-01,x\n2025-01-02,y\n", false},
		{"a,b\n", true},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_INT(load(rows[i].text), ST_OK);
		if (t.named != rows[i].named)
			printf("%s\n", rows[i].text);
		CHECK(t.named == rows[i].named);
	}
}

static bool has_problem(enum data_fault fault, size_t line)
{
	size_t i;

	for (i = 0; i < t.n_problems && i < DATA_PROBLEMS_MAX; i++)
		if (t.problems[i].fault == fault && t.problems[i].line == line)
			return true;
	return false;
}

static void tells_what_breaks_the_rules(void)
{
	struct buf out;

	CHECK_INT(load("a,b\n1\n2,3,4\n5,6\n"), ST_OK);
	CHECK_INT(t.n_problems, 2);
	CHECK(has_problem(DATA_SHORT, 2) && has_problem(DATA_LONG, 3));
	CHECK(is_cell(0, 1, "") && is_cell(1, 1, "3"));
	buf_init(&out, BUF_SMALL);
	data_problem_put(&t, &t.problems[0], &out);
	CHECK_STR(out.p, "line 2: 1 cell instead of 2");
	buf_release(&out);

	CHECK_INT(load("a,b\n\"x\ny\",1\nq\"q,2\n\"x\"y,3\n"), ST_OK);
	CHECK(has_problem(DATA_QUOTE_INSIDE, 4) &&
		has_problem(DATA_QUOTE_TEXT, 5));
	CHECK(is_cell(1, 0, "q\"q") && is_cell(2, 0, "xy"));

	/* What is never closed does not take the rest of the table with it. */
	CHECK_INT(load("a,b\n1,\"x\n2,y\n3,\"\"\"\"\n"), ST_OK);
	CHECK_INT(t.rows, 3);
	CHECK_INT(t.n_problems, 1);
	CHECK(has_problem(DATA_QUOTE_OPEN, 2));
	CHECK(is_cell(0, 1, "\"x") && is_cell(2, 1, "\""));

	CHECK_INT(load("Report\n\na,b\n1,2\n,,\n3,4\n"), ST_OK);
	CHECK(has_problem(DATA_ABOVE, 1) && t.n_problems == 1);
	CHECK_INT(t.rows, 2);
}

static void refuses_what_is_no_table(void)
{
	struct err err;

	CHECK_INT(load(""), ST_USAGE);
	CHECK_INT(load("\n\n , \n"), ST_USAGE);
	CHECK_INT(t.n_cells, 0);
	CHECK_INT(data_read(&t, span_of("a,b\n1\0,2\n", 9), &err), ST_USAGE);
	CHECK_STR(err.msg, "line 2 has a NUL byte: this is no table");
	CHECK_INT(data_read(&t, span_str("a\nM\xfcller\n"), &err), ST_USAGE);
	CHECK(strstr(err.msg, "line 2 is not UTF-8") == err.msg);
	CHECK_INT(data_read(&t,
			  span_of("\xff\xfe"
				  "a\0",
				  4),
			  &err),
		ST_USAGE);
	CHECK(strstr(err.msg, "UTF-16") != NULL);
}

static void refuses_too_many_columns(void)
{
	struct buf b;
	struct err err;
	size_t i;

	buf_init(&b, BUF_LARGE);
	for (i = 0; i <= DATA_COLS_MAX; i++)
		buf_fmt(&b, "c%zu,", i);
	CHECK_INT(data_read(&t, buf_view(&b), &err), ST_USAGE);
	CHECK(strstr(err.msg, "columns") != NULL);
	buf_release(&b);
}

static void reads_every_line_end(void)
{
	CHECK_INT(load("\xef\xbb\xbf"
		       "a,b\r1,2\r\r3,4"),
		ST_OK);
	CHECK_INT(t.rows, 2);
	CHECK(is_cell(1, 1, "4"));
	CHECK(t.named);
}

static void names_columns(void)
{
	struct buf out;
	size_t col = 9;

	CHECK_INT(load("Price,,Price\nx,y,z\n"), ST_OK);
	buf_init(&out, BUF_SMALL);
	data_name(&t, 1, &out);
	data_name(&t, 2, &out);
	CHECK_STR(out.p, "column 2Price (2)");
	CHECK(data_find(&t, span_str("price"), &col) && col == 0);
	CHECK(data_find(&t, span_str(" Price (2) "), &col) && col == 2);
	CHECK(!data_find(&t, span_str("cost"), &col) && col == 2);
	buf_release(&out);
}

static void reads_numbers(void)
{
	static const struct {
		const char *text;
		double point; /* NAN: no number that way */
		double comma;
	} rows[] = {
		{"0", 0, 0},
		{"42", 42, 42},
		{" -1.5 ", -1.5, NAN},
		{"1,5", NAN, 1.5},
		{"1,234", 1234, 1.234},
		{"1.234", 1.234, 1234},
		{"1,234,567.89", 1234567.89, NAN},
		{"1.234.567,89", NAN, 1234567.89},
		{"12,34", NAN, 12.34},
		{"1,2345", NAN, 1.2345},
		{"1 234 567", 1234567, 1234567},
		{"1'234.5", 1234.5, NAN},
		{"1 234,567", NAN, 1234.567},
		{"1\xc2\xa0"
		 "234",
			1234, 1234},
		{".5", .5, NAN},
		{"5.", 5, NAN},
		{"1e3", 1000, 1000},
		{"-2.5E-3", -.0025, NAN},
		{"+7", 7, 7},
		{"\xe2\x88\x92"
		 "3",
			-3, -3},
		{"(12)", -12, -12},
		{"$1,200.50", 1200.5, NAN},
		{"-$3", -3, -3},
		{"$-3", -3, -3},
		{"99 \xe2\x82\xac", 99, 99},
		{"12.5%", 12.5, NAN},
		{"12345678901234567890", 12345678901234567890.0,
			12345678901234567890.0},
		{"0.1", .1, NAN},
		{"1e150", 1e150, 1e150},
		{"1e151", NAN, NAN},
		{"007", NAN, NAN},
		{"inf", NAN, NAN},
		{"nan", NAN, NAN},
		{"0x1f", NAN, NAN},
		{"1,,2", NAN, NAN},
		{"1-2", NAN, NAN},
		{"--1", NAN, NAN},
		{"e5", NAN, NAN},
		{"1e", NAN, NAN},
		{"$", NAN, NAN},
		{"", NAN, NAN},
		{"1,234,56", NAN, NAN},
		{"1 234'567", NAN, NAN},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double v = NAN;
		struct span text = span_str(rows[i].text);
		bool ok = value_number(text, VALUE_POINT, &v);

		if (ok != !isnan(rows[i].point))
			printf("point: %s\n", rows[i].text);
		CHECK(ok == !isnan(rows[i].point));
		if (ok)
			CHECK_NEAR(v, rows[i].point);
		ok = value_number(text, VALUE_COMMA, &v);
		if (ok != !isnan(rows[i].comma))
			printf("comma: %s\n", rows[i].text);
		CHECK(ok == !isnan(rows[i].comma));
		if (ok)
			CHECK_NEAR(v, rows[i].comma);
	}
}

static void reads_dates(void)
{
	/* Days since 1970 by Python's datetime. */
	static const struct {
		const char *text;
		double day_first;
		double month_first;
	} rows[] = {
		{"1970-01-01", 0, 0},
		{"2024-02-29", 19782, 19782},
		{"1900-03-01", -25508, -25508},
		{"0001-01-01", -719162, -719162},
		{"9999-12-31", 2932896, 2932896},
		{"2024/2/29", 19782, 19782},
		{"2024-02-29 12:00", 19782.5, 19782.5},
		{"2024-02-29T12:00:00Z", 19782.5, 19782.5},
		{"2024-02-29T12:00:00.000+06:00", 19782.25, 19782.25},
		{"29.02.2024", 19782, 19782},
		{"29.2.2024 06:00", 19782.25, 19782.25},
		{"29-02-2024", 19782, 19782},
		{"29/02/2024", 19782, NAN},
		{"02/29/2024", NAN, 19782},
		{"29 Feb 2024", 19782, 19782},
		{"29-Feb-2024", 19782, 19782},
		{"Feb 29, 2024", 19782, 19782},
		{"February 29, 2024", 19782, 19782},
		{"Feb 2024", 19754, 19754},
		{"2024-02", 19754, 19754},
		{"2024-Q1", 19723, 19723},
		{"Q1 2024", 19723, 19723},
		{"2023-02-29", NAN, NAN},
		{"2024-13-01", NAN, NAN},
		{"2024-00-01", NAN, NAN},
		{"2024-02-29 25:00", NAN, NAN},
		{"2024-02-29 12:00 or so", NAN, NAN},
		{"Feb 30, 2024", NAN, NAN},
		{"Feb 29 and", NAN, NAN},
		{"20240229", NAN, NAN},
		{"1.2.3", NAN, NAN},
		{"12:30:00", NAN, NAN},
		{"", NAN, NAN},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double v = NAN;
		struct span text = span_str(rows[i].text);
		bool ok = value_date(text, VALUE_DAY_FIRST, &v);

		if (ok != !isnan(rows[i].day_first))
			printf("day first: %s\n", rows[i].text);
		CHECK(ok == !isnan(rows[i].day_first));
		if (ok)
			CHECK_NEAR(v, rows[i].day_first);
		ok = value_date(text, VALUE_MONTH_FIRST, &v);
		CHECK(ok == !isnan(rows[i].month_first));
		if (ok)
			CHECK_NEAR(v, rows[i].month_first);
	}
}

static void dates_read_back(void)
{
	struct buf out;
	long day;

	buf_init(&out, BUF_SMALL);
	for (day = -719162; day <= 2932896; day += 37) {
		double v = NAN;

		buf_reset(&out);
		value_put_date(&out, (double)day);
		CHECK(value_date(buf_view(&out), VALUE_DAY_FIRST, &v));
		if (!near(v, (double)day)) {
			printf("%ld: %s\n", day, out.p);
			CHECK(false);
			break;
		}
	}
	buf_reset(&out);
	value_put_date(&out, 19782.75);
	CHECK_STR(out.p, "2024-02-29 18:00");
	buf_release(&out);
}

static void writes_numbers(void)
{
	static const struct {
		double v;
		const char *want;
	} rows[] = {
		{0, "0"},
		{-0.0, "0"},
		{1812, "1812"},
		{123456789012, "123456789012"},
		{76153.15, "76153.15"},
		{82.66471160933513, "82.6647"},
		{-0.000012345678, "-1.23457e-05"},
		{1e20, "1e+20"},
		{0.5, "0.5"},
	};
	struct buf out;
	size_t i;

	buf_init(&out, BUF_SMALL);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&out);
		value_put_number(&out, rows[i].v, 6);
		CHECK_STR(out.p, rows[i].want);
	}
	buf_release(&out);
}

static void load_shop(void)
{
	struct buf text;
	struct err err;

	buf_init(&text, BUF_LARGE);
	CHECK_INT(file_read(TESTS_DIR "/golden/data/shop.csv", &text, &err),
		ST_OK);
	CHECK_INT(load(text.p), ST_OK);
	buf_release(&text);
}

/* The figures are those of Python's statistics module. */
static void computes_what_python_does(void)
{
	const struct data_column *c;

	load_shop();
	CHECK_INT(t.rows, 12);
	CHECK_INT(t.n_problems, 0);
	c = &s.cols[2];
	CHECK_INT(c->type, DATA_NUMBER);
	CHECK_INT(c->count, 12);
	CHECK_INT(c->distinct, 11);
	CHECK_NEAR(c->sum, 1812);
	CHECK_NEAR(c->mean, 151);
	CHECK_NEAR(c->median, 130.5);
	CHECK_NEAR(c->sd, 82.66471160933513);
	CHECK_NEAR(c->q1, 118.75);
	CHECK_NEAR(c->q3, 139);
	CHECK_NEAR(c->min, 104);
	CHECK_NEAR(c->max, 410);
	CHECK_INT(c->outliers, 1);
	CHECK_NEAR(c->far[0].value, 410);
	CHECK_INT(c->far[0].row, 11);
	c = &s.cols[3];
	CHECK_INT(c->count, 11);
	CHECK_INT(c->missing, 1);
	CHECK_NEAR(c->sum, 76153.15);
	CHECK_NEAR(c->mean, 6923.013636363637);
	CHECK_NEAR(c->sd, 3873.838272572237);
	CHECK_NEAR(c->q1, 5377.05);
	CHECK_INT(s.cols[0].type, DATA_DATE);
	CHECK_INT(s.cols[1].type, DATA_CATEGORY);
	CHECK_INT(s.cols[5].type, DATA_BOOL);
	CHECK_INT(s.cols[6].type, DATA_TEXT);
	CHECK_INT(s.cols[6].missing, 8);
	CHECK_INT(s.cols[1].n_top, 3);
	CHECK(span_is(s.cols[1].top[0].value, "north"));
	CHECK_INT(s.cols[1].top[0].n, 6);
	CHECK_INT(s.cols[1].top[2].n, 2);
}

static void relates_what_python_does(void)
{
	load_shop();
	CHECK_INT(s.n_pairs, 3);
	CHECK_INT(s.pairs[0].a, 2);
	CHECK_INT(s.pairs[0].b, 3);
	CHECK_INT(s.pairs[0].n, 11);
	CHECK_NEAR(s.pairs[0].r, 0.9999977935762768);
	CHECK_NEAR(s.pairs[1].r, 0.9854193634370096);
	CHECK_NEAR(s.pairs[2].r, 0.9788941000368188);
	CHECK(s.ordered && s.along == 0);
	CHECK_INT(s.unit, DATA_MONTH);
	CHECK_INT(s.n_trends, 3);
	CHECK_NEAR(s.trends[0].slope, 11.159413147712932);
	CHECK_NEAR(s.trends[0].r2, 0.23665255127901652);
	CHECK_NEAR(s.trends[0].first, 89.95423596889577);
	CHECK_NEAR(s.trends[0].last, 212.41240525651574);
	CHECK_INT(s.trends[1].n, 11);
	CHECK_NEAR(s.trends[1].slope, 597.5639578338357);
}

static void tells_types_apart(void)
{
	static const struct {
		const char *text;
		enum data_type type;
	} rows[] = {
		{"x\n1\n2\n\n3\n", DATA_NUMBER},
		{"x\n007\n012\n", DATA_TEXT},
		{"x\nyes\nNo\n", DATA_BOOL},
		{"x\ntrue\nyes\n", DATA_TEXT},
		{"x\na\nb\na\nb\n", DATA_CATEGORY},
		{"x\n-\nNA\n", DATA_EMPTY},
		{"x\nMarch 2024\nApril 2024\n", DATA_DATE},
		{"x\n1\n2\nthree\n", DATA_TEXT},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_INT(load(rows[i].text), ST_OK);
		CHECK_INT(s.cols[0].type, rows[i].type);
	}
}

static void decides_by_all_of_a_column(void)
{
	CHECK_INT(load("a;b;c\n1,5;1,234;x\n2,5;2,500;y\n"), ST_OK);
	CHECK_NEAR(s.cols[0].sum, 4);
	CHECK_NEAR(s.cols[1].sum, 3.734); /* as the first one proves */
	CHECK_INT(load("a,b\n1.5,\"1,234\"\n2.5,\"2,500\"\n"), ST_OK);
	CHECK_NEAR(s.cols[1].sum, 3734);
	CHECK_INT(load("d\n02/03/2024\n13/03/2024\n"), ST_OK);
	CHECK_NEAR(s.cols[0].min, 19784); /* 2 March */
	CHECK(!s.cols[0].vague);
	CHECK_INT(load("d\n02/03/2024\n02/04/2024\n"), ST_OK);
	CHECK(s.cols[0].vague);
	CHECK_NEAR(s.cols[0].min, 19756); /* 3 February */
	CHECK_INT(load("d\n02/02/2024\n03/03/2024\n"), ST_OK);
	CHECK(!s.cols[0].vague);
}

static void counts_what_does_not_fit(void)
{
	struct buf b;
	int i;

	buf_init(&b, BUF_SMALL);
	buf_str(&b, "v\n");
	for (i = 1; i < 40; i++)
		buf_fmt(&b, "%d\n", i);
	buf_str(&b, "about 40\n");
	CHECK_INT(load(b.p), ST_OK);
	CHECK_INT(s.cols[0].type, DATA_NUMBER);
	CHECK_INT(s.cols[0].odd, 1);
	CHECK_INT(s.cols[0].count, 39);
	CHECK_NEAR(s.cols[0].sum, 780);
	buf_release(&b);
}

static void large_offsets_cost_no_digits(void)
{
	CHECK_INT(
		load("n,v\n1,1000000001\n2,1000000002\n3,1000000003\n"), ST_OK);
	CHECK_NEAR(s.cols[1].sd, 1);
	CHECK_NEAR(s.pairs[0].r, 1);
	CHECK_INT(s.unit, DATA_STEP);
	CHECK_NEAR(s.trends[0].slope, 1);
	CHECK_NEAR(s.trends[0].r2, 1);
}

static void says_nothing_where_nothing_is(void)
{
	CHECK_INT(load("a,b\n1,5\n"), ST_OK);
	CHECK(isnan(s.cols[0].sd) && s.n_pairs == 0 && !s.ordered);
	CHECK_INT(load("a,b\n1,5\n2,5\n3,5\n"), ST_OK);
	CHECK_INT(s.n_pairs, 0);
	CHECK_NEAR(s.trends[0].r2, 0);
	CHECK_INT(load("a,b\n"), ST_OK);
	CHECK_INT(t.rows, 0);
	CHECK_INT(s.cols[0].type, DATA_EMPTY);
}

/* A cell of random bytes of those that matter. */
static void random_cell(struct buf *out, unsigned *seed)
{
	static const char bytes[] = "ab,;\t|\"\n\r 19.-";
	int n = rand_r(seed) % 6;

	while (n-- > 0)
		buf_char(
			out, bytes[(size_t)rand_r(seed) % (sizeof(bytes) - 1)]);
}

static void put_quoted(struct buf *out, struct span cell)
{
	size_t i;

	buf_char(out, '"');
	for (i = 0; i < cell.n; i++) {
		if (cell.p[i] == '"')
			buf_char(out, '"');
		buf_char(out, cell.p[i]);
	}
	buf_char(out, '"');
}

/* What was quoted as the rules say is read back byte for byte. */
static void quoted_cells_come_back(void)
{
	unsigned seed = 4180;
	int round;

	for (round = 0; round < 500; round++) {
		size_t cols = 1 + (size_t)rand_r(&seed) % 4;
		size_t rows = 1 + (size_t)rand_r(&seed) % 5;
		struct buf cells[20];
		struct buf text;
		struct err err;
		size_t i;

		buf_init(&text, BUF_SMALL);
		buf_str(&text, "sep=;\n");
		for (i = 0; i < rows * cols; i++) {
			buf_init(&cells[i], BUF_SMALL);
			/* No row of empty cells: it would be left out. */
			if (i % cols == 0)
				buf_char(&cells[i], 'x');
			random_cell(&cells[i], &seed);
			put_quoted(&text, buf_view(&cells[i]));
			buf_str(&text, i % cols == cols - 1 ? "\r\n" : ";");
		}
		CHECK_INT(data_read(&t, buf_view(&text), &err), ST_OK);
		CHECK_INT(t.cols, cols);
		CHECK_INT(t.n_cells, rows * cols);
		CHECK_INT(t.n_problems, 0);
		t.named = false;
		for (i = 0; i < rows * cols && i < t.n_cells; i++)
			CHECK(span_eq(data_cell(&t, i / cols, i % cols),
				buf_view(&cells[i])));
		for (i = 0; i < rows * cols; i++)
			buf_release(&cells[i]);
		buf_release(&text);
	}
}

/* Statistics do not depend on the order of the rows. */
static void order_does_not_matter(void)
{
	unsigned seed = 7;
	int round;

	for (round = 0; round < 50; round++) {
		double sum[2];
		double sd[2];
		double median[2];
		double r[2];
		int v[30];
		int pass;
		int i;

		for (i = 0; i < 30; i++)
			v[i] = rand_r(&seed) % 1000 - 500;
		for (pass = 0; pass < 2; pass++) {
			struct buf b;

			buf_init(&b, BUF_SMALL);
			buf_str(&b, "x,y\n");
			for (i = 0; i < 30; i++) {
				int k = pass == 0 ? i : (i * 7 + 3) % 30;

				buf_fmt(&b, "%d,%d\n", v[k], v[(k + 1) % 30]);
			}
			CHECK_INT(load(b.p), ST_OK);
			sum[pass] = s.cols[0].sum;
			sd[pass] = s.cols[0].sd;
			median[pass] = s.cols[0].median;
			r[pass] = s.pairs[0].r;
			CHECK(s.cols[0].min <= s.cols[0].q1 &&
				s.cols[0].q1 <= median[pass] &&
				median[pass] <= s.cols[0].q3 &&
				s.cols[0].q3 <= s.cols[0].max);
			CHECK(fabs(r[pass]) <= 1);
			buf_release(&b);
		}
		CHECK_NEAR(sum[1], sum[0]);
		CHECK_NEAR(sd[1], sd[0]);
		CHECK_NEAR(median[1], median[0]);
		CHECK_NEAR(r[1], r[0]);
	}
}

static void summary_has_the_figures(void)
{
	struct buf out;
	struct err err;

	load_shop();
	buf_init(&out, BUF_LARGE);
	CHECK_INT(data_summary(&t, &s, span_str("shop.csv"),
			  DATA_SUMMARY_TOKENS, &out, &err),
		ST_OK);
	CHECK(strstr(out.p, "## Data: shop.csv\n\n12 rows, 7 columns") ==
		out.p);
	CHECK(strstr(out.p,
		      "| orders | 12 | 0 | 11 | 1812 | 151 | 130.5 | 82.6647 | "
		      "104 | 118.75 | 139 | 410 | 1 |\n") != NULL);
	CHECK(strstr(out.p,
		      "| date | 12 | 0 | 12 | 2025-01-01 | 2025-12-01 |") !=
		NULL);
	CHECK(strstr(out.p, "north (6), south (4), west (2)") != NULL);
	CHECK(strstr(out.p, "- revenue: +597.6 a month, R\xc2\xb2 = 0.308, ") !=
		NULL);
	CHECK(strstr(out.p, "- orders and returns: r = 0.979 (12 rows)\n") !=
		NULL);
	CHECK(strstr(out.p, "- orders: 410 (row 12)\n") != NULL);
	CHECK(strstr(out.p, "| two lines |\n") != NULL);
	buf_release(&out);
}

static enum status summary_of(struct span text, struct span name,
	int64_t tokens, struct buf *out, struct err *err)
{
	struct data own;
	struct data_stats all;
	enum status st;

	data_init(&own);
	data_stats_init(&all);
	st = data_read(&own, text, err);
	if (st == ST_OK)
		st = data_stats_make(&all, &own, err);
	if (st == ST_OK)
		st = data_summary(&own, &all, name, tokens, out, err);
	data_stats_release(&all);
	data_release(&own);
	return st;
}

static void summary_keeps_to_its_room(void)
{
	struct buf text;
	struct buf out;
	struct err err;
	int64_t room;
	int i;

	buf_init(&text, BUF_LARGE);
	buf_init(&out, BUF_LARGE);
	for (i = 0; i < 300; i++)
		buf_fmt(&text, "%scolumn of numbers %d", i > 0 ? "," : "", i);
	buf_char(&text, '\n');
	for (i = 0; i < 3000; i++)
		buf_fmt(&text, "%d%c", i * 17 % 101,
			i % 300 == 299 ? '\n' : ',');
	for (room = 200; room <= 6400; room *= 2) {
		buf_reset(&out);
		CHECK_INT(summary_of(buf_view(&text), span_str("wide"), room,
				  &out, &err),
			ST_OK);
		/* What is told of the parts that were left out comes on top. */
		CHECK(tokens_estimate(buf_view(&out)) <= room + 120);
		CHECK(strstr(out.p, "left out for length") != NULL);
	}
	buf_release(&text);
	buf_release(&out);
}

static void summary_cannot_be_broken(void)
{
	struct buf out;
	struct err err;

	buf_init(&out, BUF_LARGE);
	CHECK_INT(summary_of(span_str("a|b,c\n\"x\n| y\",\"```\"\n"),
			  span_str("n\n# t"), DATA_SUMMARY_TOKENS, &out, &err),
		ST_OK);
	CHECK(strstr(out.p, "\n# t") == NULL && strstr(out.p, "\n| y") == NULL);
	CHECK(strstr(out.p, "```") == NULL);
	CHECK(strstr(out.p, "| a\\|b | c |\n") != NULL);
	buf_release(&out);
}

int main(void)
{
	data_init(&t);
	data_stats_init(&s);
	RUN(reads_what_rfc_4180_says);
	RUN(finds_the_delimiter);
	RUN(knows_a_row_of_names);
	RUN(tells_what_breaks_the_rules);
	RUN(refuses_what_is_no_table);
	RUN(refuses_too_many_columns);
	RUN(reads_every_line_end);
	RUN(names_columns);
	RUN(reads_numbers);
	RUN(reads_dates);
	RUN(dates_read_back);
	RUN(writes_numbers);
	RUN(computes_what_python_does);
	RUN(relates_what_python_does);
	RUN(tells_types_apart);
	RUN(decides_by_all_of_a_column);
	RUN(counts_what_does_not_fit);
	RUN(large_offsets_cost_no_digits);
	RUN(says_nothing_where_nothing_is);
	RUN(quoted_cells_come_back);
	RUN(order_does_not_matter);
	RUN(summary_has_the_figures);
	RUN(summary_keeps_to_its_room);
	RUN(summary_cannot_be_broken);
	data_stats_release(&s);
	data_release(&t);
	return REPORT();
}
