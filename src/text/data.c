#include "text/data.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/vec.h"
#include "text/data_detect.h"

struct reader {
	struct data *t;
	struct span in;
	size_t at;
	size_t line;
	size_t row_line; /* line where the present row begins */
	size_t row_cells;
	size_t row_text; /* length of the text before the present row */
	bool row_filled; /* a cell of it is not empty */
	bool begun; /* a row has been kept */
};

void data_init(struct data *t)
{
	*t = (struct data){.delimiter = ','};
	buf_init(&t->text, DATA_TEXT_MAX);
}

void data_release(struct data *t)
{
	buf_release(&t->text);
	free(t->cells);
	data_init(t);
}

static void problem(
	struct reader *r, enum data_fault fault, size_t line, size_t cells)
{
	struct data *t = r->t;

	if (t->n_problems < DATA_PROBLEMS_MAX)
		t->problems[t->n_problems] = (struct data_problem){
			fault, line, cells};
	t->n_problems++;
}

static bool at_line_end(const struct reader *r)
{
	return r->at == r->in.n || r->in.p[r->at] == '\n' ||
		r->in.p[r->at] == '\r';
}

static bool at_cell_end(const struct reader *r)
{
	return at_line_end(r) || r->in.p[r->at] == r->t->delimiter;
}

static void plain(struct reader *r)
{
	size_t from = r->at;

	while (!at_cell_end(r))
		r->at++;
	buf_add(&r->t->text, r->in.p + from, r->at - from);
}

/*
 * A quoted cell, behind its opening quote. Without a closing one the place and
 * the text are as before and the quote becomes a character: all quotes behind
 * it are then doubled ones, so that this happens once in a text.
 */
static bool quoted(struct reader *r)
{
	struct buf *out = &r->t->text;
	size_t from = r->at;
	size_t line = r->line;
	size_t len = out->len;

	for (;;) {
		const char *q = memchr(r->in.p + r->at, '"', r->in.n - r->at);
		size_t n;
		size_t i;

		if (q == NULL)
			break;
		n = (size_t)(q - r->in.p) - r->at;
		for (i = r->at; i < r->at + n; i++)
			if (r->in.p[i] == '\n' ||
				(r->in.p[i] == '\r' && r->in.p[i + 1] != '\n'))
				r->line++;
		buf_add(out, r->in.p + r->at, n);
		r->at += n + 1;
		if (r->at == r->in.n || r->in.p[r->at] != '"')
			return true;
		buf_char(out, '"');
		r->at++;
	}
	problem(r, DATA_QUOTE_OPEN, line, 0);
	r->at = from;
	r->line = line;
	buf_truncate(out, len);
	buf_char(out, '"');
	return false;
}

static enum status cell(struct reader *r, struct err *err)
{
	struct data *t = r->t;
	size_t start = t->text.len;
	size_t from = r->at;

	if (r->at < r->in.n && r->in.p[r->at] == '"') {
		r->at++;
		if (quoted(r) && !at_cell_end(r))
			problem(r, DATA_QUOTE_TEXT, r->line, 0);
		plain(r);
	} else {
		plain(r);
		if (memchr(r->in.p + from, '"', r->at - from) != NULL)
			problem(r, DATA_QUOTE_INSIDE, r->line, 0);
	}
	if (t->text.bad)
		return err_nomem(err);
	if (span_trim(span_of(t->text.p + start, t->text.len - start)).n > 0)
		r->row_filled = true;
	if (r->row_cells++ >= t->cols) {
		buf_truncate(&t->text, start);
		return ST_OK;
	}
	if (t->n_cells == DATA_CELLS_MAX)
		return err_set(err, ST_USAGE,
			"line %zu: the table has more than %zu cells", r->line,
			DATA_CELLS_MAX);
	if (!vec_grow(&t->cells, &t->cap, t->n_cells + 1, sizeof(*t->cells),
		    DATA_CELLS_MAX))
		return err_nomem(err);
	t->cells[t->n_cells++] = (struct data_cell){
		(uint32_t)start, (uint32_t)(t->text.len - start)};
	return ST_OK;
}

