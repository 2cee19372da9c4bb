#include "text/data_stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text/data_relate.h"
#include "text/data_type.h"

/* Distinct texts of a category, and their length. */
#define CATEGORY_MAX 50
#define CATEGORY_BYTES 60
/* "Far" is this many interquartile ranges beyond a quartile. */
#define FENCE 1.5

void data_stats_init(struct data_stats *s)
{
	memset(s, 0, sizeof(*s));
}

void data_stats_release(struct data_stats *s)
{
	size_t i;

	for (i = 0; i < s->n_cols; i++)
		free(s->cols[i].values);
	free(s->cols);
	free(s->trends);
	data_stats_init(s);
}

const char *data_type_name(enum data_type type)
{
	switch (type) {
	case DATA_EMPTY: return "empty";
	case DATA_NUMBER: return "number";
	case DATA_DATE: return "date";
	case DATA_BOOL: return "yes/no";
	case DATA_CATEGORY: return "category";
	case DATA_TEXT: return "text";
	}
	return "";
}

const char *data_unit_name(enum data_unit unit)
{
	switch (unit) {
	case DATA_STEP: return "step";
	case DATA_HOUR: return "hour";
	case DATA_DAY: return "day";
	case DATA_WEEK: return "week";
	case DATA_MONTH: return "month";
	case DATA_YEAR: return "year";
	}
	return "";
}

const double *data_values(const struct data_stats *s, size_t col)
{
	return s->cols[col].values;
}

double data_quantile(const double *sorted, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t i = (size_t)at;

	if (i + 1 >= n)
		return sorted[n - 1];
	return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}

static int by_value(const void *a, const void *b)
{
	double x;
	double y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

void data_sort(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
}

static int by_text(const void *a, const void *b)
{
	const struct span *x = a;
	const struct span *y = b;
	size_t n = x->n < y->n ? x->n : y->n;
	int c = n > 0 ? memcmp(x->p, y->p, n) : 0;

	return c != 0 ? c : (x->n > y->n) - (x->n < y->n);
}

/* How far v is beyond the fences; not above 0 inside them. */
static double beyond(const struct data_column *c, double v)
{
	double room = FENCE * (c->q3 - c->q1);
	double above = v - (c->q3 + room);
	double below = c->q1 - room - v;

	return above > below ? above : below;
}

static void keep_far(struct data_column *c, double v, size_t row)
{
	size_t i = c->n_far;

	if (i == DATA_FAR_MAX &&
		beyond(c, v) <= beyond(c, c->far[DATA_FAR_MAX - 1].value))
		return;
	if (i == DATA_FAR_MAX)
		i--;
	else
		c->n_far++;
	for (; i > 0 && beyond(c, v) > beyond(c, c->far[i - 1].value); i--)
		c->far[i] = c->far[i - 1];
	c->far[i] = (struct data_far){v, row};
}

static void outliers(struct data_column *c, size_t rows)
{
	size_t i;

	/* When half of the values are the same, all others would be far off. */
	if (!(c->q3 > c->q1))
		return;
	for (i = 0; i < rows; i++) {
		if (isnan(c->values[i]) || !(beyond(c, c->values[i]) > 0))
			continue;
		c->outliers++;
		keep_far(c, c->values[i], i);
	}
}

/* Computes sums in long double, so that figures with a large common part keep
 * their digits. */
static void moments(struct data_column *c, const double *sorted)
{
	long double sum = 0;
	long double squares = 0;
	size_t i;

	for (i = 0; i < c->count; i++)
		sum += (long double)sorted[i];
	c->sum = (double)sum;
	c->mean = (double)(sum / (long double)c->count);
	for (i = 0; i < c->count; i++) {
		long double d = (long double)sorted[i] -
			sum / (long double)c->count;

		squares += d * d;
	}
	c->sd = c->count > 1
		? (double)sqrtl(squares / (long double)(c->count - 1))
		: NAN;
}

static enum status of_values(
	struct data_column *c, size_t rows, struct err *err)
{
	double *sorted = malloc(rows * sizeof(*sorted));
	size_t n = 0;
	size_t i;

	if (sorted == NULL)
		return err_nomem(err);
	for (i = 0; i < rows; i++)
		if (!isnan(c->values[i]))
			sorted[n++] = c->values[i];
	data_sort(sorted, n);
	for (i = 0; i < n; i++)
		c->distinct += i == 0 || sorted[i] > sorted[i - 1];
	c->min = sorted[0];
	c->max = sorted[n - 1];
	c->median = data_quantile(sorted, n, 0.5);
	c->q1 = data_quantile(sorted, n, 0.25);
	c->q3 = data_quantile(sorted, n, 0.75);
	moments(c, sorted);
	if (c->type == DATA_NUMBER)
		outliers(c, rows);
	free(sorted);
	return ST_OK;
}

static void keep_top(struct data_column *c, struct span value, size_t n)
{
	size_t i = c->n_top;

	if (i == DATA_TOP_MAX && n <= c->top[DATA_TOP_MAX - 1].n)
		return;
	if (i == DATA_TOP_MAX)
		i--;
	else
		c->n_top++;
	for (; i > 0 && n > c->top[i - 1].n; i--)
		c->top[i] = c->top[i - 1];
	c->top[i] = (struct data_count){value, n};
}

static bool is_yes_no(const struct data_column *c)
{
	static const char *const pairs[][2] = {{"yes", "no"}, {"true", "false"},
		{"y", "n"}, {"t", "f"}, {"on", "off"}};
	size_t i;
	size_t k;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		for (k = 0; k < c->n_top; k++)
			if (!span_caseis(c->top[k].value, pairs[i][0]) &&
				!span_caseis(c->top[k].value, pairs[i][1]))
				break;
		if (k == c->n_top)
			return c->n_top > 0;
	}
	return false;
}

