/* Charts as characters. */
#include "text/chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/chart_scale.h"
#include "text/data_value.h"

#define WIDTH_MIN 30
#define PLOT_LINES 15
#define VALUE_DIGITS 6

/* One mark per series; ASCII looks the same everywhere. */
static const char marks[CHART_SERIES_MAX + 1] = "*o+x@%";

static void pad(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_char(out, ' ');
}

static void heading(const struct chart *c, const struct chart_look *look,
	size_t width, struct buf *out)
{
	if (c->title.len == 0)
		return;
	chart_put_text(buf_view(&c->title), width, look->ascii, out);
	buf_str(out, "\n\n");
}

static void left_out(const struct chart *c, const char *what, struct buf *out)
{
	if (c->left_out > 0)
		buf_fmt(out, "(%zu more %s not drawn)\n", c->left_out, what);
}

/*
 * Bars
 */

struct bars {
	const struct chart *c;
	const struct chart_look *look;
	struct chart_scale scale;
	size_t labels; /* columns of the labels */
	size_t values; /* columns of the figures */
	size_t room; /* columns of the bars */
	double whole; /* of shares */
	struct buf *out;
};

/* The sum of all parts; negative parts have no share. */
static double whole_of(const struct chart *c)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < c->n_points; i++) {
		if (c->points[i].y[0] < 0)
			return 0;
		if (!isnan(c->points[i].y[0]))
			sum += c->points[i].y[0];
	}
	return sum;
}

static void put_figure(const struct bars *b, double v, struct buf *out)
{
	value_put_number(out, v, VALUE_DIGITS);
	if (b->whole > 0 && !isnan(v))
		buf_fmt(out, " (%d%%)", (int)lround(100 * v / b->whole));
}

static void measure(struct bars *b, size_t width)
{
	struct buf figure;
	size_t i;
	size_t k;

	buf_init(&figure, BUF_SMALL);
	for (i = 0; i < b->c->n_points; i++) {
		size_t n = utf8_columns(buf_view(&b->c->points[i].label));

		b->labels = n > b->labels ? n : b->labels;
		for (k = 0; k < b->c->n_y; k++) {
			buf_reset(&figure);
			put_figure(b, b->c->points[i].y[k], &figure);
			if (figure.len > b->values)
				b->values = figure.len;
		}
	}
	buf_release(&figure);
	if (b->labels > width / 3)
		b->labels = width / 3;
	/* "label |bars value" */
	b->room = b->labels + b->values + 3 + 5 < width
		? width - b->labels - b->values - 3
		: 5;
}

/* Draws a cell of the bar from `from` to `to`, in cells. */
static void put_cell(
	const struct bars *b, size_t i, double from, double to, char mark)
{
	static const char *const parts[] = {" ", "\xe2\x96\x8f", "\xe2\x96\x8e",
		"\xe2\x96\x8d", "\xe2\x96\x8c", "\xe2\x96\x8b", "\xe2\x96\x8a",
		"\xe2\x96\x89", "\xe2\x96\x88"};
	double lo = from - (double)i;
	double hi = to - (double)i;

	lo = lo < 0 ? 0 : lo;
	hi = hi > 1 ? 1 : hi;
	if (!(hi > lo))
		buf_char(b->out, ' ');
	else if (b->look->ascii || b->c->n_y > 1)
		buf_char(b->out, hi - lo >= 0.5 ? mark : ' ');
	else
		/* A part of a cell can only be drawn from its left. */
		buf_str(b->out,
			parts[lo > 0 ? (hi - lo >= 0.5 ? 8 : 0)
				     : (size_t)lround(hi * 8)]);
}

static void put_bar(const struct bars *b, double v, size_t k)
{
	double zero = chart_scale_at(&b->scale, 0) * (double)b->room;
	double end = chart_scale_at(&b->scale, v) * (double)b->room;
	char mark = b->c->n_y > 1 ? marks[k] : '#';
	size_t i;

	if (isnan(v))
		end = zero;
	for (i = 0; i < b->room; i++)
		put_cell(b, i, zero < end ? zero : end, zero < end ? end : zero,
			mark);
}

