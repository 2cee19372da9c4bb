#include "text/data_summary.h"

#include "base/utf8.h"
#include "text/data_value.h"
#include "text/tokens.h"

/* Characters of a cell or a name that are shown. */
#define CELL_MAX 40
#define DIGITS 6
/* Columns of the first rows that are shown; more would not be readable. */
#define ROW_COLS_MAX 20

/* A summary under way: lines are made one at a time and kept while there is
 * room. */
struct sheet {
	const struct data *t;
	const struct data_stats *s;
	struct buf *out;
	struct buf line;
	int64_t left;
	size_t dropped;
};

static void put_text(struct buf *b, struct span s, size_t max)
{
	size_t n = 0;
	size_t i = 0;

	s = span_trim(s);
	while (i < s.n) {
		uint32_t cp;
		size_t len;

		(void)utf8_decode(s.p + i, s.n - i, &cp, &len);
		if (n++ == max) {
			buf_str(b, "\xe2\x80\xa6");
			return;
		}
		if (cp == '|' || cp == '\\' || cp == '`')
			buf_char(b, '\\');
		if (cp < ' ' || cp == 0x7f)
			buf_char(b, ' ');
		else
			buf_add(b, s.p + i, len);
		i += len;
	}
}

static void put_name(struct sheet *h, size_t col)
{
	struct buf name;

	buf_init(&name, DATA_TEXT_MAX);
	data_name(h->t, col, &name);
	put_text(&h->line, buf_view(&name), CELL_MAX);
	buf_release(&name);
}

/* Keeps the line, or counts it as dropped when there is no room. */
static bool end_line(struct sheet *h)
{
	int64_t cost;

	buf_char(&h->line, '\n');
	cost = tokens_estimate(buf_view(&h->line));
	if (cost <= h->left) {
		h->left -= cost;
		buf_span(h->out, buf_view(&h->line));
	} else {
		h->dropped++;
	}
	buf_reset(&h->line);
	return h->dropped == 0;
}

static void text_line(struct sheet *h, const char *s)
{
	buf_str(&h->line, s);
	(void)end_line(h);
}

/* Tells how many lines had no room, and goes on. */
static void end_part(struct sheet *h)
{
	if (h->dropped > 0)
		buf_fmt(h->out, "(%zu more left out for length)\n", h->dropped);
	h->dropped = 0;
}

static void number(struct sheet *h, double v)
{
	buf_str(&h->line, " | ");
	value_put_number(&h->line, v, DIGITS);
}

static void counts(struct sheet *h, const struct data_column *c)
{
	buf_fmt(&h->line, " | %zu | %zu | %zu", c->count, c->missing,
		c->distinct);
}

static bool any(const struct sheet *h, enum data_type type)
{
	size_t i;

	for (i = 0; i < h->s->n_cols; i++)
		if (h->s->cols[i].type == type)
			return true;
	return false;
}

static void numbers(struct sheet *h)
{
	size_t i;

	if (!any(h, DATA_NUMBER))
		return;
	text_line(h,
		"\n### Columns of numbers\n\n"
		"| column | values | missing | distinct | sum | mean | median "
		"| std. dev. | min | 25% | 75% | max | outliers |\n"
		"|---|---|---|---|---|---|---|---|---|---|---|---|---|");
	for (i = 0; i < h->s->n_cols; i++) {
		const struct data_column *c = &h->s->cols[i];
		const double v[] = {c->sum, c->mean, c->median, c->sd, c->min,
			c->q1, c->q3, c->max};
		size_t k;

		if (c->type != DATA_NUMBER)
			continue;
		buf_str(&h->line, "| ");
		put_name(h, i);
		counts(h, c);
		for (k = 0; k < sizeof(v) / sizeof(v[0]); k++)
			number(h, v[k]);
		buf_fmt(&h->line, " | %zu |", c->outliers);
		(void)end_line(h);
	}
	end_part(h);
}

