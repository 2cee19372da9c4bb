#include <math.h>
#include <stdlib.h>

#include "unit/check.h"

#include "base/utf8.h"
#include "text/chart.h"

static struct data t;
static struct data_stats s;
static struct chart c;

static const char sales[] = "day,shop,n,v\n"
			    "2025-01-01,a,1,10\n"
			    "2025-01-02,b,2,-5\n"
			    "2025-01-03,a,3,30\n"
			    "2025-01-04,c,4,n/a\n"
			    "2025-01-05,,5,7\n";

static enum status make(const char *text, enum chart_kind kind,
	enum chart_fold fold, const char *x, const char *y, struct err *err)
{
	struct chart_spec spec;
	enum status st;

	CHECK_INT(data_read(&t, span_str(text), err), ST_OK);
	CHECK_INT(data_stats_make(&s, &t, err), ST_OK);
	chart_spec_init(&spec);
	spec.kind = kind;
	spec.fold = fold;
	buf_str(&spec.x, x);
	buf_str(&spec.title, "T");
	if (y != NULL)
		buf_str(&spec.y[spec.n_y++], y);
	st = chart_make(&c, &spec, &t, &s, err);
	chart_spec_release(&spec);
	return st;
}

static void rows_of_one_label_are_folded(void)
{
	static const struct {
		enum chart_fold fold;
		double a;
		double b;
	} rows[] = {
		{CHART_SUM, 40, -5},
		{CHART_MEAN, 20, -5},
		{CHART_MEDIAN, 20, -5},
		{CHART_MIN, 10, -5},
		{CHART_MAX, 30, -5},
		{CHART_COUNT, 2, 1},
	};
	struct err err;
	size_t i;
	size_t k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_INT(
			make(sales, CHART_BAR, rows[i].fold, "shop", "v", &err),
			ST_OK);
		/* Without a label there is no bar. */
		CHECK_INT(c.n_points, 3);
		for (k = 0; k < c.n_points; k++) {
			if (span_is(buf_view(&c.points[k].label), "a"))
				CHECK(fabs(c.points[k].y[0] - rows[i].a) <
					1e-9);
			if (span_is(buf_view(&c.points[k].label), "b"))
				CHECK(fabs(c.points[k].y[0] - rows[i].b) <
					1e-9);
		}
	}
	CHECK_INT(make(sales, CHART_BAR, CHART_SUM, "SHOP", NULL, &err), ST_OK);
	CHECK_STR(c.points[0].label.p, "a");
	CHECK(fabs(c.points[0].y[0] - 2) < 1e-9);
	CHECK_STR(c.y[0].p, "rows");
	CHECK_STR(c.x.p, "shop");
}

static void what_does_not_fit_is_told(void)
{
	struct err err;

	CHECK_INT(
		make(sales, CHART_BAR, CHART_SUM, "shap", "v", &err), ST_USAGE);
	CHECK_STR(err.msg,
		"the chart asks for a column \"shap\"; there are: day, shop, "
		"n, "
		"v");
	CHECK_INT(c.n_points, 0);
	CHECK_INT(
		make(sales, CHART_BAR, CHART_SUM, "n", "shop", &err), ST_USAGE);
	CHECK_INT(
		make(sales, CHART_BAR, CHART_COUNT, "n", "shop", &err), ST_OK);
	CHECK_INT(make(sales, CHART_LINE, CHART_SUM, "shop", "v", &err),
		ST_USAGE);
	CHECK_INT(make(sales, CHART_HISTOGRAM, CHART_SUM, "day", NULL, &err),
		ST_USAGE);
	CHECK_INT(make("a,b\n,1\n,2\n", CHART_BAR, CHART_SUM, "a", "b", &err),
		ST_USAGE);
}

static void bins_hold_every_row(void)
{
	struct err err;
	double sum = 0;
	size_t i;

	CHECK_INT(make("v\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n", CHART_HISTOGRAM,
			  CHART_SUM, "v", NULL, &err),
		ST_OK);
	CHECK_INT(c.n_points, 5);
	for (i = 0; i < c.n_points; i++)
		sum += c.points[i].y[0];
	CHECK(fabs(sum - 10) < 1e-9);
	CHECK_STR(c.points[0].label.p, "1 to 2.8");
	CHECK_STR(c.points[4].label.p, "8.2 to 10");
	CHECK_INT(make("v\n5\n5\n5\n", CHART_HISTOGRAM, CHART_SUM, "v", NULL,
			  &err),
		ST_OK);
	CHECK_INT(c.n_points, 1);
}

