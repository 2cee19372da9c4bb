#include "text/fill.h"

#include <string.h>

#include "text/markup_impl.h"

/* Narrower than that nothing is gained. */
enum { FILL_LEAST = 16 };

/* Of a row: what a last column must have, and where it goes on without that. */
enum { COLUMN_LEAST = 24, MARGIN = 4 };

struct fill {
	struct flow flow;
	size_t indent;
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

void fill_rows(struct span text, size_t width, struct buf *out)
{
	while (text.n > 0) {
		struct span line = span_cut(&text, '\n');

		/* Bytes are never fewer than columns. */
		if (line.n > width && memchr(line.p, '\033', line.n) == NULL)
			put_row(line, width, out);
		else
			buf_span(out, line);
		buf_char(out, '\n');
	}
}