static void put_row(const struct bars *b, size_t i, size_t k)
{
	size_t from = b->out->len;
	struct buf figure;
	size_t used;

	if (k == 0)
		chart_put_text(buf_view(&b->c->points[i].label), b->labels,
			b->look->ascii, b->out);
	used = utf8_columns(span_of(b->out->p + from, b->out->len - from));
	pad(b->out, used < b->labels ? b->labels - used : 0);
	buf_str(b->out, b->look->ascii ? " |" : " \xe2\x94\x82");
	put_bar(b, b->c->points[i].y[k], k);
	buf_init(&figure, BUF_SMALL);
	put_figure(b, b->c->points[i].y[k], &figure);
	pad(b->out, 1 + b->values - figure.len);
	buf_span(b->out, buf_view(&figure));
	buf_release(&figure);
	buf_char(b->out, '\n');
}

static void legend(const struct chart *c, const struct chart_look *look,
	size_t width, struct buf *out)
{
	size_t k;

	for (k = 0; k < c->n_y; k++) {
		buf_fmt(out, "%c ", marks[k]);
		chart_put_text(buf_view(&c->y[k]), width - 2, look->ascii, out);
		buf_char(out, '\n');
	}
}

static void draw_bars(const struct chart *c, const struct chart_look *look,
	size_t width, struct buf *out)
{
	struct bars b = {.c = c, .look = look, .out = out};
	size_t i;
	size_t k;

	b.whole = c->shares ? whole_of(c) : 0;
	measure(&b, width);
	/* The longest bar fills the room. */
	for (i = 0; i < c->n_points; i++)
		for (k = 0; k < c->n_y; k++) {
			double v = c->points[i].y[k];

			b.scale.lo = v < b.scale.lo ? v : b.scale.lo;
			b.scale.hi = v > b.scale.hi ? v : b.scale.hi;
		}
	if (!(b.scale.hi > b.scale.lo))
		b.scale.hi = 1;
	for (i = 0; i < c->n_points; i++)
		for (k = 0; k < c->n_y; k++)
			put_row(&b, i, k);
	buf_char(out, '\n');
	if (c->n_y > 1) {
		legend(c, look, width, out);
	} else {
		chart_put_text(buf_view(&c->y[0]), width / 2, look->ascii, out);
		buf_str(out, " by ");
		chart_put_text(
			buf_view(&c->x), width / 2 - 4, look->ascii, out);
		buf_char(out, '\n');
	}
	left_out(c, "bars", out);
}

/*
 * Lines and points
 */

struct plot {
	const struct chart *c;
	size_t cols;
	struct chart_scale x;
	struct chart_scale y;
	char *cells; /* PLOT_LINES of cols */
};

static size_t place(double at, size_t n)
{
	double i = at * (double)(n - 1) + 0.5;

	if (!(i > 0))
		return 0;
	return i < (double)n ? (size_t)i : n - 1;
}

static void set(struct plot *p, double x, double y, char mark)
{
	size_t col = place(chart_scale_at(&p->x, x), p->cols);
	size_t line = PLOT_LINES - 1 -
		place(chart_scale_at(&p->y, y), PLOT_LINES);
	char *cell = &p->cells[line * p->cols + col];

	/* Points cover the lines between others. */
	if (mark != '.' || *cell == ' ')
		*cell = mark;
}

/* Draws the line from one point to the next, column by column. */
static void join(struct plot *p, const struct chart_point *a,
	const struct chart_point *b, size_t k)
{
	size_t from = place(chart_scale_at(&p->x, a->x), p->cols);
	size_t to = place(chart_scale_at(&p->x, b->x), p->cols);
	size_t i;

	for (i = from + 1; i < to; i++) {
		double part = (double)(i - from) / (double)(to - from);

		set(p, a->x + (b->x - a->x) * part,
			a->y[k] + (b->y[k] - a->y[k]) * part, '.');
	}
}