static enum status of_words(struct data_column *c, const struct data *t,
	size_t col, struct err *err)
{
	struct span *sorted = malloc((c->count + 1) * sizeof(*sorted));
	size_t longest = 0;
	size_t from = 0;
	size_t n = 0;
	size_t i;

	if (sorted == NULL)
		return err_nomem(err);
	for (i = 0; i < t->rows; i++) {
		struct span s = span_trim(data_cell(t, i, col));

		if (value_missing(s))
			continue;
		longest = s.n > longest ? s.n : longest;
		sorted[n++] = s;
	}
	qsort(sorted, n, sizeof(*sorted), by_text);
	for (i = 0; i <= n; i++) {
		if (i > 0 && i < n && span_eq(sorted[i], sorted[from]))
			continue;
		if (i > 0) {
			c->distinct++;
			keep_top(c, sorted[from], i - from);
		}
		from = i;
	}
	free(sorted);
	if (c->distinct <= 4 && is_yes_no(c))
		c->type = DATA_BOOL;
	else if (c->distinct <= CATEGORY_MAX && c->distinct * 2 <= n &&
		longest <= CATEGORY_BYTES)
		c->type = DATA_CATEGORY;
	return ST_OK;
}

static enum status make(
	struct data_stats *s, const struct data *t, struct err *err)
{
	enum value_style style = data_style(t);
	enum status st = ST_OK;
	size_t i;

	s->cols = calloc(t->cols, sizeof(*s->cols));
	if (s->cols == NULL)
		return err_nomem(err);
	s->n_cols = t->cols;
	for (i = 0; i < t->cols && st == ST_OK; i++) {
		struct data_column *c = &s->cols[i];

		st = data_type_set(c, t, i, style, err);
		if (st != ST_OK || c->type == DATA_EMPTY)
			continue;
		st = c->values != NULL ? of_values(c, t->rows, err)
				       : of_words(c, t, i, err);
	}
	if (st != ST_OK)
		return st;
	data_relate_pairs(s, t->rows);
	return data_relate_trends(s, t, err);
}

enum status data_stats_make(
	struct data_stats *s, const struct data *t, struct err *err)
{
	enum status st;

	data_stats_release(s);
	st = make(s, t, err);
	if (st != ST_OK)
		data_stats_release(s);
	return st;
}