static void dates(struct sheet *h)
{
	size_t i;

	if (!any(h, DATA_DATE))
		return;
	text_line(h,
		"\n### Columns of dates\n\n"
		"| column | values | missing | distinct | first | last |\n"
		"|---|---|---|---|---|---|");
	for (i = 0; i < h->s->n_cols; i++) {
		const struct data_column *c = &h->s->cols[i];

		if (c->type != DATA_DATE)
			continue;
		buf_str(&h->line, "| ");
		put_name(h, i);
		counts(h, c);
		buf_str(&h->line, " | ");
		value_put_date(&h->line, c->min);
		buf_str(&h->line, " | ");
		value_put_date(&h->line, c->max);
		buf_str(&h->line, " |");
		(void)end_line(h);
	}
	end_part(h);
}

static void words(struct sheet *h)
{
	size_t i;
	size_t k;

	if (!any(h, DATA_BOOL) && !any(h, DATA_CATEGORY) &&
		!any(h, DATA_TEXT) && !any(h, DATA_EMPTY))
		return;
	text_line(h,
		"\n### Other columns\n\n"
		"| column | type | values | missing | distinct "
		"| most frequent (count) |\n"
		"|---|---|---|---|---|---|");
	for (i = 0; i < h->s->n_cols; i++) {
		const struct data_column *c = &h->s->cols[i];
		/* For free text, values that occur once mean nothing. */
		bool tops = c->type != DATA_TEXT ||
			(c->n_top > 0 && c->top[0].n > 1);

		if (c->values != NULL)
			continue;
		buf_str(&h->line, "| ");
		put_name(h, i);
		buf_fmt(&h->line, " | %s", data_type_name(c->type));
		counts(h, c);
		buf_str(&h->line, " | ");
		for (k = 0; tops && k < c->n_top; k++) {
			buf_str(&h->line, k > 0 ? ", " : "");
			put_text(&h->line, c->top[k].value, CELL_MAX);
			buf_fmt(&h->line, " (%zu)", c->top[k].n);
		}
		buf_str(&h->line, " |");
		(void)end_line(h);
	}
	end_part(h);
}

static void correlations(struct sheet *h)
{
	size_t i;

	if (h->s->n_pairs == 0)
		return;
	text_line(h, "\n### Largest correlations (Pearson's r)\n");
	for (i = 0; i < h->s->n_pairs; i++) {
		const struct data_pair *p = &h->s->pairs[i];

		buf_str(&h->line, "- ");
		put_name(h, p->a);
		buf_str(&h->line, " and ");
		put_name(h, p->b);
		buf_str(&h->line, ": r = ");
		value_put_number(&h->line, p->r, 3);
		buf_fmt(&h->line, " (%zu rows)", p->n);
		(void)end_line(h);
	}
	end_part(h);
}

static void trends(struct sheet *h)
{
	size_t i;

	if (h->s->n_trends == 0)
		return;
	buf_str(&h->line, "\n### Linear trends along ");
	put_name(h, h->s->along);
	buf_char(&h->line, '\n');
	(void)end_line(h);
	for (i = 0; i < h->s->n_trends; i++) {
		const struct data_trend *d = &h->s->trends[i];

		buf_str(&h->line, "- ");
		put_name(h, d->col);
		buf_str(&h->line, d->slope >= 0 ? ": +" : ": ");
		value_put_number(&h->line, d->slope, 4);
		buf_fmt(&h->line,
			" a %s, R\xc2\xb2 = ", data_unit_name(h->s->unit));
		value_put_number(&h->line, d->r2, 3);
		buf_str(&h->line, ", the line goes from ");
		value_put_number(&h->line, d->first, 4);
		buf_str(&h->line, " to ");
		value_put_number(&h->line, d->last, 4);
		(void)end_line(h);
	}
	end_part(h);
}

static void outlier_lines(struct sheet *h)
{
	bool begun = false;
	size_t i;
	size_t k;

	for (i = 0; i < h->s->n_cols; i++) {
		const struct data_column *c = &h->s->cols[i];

		if (c->outliers == 0)
			continue;
		if (!begun)
			text_line(h,
				"\n### Outliers (beyond 1.5 interquartile "
				"ranges), the furthest\n");
		begun = true;
		buf_str(&h->line, "- ");
		put_name(h, i);
		for (k = 0; k < c->n_far; k++) {
			buf_str(&h->line, k > 0 ? ", " : ": ");
			value_put_number(&h->line, c->far[k].value, DIGITS);
			buf_fmt(&h->line, " (row %zu)", c->far[k].row + 1);
		}
		(void)end_line(h);
	}
	end_part(h);
}

