/*
 * Axes of a chart: their range, and round numbers to write beside them. Part of
 * text/chart. Pure.
 */
#ifndef ATL_TEXT_CHART_SCALE_H
#define ATL_TEXT_CHART_SCALE_H

#include "text/chart.h"

struct chart_scale {
	double lo;
	double hi; /* above lo */
	double first; /* tick */
	double step;
	size_t ticks;
};

/* The axis of all values, with about n ticks; `zero`: 0 is on it. */
struct chart_scale chart_scale_y(const struct chart *c, size_t n, bool zero);
struct chart_scale chart_scale_x(const struct chart *c, size_t n);
/* The position of a value: 0 at lo, 1 at hi. */
double chart_scale_at(const struct chart_scale *s, double v);
/* Appends a number or, for an x in days, a date. */
void chart_put_x(const struct chart *c, double v, struct buf *out);
/* Appends at most n characters of one line, with an ellipsis where it is
 * cut. */
void chart_put_text(struct span s, size_t n, bool ascii, struct buf *out);

#endif
