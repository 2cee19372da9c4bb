#include "text/data_relate.h"

#include <math.h>
#include <stdlib.h>

/* Points; fewer mean nothing. */
#define POINTS_MIN 3
#define YEAR_DAYS 365.2425

/* A line through the rows that have both values: y = at + slope * x. */
struct line {
	size_t n;
	double slope;
	double at;
	double r; /* NAN when one of the two does not vary */
	double x_min;
	double x_max;
};

static bool both(const double *x, const double *y, size_t i)
{
	return !isnan(x[i]) && !isnan(y[i]);
}

/* Fits in two passes, the means first, so that large offsets cost no digits. */
static struct line fit(const double *x, const double *y, size_t rows)
{
	struct line l = {0, NAN, NAN, NAN, INFINITY, -INFINITY};
	long double mx = 0;
	long double my = 0;
	long double xx = 0;
	long double yy = 0;
	long double xy = 0;
	size_t i;

	for (i = 0; i < rows; i++) {
		if (!both(x, y, i))
			continue;
		l.n++;
		mx += (long double)x[i];
		my += (long double)y[i];
		l.x_min = x[i] < l.x_min ? x[i] : l.x_min;
		l.x_max = x[i] > l.x_max ? x[i] : l.x_max;
	}
	if (l.n < POINTS_MIN)
		return l;
	mx /= (long double)l.n;
	my /= (long double)l.n;
	for (i = 0; i < rows; i++) {
		long double dx = (long double)x[i] - mx;
		long double dy = (long double)y[i] - my;

		if (!both(x, y, i))
			continue;
		xx += dx * dx;
		yy += dy * dy;
		xy += dx * dy;
	}
	if (!(xx > 0))
		return l;
	l.slope = (double)(xy / xx);
	l.at = (double)(my - xy / xx * mx);
	if (yy > 0) {
		l.r = (double)(xy / (sqrtl(xx) * sqrtl(yy)));
		l.r = l.r > 1 ? 1 : l.r < -1 ? -1 : l.r;
	}
	return l;
}

static void keep_pair(struct data_stats *s, struct data_pair p)
{
	size_t i = s->n_pairs;

	if (i == DATA_PAIRS_MAX &&
		fabs(p.r) <= fabs(s->pairs[DATA_PAIRS_MAX - 1].r))
		return;
	if (i == DATA_PAIRS_MAX)
		i--;
	else
		s->n_pairs++;
	for (; i > 0 && fabs(p.r) > fabs(s->pairs[i - 1].r); i--)
		s->pairs[i] = s->pairs[i - 1];
	s->pairs[i] = p;
}

void data_relate_pairs(struct data_stats *s, size_t rows)
{
	size_t cols[DATA_PAIR_COLS_MAX];
	size_t n = 0;
	size_t i;
	size_t j;

	for (i = 0; i < s->n_cols && n < DATA_PAIR_COLS_MAX; i++)
		if (s->cols[i].type == DATA_NUMBER && s->cols[i].distinct > 1)
			cols[n++] = i;
	for (i = 0; i < n; i++)
		for (j = i + 1; j < n; j++) {
			struct line l = fit(s->cols[cols[i]].values,
				s->cols[cols[j]].values, rows);

			if (!isnan(l.r))
				keep_pair(s,
					(struct data_pair){
						cols[i], cols[j], l.n, l.r});
		}
}

/* Whether the numbers of a column only ascend, without gaps. */
static bool is_steps(const struct data_column *c, size_t rows)
{
	size_t i;

	if (c->type != DATA_NUMBER || c->count != rows || rows < POINTS_MIN)
		return false;
	for (i = 1; i < rows; i++)
		if (!(c->values[i] > c->values[i - 1]))
			return false;
	return true;
}

static bool is_whole(const struct data_column *c, size_t rows)
{
	size_t i;

	for (i = 0; i < rows; i++)
		if (!isnan(c->values[i]) && c->values[i] > floor(c->values[i]))
			return false;
	return true;
}

/* Whether the column's name tells that it counts time, whatever the order of
 * the rows. */
static bool is_time_name(const struct data *t, size_t col)
{
	static const char *const words[] = {"year", "month", "week", "day",
		"hour", "period", "quarter", "step", "time", "jahr", "monat"};
	struct buf name;
	bool is = false;
	size_t i;

	buf_init(&name, DATA_TEXT_MAX);
	data_name(t, col, &name);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		is = is || span_caseis(buf_view(&name), words[i]);
	buf_release(&name);
	return is;
}

static bool find_along(struct data_stats *s, const struct data *t)
{
	size_t i;

	for (i = 0; i < s->n_cols; i++)
		if (s->cols[i].type == DATA_DATE && s->cols[i].distinct > 2) {
			s->along = i;
			return true;
		}
	for (i = 0; i < s->n_cols; i++)
		if (s->cols[i].type == DATA_NUMBER && s->cols[i].distinct > 2 &&
			is_whole(&s->cols[i], t->rows) && is_time_name(t, i)) {
			s->along = i;
			return true;
		}
	/* The rows may be in the order of their first column. */
	s->along = 0;
	return is_steps(&s->cols[0], t->rows) && is_whole(&s->cols[0], t->rows);
}

static double unit_days(enum data_unit unit)
{
	switch (unit) {
	case DATA_STEP: return 1;
	case DATA_HOUR: return 1.0 / 24;
	case DATA_DAY: return 1;
	case DATA_WEEK: return 7;
	case DATA_MONTH: return YEAR_DAYS / 12;
	case DATA_YEAR: return YEAR_DAYS;
	}
	return 1;
}

/* The unit that fits the mean distance of two dates. */
static enum data_unit unit_of(const struct data_column *c)
{
	double gap;

	if (c->type != DATA_DATE)
		return DATA_STEP;
	gap = (c->max - c->min) / (double)(c->distinct - 1);
	if (gap >= 300)
		return DATA_YEAR;
	if (gap >= 25)
		return DATA_MONTH;
	if (gap >= 6.5)
		return DATA_WEEK;
	return gap >= 0.5 ? DATA_DAY : DATA_HOUR;
}

enum status data_relate_trends(
	struct data_stats *s, const struct data *t, struct err *err)
{
	size_t i;

	s->ordered = find_along(s, t);
	if (!s->ordered)
		return ST_OK;
	s->unit = unit_of(&s->cols[s->along]);
	s->trends = calloc(s->n_cols, sizeof(*s->trends));
	if (s->trends == NULL)
		return err_nomem(err);
	for (i = 0; i < s->n_cols; i++) {
		struct line l;

		if (i == s->along || s->cols[i].type != DATA_NUMBER)
			continue;
		l = fit(s->cols[s->along].values, s->cols[i].values, t->rows);
		if (isnan(l.slope))
			continue;
		s->trends[s->n_trends++] = (struct data_trend){i, l.n,
			l.slope * unit_days(s->unit),
			isnan(l.r) ? 0 : l.r * l.r, l.at + l.slope * l.x_min,
			l.at + l.slope * l.x_max};
	}
	return ST_OK;
}