/* Appends what a reader has to know about how the figures came about. */
static void problems(struct sheet *h)
{
	const struct data *t = h->t;
	bool begun = t->n_problems > 0;
	size_t i;

	for (i = 0; i < h->s->n_cols; i++)
		begun = begun || h->s->cols[i].odd > 0 || h->s->cols[i].vague;
	if (!begun)
		return;
	text_line(h, "\n### Problems in the data\n");
	for (i = 0; i < h->s->n_cols; i++) {
		const struct data_column *c = &h->s->cols[i];

		if (c->odd == 0 && !c->vague)
			continue;
		buf_str(&h->line, "- ");
		put_name(h, i);
		if (c->odd > 0)
			buf_fmt(&h->line, ": %zu cells are no %s and left out",
				c->odd, data_type_name(c->type));
		if (c->vague)
			buf_str(&h->line,
				": day and month could be either; the month "
				"was taken to stand first");
		(void)end_line(h);
	}
	for (i = 0; i < t->n_problems && i < DATA_PROBLEMS_MAX; i++) {
		buf_str(&h->line, "- ");
		data_problem_put(t, &t->problems[i], &h->line);
		(void)end_line(h);
	}
	if (t->n_problems > DATA_PROBLEMS_MAX) {
		buf_fmt(&h->line, "- and %zu more of this kind",
			t->n_problems - DATA_PROBLEMS_MAX);
		(void)end_line(h);
	}
	end_part(h);
}

static void first_rows(struct sheet *h)
{
	size_t cols = h->t->cols;
	size_t i;
	size_t c;

	if (cols > ROW_COLS_MAX)
		cols = ROW_COLS_MAX;
	buf_str(&h->line, "\n### First rows");
	if (cols < h->t->cols)
		buf_fmt(&h->line, ", the first %zu columns", cols);
	buf_str(&h->line, "\n\n|");
	for (c = 0; c < cols; c++) {
		buf_char(&h->line, ' ');
		put_name(h, c);
		buf_str(&h->line, " |");
	}
	buf_str(&h->line, "\n|");
	for (c = 0; c < cols; c++)
		buf_str(&h->line, "---|");
	if (!end_line(h)) {
		end_part(h);
		return;
	}
	for (i = 0; i < h->t->rows && i < DATA_SUMMARY_ROWS; i++) {
		buf_char(&h->line, '|');
		for (c = 0; c < cols; c++) {
			buf_char(&h->line, ' ');
			put_text(&h->line, data_cell(h->t, i, c), CELL_MAX);
			buf_str(&h->line, " |");
		}
		(void)end_line(h);
	}
	end_part(h);
}

static void heading(struct sheet *h, struct span name)
{
	const char *delimiter = "comma";

	if (h->t->delimiter == '\t')
		delimiter = "tab";
	else if (h->t->delimiter == ';')
		delimiter = "semicolon";
	else if (h->t->delimiter == '|')
		delimiter = "bar";
	buf_str(&h->line, "## Data");
	if (name.n > 0) {
		buf_str(&h->line, ": ");
		put_text(&h->line, name, 80);
	}
	buf_fmt(&h->line, "\n\n%zu row%s, %zu column%s (between them: %s)%s.",
		h->t->rows, h->t->rows == 1 ? "" : "s", h->t->cols,
		h->t->cols == 1 ? "" : "s", delimiter,
		h->t->named ? "" : "; the columns have no names");
	buf_str(&h->line,
		" The figures below were computed over all rows; use them as "
		"they are.");
	(void)end_line(h);
}

enum status data_summary(const struct data *t, const struct data_stats *s,
	struct span name, int64_t tokens, struct buf *out, struct err *err)
{
	struct sheet h = {.t = t, .s = s, .out = out, .left = tokens};

	buf_init(&h.line, DATA_TEXT_MAX);
	heading(&h, name);
	numbers(&h);
	dates(&h);
	words(&h);
	trends(&h);
	correlations(&h);
	outlier_lines(&h);
	problems(&h);
	first_rows(&h);
	buf_release(&h.line);
	return buf_check(out, "summary of the data", err);
}
