#include "text/data_type.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How many cells of a column can be read in each way. */
struct reading {
	size_t filled;
	size_t point;
	size_t comma;
	size_t day_first;
	size_t month_first;
	bool differ; /* the two orders give different days for some cell */
};

/* Rows that are looked at: more would not change the type. */
#define SAMPLE_ROWS ((size_t)100 * 1000)

static void read_cell(struct reading *r, struct span s)
{
	double v;
	double d = 0;
	double m = 0;
	bool plain = true;

	if (value_missing(s))
		return;
	r->filled++;
	/* Most cells are the same either way. */
	if (value_number(s, VALUE_POINT, &v))
		r->point++;
	else
		plain = false;
	if (s.n > 0 && memchr(s.p, '.', s.n) == NULL &&
		memchr(s.p, ',', s.n) == NULL)
		r->comma += plain;
	else
		r->comma += value_number(s, VALUE_COMMA, &v);
	/* What is a number in either way is not a date. */
	if (plain)
		return;
	r->day_first += value_date(s, VALUE_DAY_FIRST, &d);
	r->month_first += value_date(s, VALUE_MONTH_FIRST, &m);
	r->differ = r->differ || d < m || d > m;
}

static struct reading read_column(const struct data *t, size_t col)
{
	struct reading r = {0, 0, 0, 0, 0, false};
	size_t i;

	for (i = 0; i < t->rows; i++)
		read_cell(&r, data_cell(t, i, col));
	return r;
}

enum value_style data_style(const struct data *t)
{
	size_t point = 0;
	size_t comma = 0;
	size_t i;
	size_t c;

	for (i = 0; i < t->rows && i < SAMPLE_ROWS / (t->cols + 1) + 1; i++)
		for (c = 0; c < t->cols; c++) {
			struct span s = data_cell(t, i, c);
			double v;
			bool p = value_number(s, VALUE_POINT, &v);
			bool k = value_number(s, VALUE_COMMA, &v);

			point += p && !k;
			comma += k && !p;
		}
	if (point == comma)
		return t->delimiter == ';' && point == 0 ? VALUE_COMMA
							 : VALUE_POINT;
	return point > comma ? VALUE_POINT : VALUE_COMMA;
}

static bool pure(size_t n, size_t filled)
{
	return n > 0 && (double)n >= DATA_PURE * (double)filled;
}

/* Reads the cells of a column of numbers or dates. */
static enum status read_values(struct data_column *c, const struct data *t,
	size_t col, enum value_style style, enum value_order order,
	struct err *err)
{
	size_t i;

	c->values = malloc(t->rows * sizeof(*c->values));
	if (c->values == NULL)
		return err_nomem(err);
	c->count = 0;
	for (i = 0; i < t->rows; i++) {
		struct span s = data_cell(t, i, col);
		double v = NAN;

		if (value_missing(s) ||
			!(c->type == DATA_NUMBER ? value_number(s, style, &v)
						 : value_date(s, order, &v)))
			v = NAN;
		c->values[i] = v;
		if (!isnan(v))
			c->count++;
	}
	return ST_OK;
}

enum status data_type_set(struct data_column *c, const struct data *t,
	size_t col, enum value_style whole, struct err *err)
{
	struct reading r = read_column(t, col);
	enum value_style style = whole;
	enum value_order order = VALUE_MONTH_FIRST;
	enum status st;

	if (r.point != r.comma)
		style = r.point > r.comma ? VALUE_POINT : VALUE_COMMA;
	if (r.day_first > r.month_first)
		order = VALUE_DAY_FIRST;
	c->missing = t->rows - r.filled;
	c->count = r.filled;
	c->type = r.filled > 0 ? DATA_TEXT : DATA_EMPTY;
	if (pure(style == VALUE_POINT ? r.point : r.comma, r.filled))
		c->type = DATA_NUMBER;
	else if (pure(order == VALUE_DAY_FIRST ? r.day_first : r.month_first,
			 r.filled))
		c->type = DATA_DATE;
	if (c->type != DATA_NUMBER && c->type != DATA_DATE)
		return ST_OK;
	c->vague = c->type == DATA_DATE && r.differ &&
		r.day_first == r.month_first;
	st = read_values(c, t, col, style, order, err);
	c->odd = r.filled - c->count;
	return st;
}