static void bars_are_drawn(void)
{
	static const struct chart_look plain = {40, true};
	static const struct chart_look blocks = {40, false};
	struct buf out;
	struct err err;

	buf_init(&out, BUF_LARGE);
	CHECK_INT(make(sales, CHART_BAR, CHART_SUM, "shop", "v", &err), ST_OK);
	chart_draw_text(&c, &plain, &out);
	CHECK_STR(out.p,
		"T\n\n"
		"a |    ############################## 40\n"
		"b |####                               -5\n"
		"c |                                    -\n"
		"\n"
		"v (sum) by shop\n");
	buf_reset(&out);
	CHECK_INT(make("k,v\na,8\nb,3\nc,0\n", CHART_PIE, CHART_SUM, "k", "v",
			  &err),
		ST_OK);
	chart_draw_text(&c, &(struct chart_look){30, false}, &out);
	CHECK_STR(out.p,
		"T\n\n"
		"a \xe2\x94\x82"
		"\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88"
		"\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88"
		"\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88"
		"\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88 8 (73%)\n"
		"b \xe2\x94\x82"
		"\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88"
		"\xe2\x96\x88\xe2\x96\x88\xe2\x96\x8f            3 (27%)\n"
		"c \xe2\x94\x82                     0 (0%)\n"
		"\n"
		"v (sum) by k\n");
	buf_reset(&out);
	CHECK_INT(make(sales, CHART_BAR, CHART_SUM, "shop", "v", &err), ST_OK);
	chart_draw_text(&c, &blocks, &out);
	CHECK(strstr(out.p, "#") == NULL);
	buf_release(&out);
}

static void lines_are_drawn(void)
{
	struct buf out;
	struct err err;

	buf_init(&out, BUF_LARGE);
	CHECK_INT(make("x,y\n0,0\n5,100\n10,50\n", CHART_LINE, CHART_SUM, "x",
			  "y", &err),
		ST_OK);
	chart_draw_text(&c, &(struct chart_look){30, true}, &out);
	CHECK_STR(out.p,
		"T\n\n"
		"100 |            *\n"
		"    |           . ..\n"
		"    |          .    ..\n"
		" 80 |         .       ..\n"
		"    |                   .\n"
		"    |        .           ..\n"
		" 60 |       .              ..\n"
		"    |      .                 *\n"
		" 40 |     .\n"
		"    |    .\n"
		"    |   .\n"
		" 20 |\n"
		"    |  .\n"
		"    | .\n"
		"  0 |*\n"
		"    +-------------------------\n"
		"     0                      10\n"
		"\n"
		"* y (sum)\n"
		"along x\n");
	buf_release(&out);
}

static size_t widest(struct span text)
{
	size_t most = 0;

	while (text.n > 0) {
		size_t n = utf8_columns(span_cut(&text, '\n'));

		most = n > most ? n : most;
	}
	return most;
}

/* Elements nest, attributes are quoted, and nothing else begins with < or &. */
static bool well_formed(struct span x)
{
	long depth = 0;
	size_t i = 0;

	while (i < x.n) {
		size_t end = i;
		bool closes = x.p[i] == '<' && i + 1 < x.n && x.p[i + 1] == '/';

		if (x.p[i] == '&') {
			while (end < x.n && end - i < 7 && x.p[end] != ';')
				end++;
			if (end == x.n || x.p[end] != ';')
				return false;
		} else if (x.p[i] == '<') {
			while (end < x.n && x.p[end] != '>')
				end++;
			if (end == x.n ||
				memchr(x.p + i + 1, '<', end - i - 1) != NULL)
				return false;
			if (closes)
				depth--;
			else if (x.p[end - 1] != '/' && x.p[i + 1] != '?')
				depth++;
			if (depth < 0)
				return false;
		}
		i = end + 1;
	}
	return depth == 0;
}

static size_t count_of(struct span text, char ch)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < text.n; i++)
		n += text.p[i] == ch;
	return n;
}