static void fill(struct plot *p)
{
	size_t i;
	size_t k;

	for (k = 0; k < p->c->n_y; k++) {
		const struct chart_point *before = NULL;

		for (i = 0; i < p->c->n_points; i++) {
			const struct chart_point *now = &p->c->points[i];

			if (isnan(now->y[k]))
				continue;
			if (before != NULL && p->c->kind == CHART_LINE)
				join(p, before, now, k);
			set(p, now->x, now->y[k], marks[k]);
			before = now;
		}
	}
}

/* Appends the figure of the tick at that line, if there is one. */
static void put_tick(const struct plot *p, size_t line, struct buf *out)
{
	size_t i;

	for (i = 0; i < p->y.ticks; i++) {
		double v = p->y.first + (double)i * p->y.step;

		/* This is zero but for rounding errors. */
		if (fabs(v) < p->y.step * 1e-9)
			v = 0;
		if (PLOT_LINES - 1 -
				place(chart_scale_at(&p->y, v), PLOT_LINES) ==
			line) {
			value_put_number(out, v, VALUE_DIGITS);
			return;
		}
	}
}

static size_t tick_columns(const struct plot *p)
{
	struct buf b;
	size_t most = 0;
	size_t i;

	buf_init(&b, BUF_SMALL);
	for (i = 0; i < PLOT_LINES; i++) {
		buf_reset(&b);
		put_tick(p, i, &b);
		most = b.len > most ? b.len : most;
	}
	buf_release(&b);
	return most;
}

static void put_plot(
	const struct plot *p, bool ascii, size_t margin, struct buf *out)
{
	struct buf b;
	size_t last;
	size_t i;

	buf_init(&b, BUF_SMALL);
	for (i = 0; i < PLOT_LINES; i++) {
		buf_reset(&b);
		put_tick(p, i, &b);
		pad(out, margin - b.len);
		buf_span(out, buf_view(&b));
		buf_str(out, ascii ? " |" : " \xe2\x94\x82");
		last = p->cols;
		while (last > 0 && p->cells[i * p->cols + last - 1] == ' ')
			last--;
		buf_add(out, p->cells + i * p->cols, last);
		buf_char(out, '\n');
	}
	pad(out, margin + 1);
	buf_str(out, ascii ? "+" : "\xe2\x94\x94");
	for (i = 0; i < p->cols; i++)
		buf_str(out, ascii ? "-" : "\xe2\x94\x80");
	buf_char(out, '\n');
	buf_reset(&b);
	chart_put_x(p->c, p->x.hi, &b);
	pad(out, margin + 2);
	i = out->len;
	chart_put_x(p->c, p->x.lo, out);
	i = out->len - i + b.len;
	pad(out, i < p->cols ? p->cols - i : 1);
	buf_span(out, buf_view(&b));
	buf_char(out, '\n');
	buf_release(&b);
}

static void draw_plot(const struct chart *c, const struct chart_look *look,
	size_t width, struct buf *out)
{
	struct plot p = {.c = c};
	size_t margin;

	p.x = chart_scale_x(c, 5);
	p.y = chart_scale_y(c, 5, false);
	margin = tick_columns(&p);
	p.cols = margin + 12 < width ? width - margin - 2 : 10;
	p.cells = malloc(PLOT_LINES * p.cols);
	if (p.cells == NULL) {
		out->bad = true;
		return;
	}
	memset(p.cells, ' ', PLOT_LINES * p.cols);
	fill(&p);
	put_plot(&p, look->ascii, margin, out);
	free(p.cells);
	buf_char(out, '\n');
	legend(c, look, width, out);
	buf_str(out, "along ");
	chart_put_text(buf_view(&c->x), width - 6, look->ascii, out);
	buf_char(out, '\n');
	left_out(c, "points", out);
}

void chart_draw_text(
	const struct chart *c, const struct chart_look *look, struct buf *out)
{
	size_t width = look->width > WIDTH_MIN ? look->width : WIDTH_MIN;

	heading(c, look, width, out);
	if (c->kind == CHART_LINE || c->kind == CHART_SCATTER)
		draw_plot(c, look, width, out);
	else
		draw_bars(c, look, width, out);
}
