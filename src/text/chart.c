#include "text/chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/vec.h"
#include "text/chart_scale.h"
#include "text/data_value.h"

void chart_spec_init(struct chart_spec *spec)
{
	size_t i;

	memset(spec, 0, sizeof(*spec));
	spec->bars = CHART_BARS;
	buf_init(&spec->title, BUF_SMALL);
	buf_init(&spec->x, BUF_SMALL);
	for (i = 0; i < CHART_SERIES_MAX; i++)
		buf_init(&spec->y[i], BUF_SMALL);
}

void chart_spec_release(struct chart_spec *spec)
{
	size_t i;

	buf_release(&spec->title);
	buf_release(&spec->x);
	for (i = 0; i < CHART_SERIES_MAX; i++)
		buf_release(&spec->y[i]);
	chart_spec_init(spec);
}

void chart_init(struct chart *c)
{
	size_t i;

	memset(c, 0, sizeof(*c));
	buf_init(&c->title, BUF_SMALL);
	buf_init(&c->x, BUF_SMALL);
	for (i = 0; i < CHART_SERIES_MAX; i++)
		buf_init(&c->y[i], BUF_SMALL);
}

void chart_release(struct chart *c)
{
	size_t i;

	for (i = 0; i < c->n_points; i++)
		buf_release(&c->points[i].label);
	free(c->points);
	buf_release(&c->title);
	buf_release(&c->x);
	for (i = 0; i < CHART_SERIES_MAX; i++)
		buf_release(&c->y[i]);
	chart_init(c);
}

const char *chart_kind_name(enum chart_kind kind)
{
	switch (kind) {
	case CHART_BAR: return "bar";
	case CHART_LINE: return "line";
	case CHART_SCATTER: return "scatter";
	case CHART_HISTOGRAM: return "histogram";
	case CHART_PIE: return "pie";
	}
	return "";
}

const char *chart_fold_name(enum chart_fold fold)
{
	switch (fold) {
	case CHART_SUM: return "sum";
	case CHART_MEAN: return "mean";
	case CHART_MEDIAN: return "median";
	case CHART_MIN: return "min";
	case CHART_MAX: return "max";
	case CHART_COUNT: return "count";
	}
	return "";
}

/*
 * What is made of a table: rows in the order of their place on the x axis, and
 * those of one place folded.
 */

struct row {
	struct span label; /* of a text; else p is NULL */
	double x;
	size_t row;
};

struct making {
	struct chart *c;
	const struct chart_spec *spec;
	const struct data *t;
	const struct data_stats *s;
	size_t x;
	size_t y[CHART_SERIES_MAX];
	struct row *rows;
	size_t n;
	double *values; /* of one place */
};

static enum status column(
	struct making *m, const struct buf *name, size_t *ret, struct err *err)
{
	struct buf names;
	size_t i;

	if (data_find(m->t, buf_view(name), ret))
		return ST_OK;
	buf_init(&names, BUF_SMALL);
	for (i = 0; i < m->t->cols && i < 12; i++) {
		buf_str(&names, i > 0 ? ", " : "");
		data_name(m->t, i, &names);
	}
	(void)err_set(err, ST_USAGE,
		"the chart asks for a column \"%.100s\"; there are: %.400s%s",
		name->p, names.p, m->t->cols > 12 ? ", ..." : "");
	buf_release(&names);
	return ST_USAGE;
}

static enum status no_numbers(
	const struct buf *name, const char *what, struct err *err)
{
	return err_set(err, ST_USAGE,
		"the chart takes column \"%.100s\" for %s, and it holds none",
		name->p, what);
}

static enum status columns(struct making *m, struct err *err)
{
	const struct chart_spec *spec = m->spec;
	enum status st = column(m, &spec->x, &m->x, err);
	enum data_type type;
	size_t i;

	for (i = 0; i < spec->n_y && st == ST_OK; i++) {
		st = column(m, &spec->y[i], &m->y[i], err);
		if (st == ST_OK && spec->fold != CHART_COUNT &&
			m->s->cols[m->y[i]].type != DATA_NUMBER)
			st = no_numbers(&spec->y[i], "numbers", err);
	}
	if (st != ST_OK)
		return st;
	type = m->s->cols[m->x].type;
	if (spec->kind == CHART_HISTOGRAM && type != DATA_NUMBER)
		return no_numbers(&spec->x, "numbers", err);
	if ((spec->kind == CHART_LINE || spec->kind == CHART_SCATTER) &&
		type != DATA_NUMBER && type != DATA_DATE)
		return no_numbers(&spec->x, "numbers or dates", err);
	return ST_OK;
}

static int by_place(const void *a, const void *b)
{
	const struct row *x = a;
	const struct row *y = b;
	size_t n = x->label.n < y->label.n ? x->label.n : y->label.n;
	int c = n > 0 ? memcmp(x->label.p, y->label.p, n) : 0;

	if (c == 0)
		c = (x->label.n > y->label.n) - (x->label.n < y->label.n);
	if (c == 0)
		c = (x->x > y->x) - (x->x < y->x);
	return c != 0 ? c : (x->row > y->row) - (x->row < y->row);
}