/* No name or label leaves its place, whatever it holds. */
static void hostile_texts_stay_texts(void)
{
	static const char evil[] =
		"\"k'`\",\"v\\<>&\"\n"
		"\"</text><script>\"\"x'\nsystem 'rm'\",1\n"
		"\"$(id) `id` @v #\t!ls\",2\n"
		"\xe2\x80\xae\xe4\xbd\xa0\xe5\xa5\xbd\x1b[2J,3\n"
		"plain,4\n";
	static const enum chart_kind kinds[] = {CHART_BAR, CHART_PIE};
	struct buf out;
	struct buf points;
	struct err err;
	size_t lines = 0;
	size_t i;

	buf_init(&out, BUF_LARGE);
	buf_init(&points, BUF_LARGE);
	for (i = 0; i < 2; i++) {
		CHECK_INT(
			make(evil, kinds[i], CHART_SUM, "k'`", "v\\<>&", &err),
			ST_OK);
		CHECK_INT(c.n_points, 4);
		buf_reset(&out);
		chart_draw_svg(&c, &out);
		CHECK(well_formed(buf_view(&out)) &&
			utf8_valid(buf_view(&out)));
		CHECK(strstr(out.p, "<script") == NULL);
		CHECK(strchr(out.p, '\x1b') == NULL);
		buf_reset(&out);
		buf_reset(&points);
		chart_draw_gnuplot(&c, "d", "i.png", &out, &points);
		/* Quotes come in pairs, and a line is a line of ours. */
		CHECK_INT(count_of(buf_view(&out), '\'') % 2, 0);
		CHECK_INT(count_of(buf_view(&out), '`'), 0);
		CHECK_INT(count_of(buf_view(&out), '\\'), 0);
		if (i > 0)
			CHECK_INT(count_of(buf_view(&out), '\n'), lines);
		lines = count_of(buf_view(&out), '\n');
		CHECK_INT(count_of(buf_view(&points), '\n'), 4);
		CHECK_INT(count_of(buf_view(&points), '"'), 8);
		CHECK_INT(count_of(buf_view(&points), '\t'), 8);
	}
	buf_release(&out);
	buf_release(&points);
}

/* Whatever the table, no line is wider than it may be. */
static void drawings_keep_to_their_width(void)
{
	unsigned seed = 3;
	int round;

	for (round = 0; round < 200; round++) {
		enum chart_kind kind = (enum chart_kind)(
			(unsigned)rand_r(&seed) % 5);
		struct chart_look look = {
			30 + (size_t)rand_r(&seed) % 90, round % 2 == 0};
		bool words = kind == CHART_BAR || kind == CHART_PIE;
		int rows = 1 + rand_r(&seed) % 40;
		struct buf text;
		struct buf out;
		struct err err;
		int i;

		buf_init(&text, BUF_LARGE);
		buf_init(&out, BUF_LARGE);
		buf_str(&text, "word,x,y\n");
		for (i = 0; i < rows; i++)
			buf_fmt(&text, "%s %d,%d,%d.5\n",
				i % 3 == 0 ? "\xe4\xbd\xa0\xe5\xa5\xbd"
					   : "a rather long label",
				rand_r(&seed) % 15, rand_r(&seed) % 1000,
				rand_r(&seed) % 100000 - 50000);
		CHECK_INT(make(text.p, kind, CHART_SUM, words ? "word" : "x",
				  kind == CHART_HISTOGRAM ? NULL : "y", &err),
			ST_OK);
		chart_draw_text(&c, &look, &out);
		if (widest(buf_view(&out)) > look.width)
			printf("%zu: %s\n", look.width, out.p);
		CHECK(widest(buf_view(&out)) <= look.width);
		CHECK(utf8_valid(buf_view(&out)));
		buf_reset(&out);
		chart_draw_svg(&c, &out);
		CHECK(well_formed(buf_view(&out)));
		CHECK(strstr(out.p, "nan") == NULL);
		buf_release(&text);
		buf_release(&out);
	}
}

static void many_points_are_thinned(void)
{
	struct buf text;
	struct err err;
	int i;

	buf_init(&text, BUF_LARGE);
	buf_str(&text, "x,y\n");
	for (i = 0; i < 10000; i++)
		buf_fmt(&text, "%d,%d\n", i, i);
	CHECK_INT(make(text.p, CHART_LINE, CHART_SUM, "x", "y", &err), ST_OK);
	CHECK_INT(c.n_points, CHART_POINTS_MAX);
	CHECK_INT(c.left_out, 8000);
	CHECK_INT(make(text.p, CHART_BAR, CHART_SUM, "x", "y", &err), ST_OK);
	CHECK_INT(c.n_points, CHART_BARS);
	CHECK_INT(c.left_out, 10000 - CHART_BARS);
	buf_release(&text);
}

int main(void)
{
	data_init(&t);
	data_stats_init(&s);
	chart_init(&c);
	RUN(rows_of_one_label_are_folded);
	RUN(what_does_not_fit_is_told);
	RUN(bins_hold_every_row);
	RUN(bars_are_drawn);
	RUN(lines_are_drawn);
	RUN(hostile_texts_stay_texts);
	RUN(drawings_keep_to_their_width);
	RUN(many_points_are_thinned);
	chart_release(&c);
	data_stats_release(&s);
	data_release(&t);
	return REPORT();
}
