#include "text/chart_scale.h"

#include <math.h>

#include "base/utf8.h"
#include "text/data_value.h"

/* 1, 2 or 5 times a power of ten. */
static double round_step(double rough)
{
	double power = pow(10, floor(log10(rough)));
	double part = rough / power;

	if (part <= 1)
		return power;
	if (part <= 2)
		return 2 * power;
	return part <= 5 ? 5 * power : 10 * power;
}

static struct chart_scale scale(double lo, double hi, size_t n)
{
	struct chart_scale s;

	if (!(lo <= hi))
		lo = hi = 0;
	if (!(hi > lo)) {
		double room = fabs(lo) > 0 ? fabs(lo) / 2 : 1;

		lo -= room;
		hi += room;
	}
	s.step = round_step((hi - lo) / (double)n);
	s.lo = lo;
	s.hi = hi;
	s.first = ceil(lo / s.step) * s.step;
	s.ticks = 0;
	while (s.ticks < 4 * n &&
		s.first + (double)s.ticks * s.step <= hi + s.step * 1e-9)
		s.ticks++;
	return s;
}

struct chart_scale chart_scale_y(const struct chart *c, size_t n, bool zero)
{
	double lo = INFINITY;
	double hi = -INFINITY;
	struct chart_scale s;
	size_t i;
	size_t k;

	for (i = 0; i < c->n_points; i++)
		for (k = 0; k < c->n_y; k++) {
			double v = c->points[i].y[k];

			if (isnan(v))
				continue;
			lo = v < lo ? v : lo;
			hi = v > hi ? v : hi;
		}
	if (zero) {
		lo = lo < 0 ? lo : 0;
		hi = hi > 0 ? hi : 0;
	}
	s = scale(lo, hi, n);
	/* The axis ends at ticks. */
	if (s.first > s.lo + s.step * 1e-9) {
		s.first -= s.step;
		s.ticks++;
	}
	s.lo = s.first;
	if (s.first + (double)(s.ticks - 1) * s.step < s.hi - s.step * 1e-9)
		s.ticks++;
	s.hi = s.first + (double)(s.ticks - 1) * s.step;
	return s;
}

struct chart_scale chart_scale_x(const struct chart *c, size_t n)
{
	double lo = INFINITY;
	double hi = -INFINITY;
	size_t i;

	for (i = 0; i < c->n_points; i++) {
		double v = c->points[i].x;

		lo = v < lo ? v : lo;
		hi = v > hi ? v : hi;
	}
	return scale(lo, hi, n);
}

double chart_scale_at(const struct chart_scale *s, double v)
{
	return (v - s->lo) / (s->hi - s->lo);
}

void chart_put_x(const struct chart *c, double v, struct buf *out)
{
	if (c->dates)
		value_put_date(out, v);
	else
		value_put_number(out, v, 6);
}

void chart_put_text(struct span s, size_t n, bool ascii, struct buf *out)
{
	size_t whole = utf8_columns(s);
	size_t used = 0;
	size_t i = 0;

	while (i < s.n) {
		uint32_t cp;
		size_t len;
		size_t cols;

		(void)utf8_decode(s.p + i, s.n - i, &cp, &len);
		cols = (size_t)utf8_width(cp);
		if (used + cols > n || (whole > n && used + cols >= n))
			break;
		if (cp < ' ' || (cp >= 0x7f && cp < 0xa0))
			buf_char(out, ' ');
		else
			utf8_put(out, cp);
		used += cols;
		i += len;
	}
	if (i < s.n && used < n)
		buf_str(out, ascii ? "~" : "\xe2\x80\xa6");
}