static bool same_place(const struct row *a, const struct row *b)
{
	return span_eq(a->label, b->label) && !(a->x < b->x) && !(a->x > b->x);
}

static enum status take_rows(struct making *m, struct err *err)
{
	const double *values = data_values(m->s, m->x);
	size_t i;

	m->rows = calloc(m->t->rows + 1, sizeof(*m->rows));
	m->values = malloc((m->t->rows + 1) * sizeof(*m->values));
	if (m->rows == NULL || m->values == NULL)
		return err_nomem(err);
	for (i = 0; i < m->t->rows; i++) {
		struct row *r = &m->rows[m->n];

		*r = (struct row){{NULL, 0}, 0, i};
		if (values != NULL)
			r->x = values[i];
		else
			r->label = span_trim(data_cell(m->t, i, m->x));
		if (!isnan(r->x) &&
			(values != NULL || !value_missing(r->label)))
			m->n++;
	}
	if (m->n == 0)
		return err_set(err, ST_USAGE,
			"the chart has nothing to draw: column \"%.100s\" is "
			"empty",
			m->spec->x.p);
	qsort(m->rows, m->n, sizeof(*m->rows), by_place);
	return ST_OK;
}

static double fold(enum chart_fold how, double *v, size_t n)
{
	long double sum = 0;
	size_t i;

	if (how == CHART_COUNT)
		return (double)n;
	if (n == 0)
		return NAN;
	data_sort(v, n);
	for (i = 0; i < n; i++)
		sum += (long double)v[i];
	switch (how) {
	case CHART_SUM: return (double)sum;
	case CHART_MEAN: return (double)(sum / (long double)n);
	case CHART_MEDIAN: return data_quantile(v, n, 0.5);
	case CHART_MIN: return v[0];
	case CHART_MAX: return v[n - 1];
	case CHART_COUNT: break;
	}
	return (double)n;
}

/* Folds one series of the rows `from` to `to`. */
static double fold_rows(struct making *m, size_t k, size_t from, size_t to)
{
	const double *values = m->spec->n_y > 0 ? data_values(m->s, m->y[k])
						: NULL;
	size_t n = 0;
	size_t i;

	if (m->spec->n_y == 0)
		return (double)(to - from);
	for (i = from; i < to; i++) {
		size_t row = m->rows[i].row;

		if (values == NULL)
			n += !value_missing(data_cell(m->t, row, m->y[k]));
		else if (!isnan(values[row]))
			m->values[n++] = values[row];
	}
	return fold(m->spec->fold, m->values, n);
}

static struct chart_point *point_add(struct chart *c)
{
	struct chart_point *p;
	size_t k;

	if (!vec_grow(&c->points, &c->cap, c->n_points + 1, sizeof(*c->points),
		    DATA_CELLS_MAX))
		return NULL;
	p = &c->points[c->n_points++];
	buf_init(&p->label, BUF_SMALL);
	for (k = 0; k < CHART_SERIES_MAX; k++)
		p->y[k] = NAN;
	return p;
}

static bool is_bars(const struct chart_spec *spec)
{
	return spec->kind == CHART_BAR || spec->kind == CHART_PIE;
}

/* Where the rows of the next place on the x axis begin. */
static size_t place_end(const struct making *m, size_t from)
{
	size_t i = from + 1;

	if (m->spec->kind != CHART_SCATTER)
		while (i < m->n && same_place(&m->rows[i], &m->rows[from]))
			i++;
	return i;
}

static enum status fold_place(
	struct making *m, size_t from, size_t to, struct err *err)
{
	const struct row *r = &m->rows[from];
	struct chart_point *p = point_add(m->c);
	size_t k;

	if (p == NULL)
		return err_nomem(err);
	p->x = r->x;
	if (r->label.p != NULL)
		buf_add(&p->label, r->label.p,
			utf8_floor(r->label, CHART_TEXT_MAX));
	else if (is_bars(m->spec))
		chart_put_x(m->c, p->x, &p->label);
	for (k = 0; k < m->c->n_y; k++)
		p->y[k] = fold_rows(m, k, from, to);
	return p->label.bad ? err_nomem(err) : ST_OK;
}

/* Folds all places. Of too many points, every n-th is taken, beginning with the
 * first. */
static enum status fold_all(struct making *m, struct err *err)
{
	enum status st = ST_OK;
	size_t places = 0;
	size_t step = 1;
	size_t from;
	size_t to;
	size_t i = 0;

