#include "text/fill.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "text/flow.h"

/* Columns; a narrower line is not broken. */
enum { FILL_LEAST = 16 };

/* Of a row: the least width of its last column, and the margin when that is not
 * there. */
enum { COLUMN_LEAST = 24, MARGIN = 4 };

struct fill {
	struct flow flow;
	size_t indent;
	bool begun; /* the line has a word */
};

static void put_indent(void *payload)
{
	struct fill *f = payload;
	size_t i;

	for (i = 0; i < f->indent; i++)
		buf_char(f->flow.out, ' ');
	f->flow.col = f->indent;
}

void fill_line(struct span line, size_t width, size_t at, size_t indent,
	struct buf *out)
{
	struct fill f = {.indent = indent};

	if (width < FILL_LEAST + indent) {
		buf_span(out, line);
		return;
	}
	flow_init(&f.flow);
	f.flow.out = out;
	f.flow.width = width;
	f.flow.whole = true;
	f.flow.col = at;
	f.flow.indent = at;
	f.flow.prefix = put_indent;
	f.flow.payload = &f;
	flow_text(&f.flow, line, 0);
	flow_end(&f.flow);
	if (f.flow.word.bad)
		out->bad = true;
	flow_release(&f.flow);
}

struct fill *fill_new(size_t width)
{
	struct fill *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	flow_init(&f->flow);
	f->flow.prefix = put_indent;
	f->flow.payload = f;
	fill_resize(f, width);
	return f;
}

void fill_free(struct fill *f)
{
	if (f == NULL)
		return;
	flow_release(&f->flow);
	free(f);
}

void fill_resize(struct fill *f, size_t width)
{
	f->flow.width = width >= FILL_LEAST ? width : 0;
}

/* Keeps blanks before the first word of a line; further lines get as many,
 * unless that leaves too little room. */
static struct span take_indent(struct fill *f, struct span part)
{
	struct flow *w = &f->flow;

	while (part.n > 0 && ascii_is_blank(part.p[0])) {
		buf_char(w->out, part.p[0]);
		w->col = part.p[0] == '\t' ? w->col - w->col % 8 + 8
					   : w->col + 1;
		part = span_of(part.p + 1, part.n - 1);
	}
	w->indent = w->col;
	f->indent = w->col < w->width / 2 ? w->col : 0;
	f->begun = part.n > 0;
	return part;
}

static void end_line(struct fill *f)
{
	f->begun = false;
	f->flow.col = 0;
	f->flow.indent = 0;
}

void fill_feed(struct fill *f, struct span text, struct buf *out)
{
	f->flow.out = out;
	while (text.n > 0) {
		struct span rest = text;
		struct span part = span_cut(&rest, '\n');
		bool ended = part.n < text.n;

		if (!f->begun)
			part = take_indent(f, part);
		flow_text(&f->flow, part, 0);
		if (ended) {
			flow_newline(&f->flow);
			end_line(f);
		}
		text = rest;
	}
	if (f->flow.word.bad)
		out->bad = true;
}

void fill_finish(struct fill *f, struct buf *out)
{
	f->flow.out = out;
	flow_end(&f->flow);
	end_line(f);
	if (f->flow.word.bad)
		out->bad = true;
}

/* Where the last column of a row begins; 0 without one. */
static size_t last_column(struct span line, size_t width)
{
	size_t at = 0;
	size_t i;

	for (i = 2; i < line.n && i < width; i++)
		if (line.p[i] != ' ' && line.p[i - 1] == ' ' &&
			line.p[i - 2] == ' ')
			at = i;
	return at;
}

static void put_row(struct span line, size_t width, struct buf *out)
{
	size_t at = last_column(line, width);
	size_t indent = at;

	if (at > 0 && at + COLUMN_LEAST > width)
		indent = MARGIN;
	buf_add(out, line.p, at);
	fill_line(span_of(line.p + at, line.n - at), width, at, indent, out);
}

/* Bytes of the escape sequence at the beginning; ours are all SGR. 0: there is
 * none. */
static size_t sgr(struct span s)
{
	const char *end;

	if (s.n == 0 || s.p[0] != '\033')
		return 0;
	end = memchr(s.p, 'm', s.n);
	return end != NULL ? (size_t)(end - s.p) + 1 : s.n;
}

/* Appends from the filled line up to and including the next byte that is not
 * blank. */
static void put_up_to_next(struct span *filled, struct buf *out)
{
	size_t n = 0;

	while (n < filled->n && (filled->p[n] == ' ' || filled->p[n] == '\n'))
		n++;
	if (n < filled->n)
		n++;
	buf_add(out, filled->p, n);
	*filled = span_of(filled->p + n, filled->n - n);
}

/* Fills a row with styles. They take no columns, and filling changes blanks
 * only: the row is filled without them, and then they go back between the same
 * characters. */
static void put_styled(struct span line, size_t width, struct buf *out)
{
	struct buf bare;
	struct buf filled;
	struct span rest;
	size_t n;

	buf_init(&bare, out->max);
	buf_init(&filled, out->max);
	for (rest = line; rest.n > 0; rest = span_of(rest.p + n, rest.n - n)) {
		n = sgr(rest);
		if (n == 0)
			buf_char(&bare, rest.p[0]);
		n = n > 0 ? n : 1;
	}
	fill_rows(buf_view(&bare), width, &filled);
	buf_truncate(&filled, filled.len > 0 ? filled.len - 1 : 0);
	rest = buf_view(&filled);
	for (; line.n > 0; line = span_of(line.p + n, line.n - n)) {
		n = sgr(line);
		if (n > 0)
			buf_add(out, line.p, n);
		else if (line.p[0] != ' ')
			put_up_to_next(&rest, out);
		n = n > 0 ? n : 1;
	}
	buf_span(out, rest);
	out->bad |= bare.bad || filled.bad;
	buf_release(&bare);
	buf_release(&filled);
}

void fill_rows(struct span text, size_t width, struct buf *out)
{
	while (text.n > 0) {
		struct span line = span_cut(&text, '\n');

		/* A line has at least as many bytes as columns. */
		if (line.n <= width)
			buf_span(out, line);
		else if (memchr(line.p, '\033', line.n) != NULL)
			put_styled(line, width, out);
		else
			put_row(line, width, out);
		buf_char(out, '\n');
	}
}