static void drop_row(struct reader *r)
{
	struct data *t = r->t;

	t->n_cells -= r->row_cells < t->cols ? r->row_cells : t->cols;
	buf_truncate(&t->text, r->row_text);
}

static enum status end_row(struct reader *r, struct err *err)
{
	struct data *t = r->t;
	bool above = !r->begun && r->row_cells == 1 && t->cols > 1;

	if (above && r->row_filled)
		problem(r, DATA_ABOVE, r->row_line, 1);
	if (above || !r->row_filled) {
		drop_row(r);
		return ST_OK;
	}
	r->begun = true;
	if (r->row_cells > t->cols)
		problem(r, DATA_LONG, r->row_line, r->row_cells);
	else if (r->row_cells < t->cols)
		problem(r, DATA_SHORT, r->row_line, r->row_cells);
	for (; r->row_cells < t->cols; r->row_cells++) {
		if (!vec_grow(&t->cells, &t->cap, t->n_cells + 1,
			    sizeof(*t->cells), DATA_CELLS_MAX))
			return err_set(err, ST_USAGE,
				"line %zu: the table has more than %zu cells",
				r->line, DATA_CELLS_MAX);
		t->cells[t->n_cells++] = (struct data_cell){0, 0};
	}
	return ST_OK;
}

static void skip_line_end(struct reader *r)
{
	if (r->at < r->in.n && r->in.p[r->at] == '\r') {
		r->at++;
		if (r->at < r->in.n && r->in.p[r->at] == '\n')
			r->at++;
	} else if (r->at < r->in.n) {
		r->at++;
	}
	r->line++;
}

static enum status row(struct reader *r, struct err *err)
{
	enum status st;

	r->row_line = r->line;
	r->row_cells = 0;
	r->row_filled = false;
	r->row_text = r->t->text.len;
	for (;;) {
		st = cell(r, err);
		if (st != ST_OK)
			return st;
		if (at_line_end(r))
			break;
		r->at++;
	}
	st = end_row(r, err);
	skip_line_end(r);
	return st;
}

/* Refuses what cannot be a table, with the line of the fault. */
static enum status refuse(struct span text, struct err *err)
{
	size_t line = 1;
	size_t i = 0;

	if (text.n > DATA_TEXT_MAX)
		return err_set(err, ST_USAGE, "the table has more than %zu MiB",
			DATA_TEXT_MAX >> 20);
	if (text.n >= 2 &&
		(memcmp(text.p, "\xff\xfe", 2) == 0 ||
			memcmp(text.p, "\xfe\xff", 2) == 0))
		return err_set(err, ST_USAGE,
			"the table is UTF-16; convert it with iconv -f UTF-16 "
			"-t UTF-8");
	while (i < text.n) {
		uint32_t cp;
		size_t len;

		if (text.p[i] == '\0')
			return err_set(err, ST_USAGE,
				"line %zu has a NUL byte: this is no table",
				line);
		if (utf8_decode(text.p + i, text.n - i, &cp, &len) != UTF8_OK)
			return err_set(err, ST_USAGE,
				"line %zu is not UTF-8; if the table is from "
				"Windows, convert it with iconv -f WINDOWS-1252"
				" -t UTF-8",
				line);
		if (cp == '\n')
			line++;
		i += len;
	}
	return ST_OK;
}

/* Takes "sep=;", as spreadsheets write it. True when it names the delimiter. */
static bool take_sep(struct span *text, char *ret)
{
	struct span rest = *text;
	struct span line = span_trim(span_cut(&rest, '\n'));

	if (line.n != 5 || !span_caseis(span_of(line.p, 4), "sep=") ||
		memchr(",;|\t", line.p[4], 4) == NULL)
		return false;
	*ret = line.p[4];
	*text = rest;
	return true;
}