	for (from = 0; from < m->n; from = place_end(m, from))
		places++;
	if (!is_bars(m->spec))
		step = (places + CHART_POINTS_MAX - 1) / CHART_POINTS_MAX;
	else if (places > CHART_PLACES_MAX)
		return err_set(err, ST_USAGE,
			"column \"%.100s\" has %zu different values, too many "
			"for bars",
			m->spec->x.p, places);
	for (from = 0; from < m->n && st == ST_OK; from = to, i++) {
		to = place_end(m, from);
		if (i % step == 0)
			st = fold_place(m, from, to, err);
	}
	m->c->left_out = places - m->c->n_points;
	return st;
}

static int by_size(const void *a, const void *b)
{
	const struct chart_point *p = a;
	const struct chart_point *q = b;
	double x = isnan(p->y[0]) ? 0 : fabs(p->y[0]);
	double y = isnan(q->y[0]) ? 0 : fabs(q->y[0]);

	if (x > y || x < y)
		return x < y ? 1 : -1;
	return strcmp(p->label.p, q->label.p);
}

static void cut(struct chart *c, size_t n)
{
	size_t i;

	if (c->n_points <= n)
		return;
	for (i = n; i < c->n_points; i++)
		buf_release(&c->points[i].label);
	c->left_out += c->n_points - n;
	c->n_points = n;
}

/* Puts the points in order: texts the largest first, numbers and dates
 * ascending. */
static void arrange(struct making *m)
{
	struct chart *c = m->c;

	if (!is_bars(m->spec))
		return;
	if (m->rows[0].label.p != NULL || m->spec->kind == CHART_PIE)
		qsort(c->points, c->n_points, sizeof(*c->points), by_size);
	cut(c, m->spec->bars);
}

/* Makes a histogram, with as many bins as Sturges' rule gives for the rows. */
static enum status histogram(struct making *m, struct err *err)
{
	const struct data_column *col = &m->s->cols[m->x];
	size_t bins = m->spec->bins;
	double width;
	size_t i;

	if (bins == 0)
		bins = (size_t)ceil(log2((double)m->n)) + 1;
	if (bins > CHART_BINS_MAX)
		bins = CHART_BINS_MAX;
	if (!(col->max > col->min))
		bins = 1;
	width = (col->max - col->min) / (double)bins;
	for (i = 0; i < bins; i++) {
		struct chart_point *p = point_add(m->c);

		if (p == NULL)
			return err_nomem(err);
		p->y[0] = 0;
		p->x = col->min + width * (double)i;
		value_put_number(&p->label, p->x, 4);
		buf_str(&p->label, " to ");
		value_put_number(
			&p->label, i + 1 < bins ? p->x + width : col->max, 4);
	}
	for (i = 0; i < m->n; i++) {
		double at = width > 0 ? (m->rows[i].x - col->min) / width : 0;
		size_t bin = at > 0 ? (size_t)at : 0;

		m->c->points[bin < bins ? bin : bins - 1].y[0] += 1;
	}
	return ST_OK;
}

static void put_brief(struct buf *out, const char *s)
{
	chart_put_text(span_str(s), CHART_TEXT_MAX, false, out);
}

/* Takes the names from the table, whatever their case in the specification. */
static void name_all(struct making *m)
{
	struct chart *c = m->c;
	const struct chart_spec *spec = m->spec;
	struct buf name;
	size_t k;

	buf_init(&name, DATA_TEXT_MAX);
	put_brief(&c->title, spec->title.p);
	data_name(m->t, m->x, &name);
	put_brief(&c->x, name.p);
	c->n_y = spec->n_y > 0 ? spec->n_y : 1;
	if (spec->n_y == 0)
		buf_str(&c->y[0], "rows");
	for (k = 0; k < spec->n_y; k++) {
		buf_reset(&name);
		data_name(m->t, m->y[k], &name);
		put_brief(&c->y[k], name.p);
		if (spec->kind != CHART_SCATTER)
			buf_fmt(&c->y[k], " (%s)", chart_fold_name(spec->fold));
	}
	buf_release(&name);
	c->kind = spec->kind == CHART_LINE || spec->kind == CHART_SCATTER
		? spec->kind
		: CHART_BAR;
	c->shares = spec->kind == CHART_PIE;
	c->dates = m->s->cols[m->x].type == DATA_DATE;
}

enum status chart_make(struct chart *c, const struct chart_spec *spec,
	const struct data *t, const struct data_stats *s, struct err *err)
{
	struct making m = {.c = c, .spec = spec, .t = t, .s = s};
	enum status st;

	chart_release(c);
	st = columns(&m, err);
	if (st == ST_OK)
		st = take_rows(&m, err);
	if (st == ST_OK) {
		name_all(&m);
		if (spec->kind == CHART_HISTOGRAM) {
			st = histogram(&m, err);
		} else {
			st = fold_all(&m, err);
			if (st == ST_OK)
				arrange(&m);
		}
	}
	free(m.rows);
	free(m.values);
	if (st != ST_OK)
		chart_release(c);
	return st;
}
