#include "text/fill.h"

#include "text/markup_impl.h"

/* Narrower than that nothing is gained. */
enum { FILL_LEAST = 16 };

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