static enum status read_rows(struct data *t, struct span text, struct err *err)
{
	struct reader r = {.t = t, .line = 1};
	enum status st = refuse(text, err);

	if (st != ST_OK)
		return st;
	if (span_starts(text, "\xef\xbb\xbf"))
		text = span_of(text.p + 3, text.n - 3);
	if (take_sep(&text, &t->delimiter)) {
		r.line = 2;
		t->cols = data_width(text, t->delimiter);
	} else {
		t->delimiter = data_delimiter(text, &t->cols);
	}
	if (t->cols > DATA_COLS_MAX)
		return err_set(err, ST_USAGE,
			"the table has %zu columns, and %zu are the most",
			t->cols, DATA_COLS_MAX);
	r.in = text;
	while (st == ST_OK && r.at < text.n)
		st = row(&r, err);
	if (st == ST_OK && t->n_cells == 0)
		st = err_set(err, ST_USAGE, "the table is empty");
	return st;
}

enum status data_read(struct data *t, struct span text, struct err *err)
{
	enum status st;

	data_release(t);
	st = read_rows(t, text, err);
	if (st != ST_OK) {
		data_release(t);
		return st;
	}
	t->rows = t->n_cells / t->cols;
	t->named = data_has_names(t);
	if (t->named)
		t->rows--;
	return ST_OK;
}

static struct span cell_at(const struct data *t, size_t i)
{
	return span_of(t->text.p + t->cells[i].at, t->cells[i].n);
}

struct span data_cell(const struct data *t, size_t row, size_t col)
{
	return cell_at(t, (row + (t->named ? 1 : 0)) * t->cols + col);
}

void data_name(const struct data *t, size_t col, struct buf *out)
{
	struct span name = {NULL, 0};
	size_t same = 1;
	size_t i;

	if (t->named)
		name = span_trim(cell_at(t, col));
	if (name.n == 0) {
		buf_fmt(out, "column %zu", col + 1);
		return;
	}
	for (i = 0; i < col; i++)
		if (span_eq(span_trim(cell_at(t, i)), name))
			same++;
	buf_span(out, name);
	if (same > 1)
		buf_fmt(out, " (%zu)", same);
}

bool data_find(const struct data *t, struct span name, size_t *ret_col)
{
	struct span want = span_trim(name);
	struct buf have;
	bool found = false;
	int loose;
	size_t i;

	buf_init(&have, DATA_TEXT_MAX);
	for (loose = 0; loose < 2 && !found; loose++)
		for (i = 0; i < t->cols && !found; i++) {
			buf_reset(&have);
			data_name(t, i, &have);
			found = span_eq(buf_view(&have), want) ||
				(loose > 0 && want.n > 0 &&
					have.len == want.n &&
					span_caseis(want, have.p));
			if (found)
				*ret_col = i;
		}
	buf_release(&have);
	return found;
}

void data_problem_put(
	const struct data *t, const struct data_problem *p, struct buf *out)
{
	const char *s = p->cells == 1 ? "" : "s";

	buf_fmt(out, "line %zu: ", p->line);
	switch (p->fault) {
	case DATA_SHORT:
		buf_fmt(out, "%zu cell%s instead of %zu", p->cells, s, t->cols);
		break;
	case DATA_LONG:
		buf_fmt(out,
			"%zu cells instead of %zu; those behind are left out",
			p->cells, t->cols);
		break;
	case DATA_ABOVE:
		buf_str(out, "a line above the table is left out");
		break;
	case DATA_QUOTE_OPEN: buf_str(out, "a quote is never closed"); break;
	case DATA_QUOTE_INSIDE:
		buf_str(out, "a quote within a cell that is not quoted");
		break;
	case DATA_QUOTE_TEXT:
		buf_str(out, "text behind a closing quote");
		break;
	}
}
