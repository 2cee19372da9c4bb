/*
 * Charts for gnuplot. A text stands in single quotes, where gnuplot knows
 * nothing but the doubled quote: no substitution, no escape, and no line end is
 * left in it. Labels of bars are read from the data, and enhanced text is off.
 */
#include "text/chart.h"

#include <math.h>

#include "base/utf8.h"
#include "text/data_value.h"

/* Appends s without controls and without the character `drop`. */
static void put_plain(struct buf *out, struct span s, char drop)
{
	size_t i = 0;

	while (i < s.n) {
		uint32_t cp;
		size_t len;

		(void)utf8_decode(s.p + i, s.n - i, &cp, &len);
		i += len;
		if (cp < ' ' || (cp >= 0x7f && cp < 0xa0) || cp == '`' ||
			cp == '\\' || cp == (uint32_t)(unsigned char)drop)
			buf_char(out, ' ');
		else
			utf8_put(out, cp);
	}
}

static void put_quoted(struct buf *out, struct span s)
{
	struct buf plain;
	size_t i;

	buf_init(&plain, BUF_SMALL);
	put_plain(&plain, s, '\0');
	buf_char(out, '\'');
	for (i = 0; i < plain.len; i++) {
		if (plain.p[i] == '\'')
			buf_char(out, '\'');
		buf_char(out, plain.p[i]);
	}
	buf_char(out, '\'');
	buf_release(&plain);
}

/* Appends a line per point: x, the values ("?" for none), and the label in
 * quotes. */
static void put_points(const struct chart *c, struct buf *out)
{
	size_t i;
	size_t k;

	for (i = 0; i < c->n_points; i++) {
		const struct chart_point *p = &c->points[i];

		if (c->kind == CHART_BAR)
			buf_fmt(out, "%zu", i);
		else
			/* gnuplot counts in seconds since 1970. */
			value_put_number(
				out, c->dates ? p->x * 86400 : p->x, 15);
		for (k = 0; k < c->n_y; k++) {
			buf_char(out, '\t');
			if (isnan(p->y[k]))
				buf_char(out, '?');
			else
				value_put_number(out, p->y[k], 15);
		}
		buf_str(out, "\t\"");
		put_plain(out, buf_view(&p->label), '"');
		buf_str(out, "\"\n");
	}
}

static void put_series(const struct chart *c, const char *data, struct buf *out)
{
	const char *style = "linespoints lw 2";
	size_t k;

	if (c->kind == CHART_SCATTER)
		style = "points pt 7";
	else if (c->kind == CHART_BAR)
		style = "histograms";
	buf_str(out, "plot ");
	for (k = 0; k < c->n_y; k++) {
		buf_str(out, k > 0 ? ", " : "");
		buf_fmt(out, "'%s' ", data);
		if (c->kind == CHART_BAR)
			buf_fmt(out, "using %zu:xtic(%zu)", k + 2, c->n_y + 2);
		else
			buf_fmt(out, "using 1:%zu", k + 2);
		buf_str(out, " title ");
		put_quoted(out, buf_view(&c->y[k]));
		buf_fmt(out, " with %s", style);
	}
	buf_char(out, '\n');
}

void chart_draw_gnuplot(const struct chart *c, const char *data,
	const char *image, struct buf *script, struct buf *points)
{
	put_points(c, points);
	buf_fmt(script,
		"set encoding utf8\n"
		"set terminal pngcairo noenhanced size 800,450\n"
		"set output '%s'\n"
		"set datafile separator tab\n"
		"set datafile missing '?'\n"
		"set datafile commentschars ''\n"
		"set grid ytics\n"
		"set xtics noenhanced\n"
		"set title noenhanced ",
		image);
	put_quoted(script, buf_view(&c->title));
	buf_str(script, "\nset xlabel noenhanced ");
	put_quoted(script, buf_view(&c->x));
	buf_char(script, '\n');
	if (c->kind == CHART_BAR)
		buf_str(script,
			"set style data histograms\n"
			"set style fill solid 0.8\n"
			"set xtics rotate by -40\n"
			"set yrange [*<0:0<*]\n");
	else if (c->dates)
		buf_str(script,
			"set xdata time\n"
			"set timefmt '%s'\n"
			"set format x '%Y-%m-%d'\n"
			"set xtics rotate by -30\n"
			"set rmargin 10\n");
	put_series(c, data, script);
}
