/* Charts as SVG 1.1: shapes and escaped text, nothing that acts. */
#include "text/chart.h"

#include <math.h>

#include "base/utf8.h"
#include "text/chart_scale.h"
#include "text/data_value.h"

#define WIDTH 800.0
#define HEIGHT 450.0
#define LEFT 80.0
#define RIGHT 45.0
#define TOP 50.0
#define BOTTOM 90.0
#define LABEL_MAX 24

/* Distinct for any colour vision (Okabe and Ito). */
static const char *const colours[CHART_SERIES_MAX] = {
	"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"};

/* Appends the characters that XML allows, with all markup escaped. */
static void put_escaped(struct buf *out, struct span s)
{
	size_t i = 0;

	while (i < s.n) {
		uint32_t cp;
		size_t len;

		(void)utf8_decode(s.p + i, s.n - i, &cp, &len);
		i += len;
		if (cp == '&')
			buf_str(out, "&amp;");
		else if (cp == '<')
			buf_str(out, "&lt;");
		else if (cp == '>')
			buf_str(out, "&gt;");
		else if (cp == '"')
			buf_str(out, "&quot;");
		else if (cp == '\'')
			buf_str(out, "&#39;");
		else if (cp < ' ' || (cp >= 0x7f && cp < 0xa0))
			buf_char(out, ' ');
		else
			utf8_put(out,
				cp == 0xfffe || cp == 0xffff ? UTF8_BAD : cp);
	}
}

static void coord(struct buf *out, const char *name, double v)
{
	buf_fmt(out, " %s=\"", name);
	value_put_number(out, round(v * 100) / 100, 6);
	buf_char(out, '"');
}

static void line(struct buf *out, double x1, double y1, double x2, double y2,
	const char *colour)
{
	buf_str(out, "<line");
	coord(out, "x1", x1);
	coord(out, "y1", y1);
	coord(out, "x2", x2);
	coord(out, "y2", y2);
	buf_fmt(out, " stroke=\"%s\"/>\n", colour);
}

static void text(
	struct buf *out, double x, double y, const char *more, struct span s)
{
	struct buf brief;

	buf_init(&brief, BUF_SMALL);
	chart_put_text(s, LABEL_MAX * 4, false, &brief);
	buf_str(out, "<text");
	coord(out, "x", x);
	coord(out, "y", y);
	buf_fmt(out, "%s>", more);
	put_escaped(out, buf_view(&brief));
	buf_str(out, "</text>\n");
	buf_release(&brief);
}

static double y_at(const struct chart_scale *y, double v)
{
	return HEIGHT - BOTTOM - chart_scale_at(y, v) * (HEIGHT - TOP - BOTTOM);
}

static double x_at(const struct chart_scale *x, double v)
{
	return LEFT + chart_scale_at(x, v) * (WIDTH - LEFT - RIGHT);
}

static void head(const struct chart *c, struct buf *out)
{
	const struct buf *title = c->title.len > 0 ? &c->title : &c->y[0];

	buf_str(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"800\" "
		"height=\"450\" viewBox=\"0 0 800 450\" role=\"img\" "
		"font-family=\"sans-serif\" font-size=\"12\">\n<title>");
	put_escaped(out, buf_view(title));
	buf_str(out,
		"</title>\n"
		"<rect width=\"800\" height=\"450\" fill=\"#ffffff\"/>\n");
	text(out, WIDTH / 2, 28, " text-anchor=\"middle\" font-size=\"16\"",
		buf_view(title));
}

static void y_axis(const struct chart_scale *y, struct buf *out)
{
	struct buf b;
	size_t i;

	buf_init(&b, BUF_SMALL);
	for (i = 0; i < y->ticks; i++) {
		double v = y->first + (double)i * y->step;

		if (fabs(v) < y->step * 1e-9)
			v = 0;
		line(out, LEFT, y_at(y, v), WIDTH - RIGHT, y_at(y, v),
			"#dddddd");
		buf_reset(&b);
		value_put_number(&b, v, 6);
		text(out, LEFT - 8, y_at(y, v) + 4, " text-anchor=\"end\"",
			buf_view(&b));
	}
	buf_release(&b);
	line(out, LEFT, TOP, LEFT, HEIGHT - BOTTOM, "#333333");
}

static void x_axis(
	const struct chart *c, const struct chart_scale *x, struct buf *out)
{
	/* Dates have no round numbers of days: six ticks at equal distances. */
	size_t n = c->dates ? 6 : x->ticks;
	struct buf b;
	size_t i;

	buf_init(&b, BUF_SMALL);
	for (i = 0; i < n; i++) {
		double v = c->dates
			? floor(x->lo + (x->hi - x->lo) * (double)i / 5 + 0.5)
			: x->first + (double)i * x->step;

		if (v > x->hi)
			v = x->hi;
		if (fabs(v) < x->step * 1e-9)
			v = 0;
		line(out, x_at(x, v), HEIGHT - BOTTOM, x_at(x, v),
			HEIGHT - BOTTOM + 5, "#333333");
		buf_reset(&b);
		chart_put_x(c, v, &b);
		text(out, x_at(x, v), HEIGHT - BOTTOM + 20,
			" text-anchor=\"middle\"", buf_view(&b));
	}
	buf_release(&b);
	line(out, LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM,
		"#333333");
	text(out, WIDTH / 2, HEIGHT - BOTTOM + 42, " text-anchor=\"middle\"",
		buf_view(&c->x));
}

static void legend(const struct chart *c, struct buf *out)
{
	double room = (WIDTH - LEFT - RIGHT) / (double)c->n_y;
	size_t k;

	for (k = 0; k < c->n_y; k++) {
		double x = LEFT + room * (double)k;
		struct buf name;

		buf_fmt(out, "<rect width=\"10\" height=\"10\" fill=\"%s\"",
			colours[k]);
		coord(out, "x", x);
		coord(out, "y", HEIGHT - 18);
		buf_str(out, "/>\n");
		buf_init(&name, BUF_SMALL);
		chart_put_text(buf_view(&c->y[k]), (size_t)(room / 8) - 2,
			false, &name);
		text(out, x + 16, HEIGHT - 9, "", buf_view(&name));
		buf_release(&name);
	}
}

static void bar_label(
	const struct chart *c, size_t i, double x, double room, struct buf *out)
{
	struct buf label;
	struct buf turn;
	double y = HEIGHT - BOTTOM + 16;

	buf_init(&label, BUF_SMALL);
	buf_init(&turn, BUF_SMALL);
	/* A character takes seven units; a label that is too wide is
	 * slanted. */
	if ((double)utf8_columns(buf_view(&c->points[i].label)) * 7 < room) {
		buf_span(&label, buf_view(&c->points[i].label));
		buf_str(&turn, " text-anchor=\"middle\"");
	} else {
		chart_put_text(
			buf_view(&c->points[i].label), 12, false, &label);
		buf_str(&turn,
			" text-anchor=\"end\" font-size=\"10\" "
			"transform=\"rotate(-40 ");
		value_put_number(&turn, round(x), 6);
		buf_char(&turn, ' ');
		value_put_number(&turn, y, 6);
		buf_str(&turn, ")\"");
	}
	text(out, turn.len > 30 ? round(x) : x, y, turn.p, buf_view(&label));
	buf_release(&label);
	buf_release(&turn);
}

static void bars(const struct chart *c, struct buf *out)
{
	struct chart_scale y = chart_scale_y(c, 6, true);
	double room = (WIDTH - LEFT - RIGHT) / (double)c->n_points;
	double wide = room * 0.8 / (double)c->n_y;
	size_t i;
	size_t k;

	y_axis(&y, out);
	for (i = 0; i < c->n_points; i++) {
		double x = LEFT + room * ((double)i + 0.1);

		for (k = 0; k < c->n_y; k++) {
			double v = c->points[i].y[k];

			if (isnan(v))
				continue;
			buf_fmt(out, "<rect fill=\"%s\"", colours[k]);
			coord(out, "x", x + wide * (double)k);
			coord(out, "y", y_at(&y, v > 0 ? v : 0));
			coord(out, "width", wide);
			coord(out, "height", fabs(y_at(&y, v) - y_at(&y, 0)));
			buf_str(out, "/>\n");
		}
		bar_label(c, i, LEFT + room * ((double)i + 0.5), room, out);
	}
	line(out, LEFT, y_at(&y, 0), WIDTH - RIGHT, y_at(&y, 0), "#333333");
	text(out, WIDTH / 2, HEIGHT - BOTTOM + 54, " text-anchor=\"middle\"",
		buf_view(&c->x));
}

static void dots(const struct chart *c, size_t k, const struct chart_scale *x,
	const struct chart_scale *y, struct buf *out)
{
	size_t i;

	for (i = 0; i < c->n_points; i++) {
		if (isnan(c->points[i].y[k]))
			continue;
		buf_fmt(out, "<circle r=\"3\" fill=\"%s\"", colours[k]);
		coord(out, "cx", x_at(x, c->points[i].x));
		coord(out, "cy", y_at(y, c->points[i].y[k]));
		buf_str(out, "/>\n");
	}
}

static void way(const struct chart *c, size_t k, const struct chart_scale *x,
	const struct chart_scale *y, struct buf *out)
{
	size_t i;

	buf_fmt(out,
		"<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" "
		"points=\"",
		colours[k]);
	for (i = 0; i < c->n_points; i++) {
		if (isnan(c->points[i].y[k]))
			continue;
		value_put_number(
			out, round(x_at(x, c->points[i].x) * 100) / 100, 6);
		buf_char(out, ',');
		value_put_number(
			out, round(y_at(y, c->points[i].y[k]) * 100) / 100, 6);
		buf_char(out, ' ');
	}
	buf_str(out, "\"/>\n");
}

static void plot(const struct chart *c, struct buf *out)
{
	struct chart_scale x = chart_scale_x(c, 6);
	struct chart_scale y = chart_scale_y(c, 6, false);
	size_t k;

	y_axis(&y, out);
	x_axis(c, &x, out);
	for (k = 0; k < c->n_y; k++) {
		if (c->kind == CHART_LINE)
			way(c, k, &x, &y, out);
		if (c->kind == CHART_SCATTER || c->n_points <= 60)
			dots(c, k, &x, &y, out);
	}
}

void chart_draw_svg(const struct chart *c, struct buf *out)
{
	head(c, out);
	if (c->kind == CHART_LINE || c->kind == CHART_SCATTER)
		plot(c, out);
	else
		bars(c, out);
	legend(c, out);
	buf_str(out, "</svg>\n");
}
