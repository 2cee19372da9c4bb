#include "app/tree.h"

#include "base/utf8.h"
#include "text/safe.h"

enum {
	NARROWEST = 40,
	MARK_COLUMNS = 6, /* "* 123 " */
	STEP_COLUMNS = 3, /* of one level of the tree */
	NAME_COLUMNS = 20, /* of a thread's name, at most */
	NAME_LEAST = 6,
	TEXT_COLUMNS = 12, /* of the words, at least */
	TAIL_COLUMNS = 8, /* " (99) []" */
};

struct glyphs {
	const char *pass; /* a branch goes on below */
	const char *skip;
	const char *more; /* one of several */
	const char *last;
	const char *cut; /* in place of levels that there is no room for */
	const char *dots;
};

static const struct glyphs lines = {"\xe2\x94\x82  ", "   ",
	"\xe2\x94\x9c\xe2\x94\x80 ", "\xe2\x94\x94\xe2\x94\x80 ",
	"\xe2\x80\xa6  ", "\xe2\x80\xa6"};
static const struct glyphs letters = {"|  ", "   ", "|- ", "`- ", ".. ", "..."};

struct drawing {
	const struct branches *b;
	const struct glyphs *g;
	size_t width;
	struct buf *out;
};

/* Appends a filtered text, cut to so many columns; returns how many it took. */
static size_t put_cut(const struct drawing *d, struct span text, size_t columns)
{
	size_t dots = utf8_columns(span_str(d->g->dots));
	size_t wide = utf8_columns(text);

	if (wide <= columns) {
		buf_span(d->out, text);
		return wide;
	}
	columns -= columns > dots ? dots : columns;
	while (text.n > 0 && utf8_columns(text) > columns)
		text.n = utf8_floor(text, text.n - 1);
	buf_span(d->out, text);
	buf_str(d->out, d->g->dots);
	return utf8_columns(text) + dots;
}

/* Draws the levels from the root to the run, whose own is a corner; returns the
 * columns. */
static size_t put_levels(const struct drawing *d, const struct branch *run)
{
	size_t room = d->width / 2 / STEP_COLUMNS;
	size_t shown = run->depth < room ? run->depth : room;
	size_t level;

	if (shown < run->depth)
		buf_str(d->out, d->g->cut);
	for (level = shown; level > 1; level--) {
		const struct branch *up = run;
		size_t i;

		for (i = 1; i < level; i++)
			up = &d->b->v[up->parent];
		buf_str(d->out, up->final ? d->g->skip : d->g->pass);
	}
	if (shown > 0)
		buf_str(d->out, run->final ? d->g->last : d->g->more);
	return (shown + (shown < run->depth ? 1 : 0)) * STEP_COLUMNS;
}

/* "you: what was said" */
static void put_words(const struct branch *run, struct buf *out)
{
	const struct msg *m = run->first;
	struct buf words;

	if (m == NULL) {
		buf_str(out,
			run->last == NULL ? "(the beginning)"
					  : "(nothing yet)");
		return;
	}
	buf_init(&words, BUF_SMALL);
	if (m->role == ROLE_ASSISTANT && m->agent.len > 0)
		buf_fmt(&words, "@%s", m->agent.p);
	else
		buf_str(&words,
			m->role == ROLE_USER ? "you" : role_name(m->role));
	buf_str(&words, ": ");
	conv_title_of(m, &words);
	safe_line(buf_view(&words), out);
	buf_release(&words);
}

/* Columns of the thread's name: what the words leave. */
static size_t name_columns(size_t room)
{
	size_t others = TEXT_COLUMNS + TAIL_COLUMNS;

	if (room < others + NAME_LEAST)
		return NAME_LEAST;
	return room - others < NAME_COLUMNS ? room - others : NAME_COLUMNS;
}

/* " (3) [name]" */
static void put_tail(const struct drawing *d, const struct branch *run,
	size_t room, struct buf *tail)
{
	struct drawing name = *d;
	struct buf safe;

	if (run->n > 1)
		buf_fmt(tail, " (%zu)", run->n);
	if (run->name.n == 0)
		return;
	buf_init(&safe, BUF_SMALL);
	safe_line(run->name, &safe);
	name.out = tail;
	buf_str(tail, " [");
	(void)put_cut(&name, buf_view(&safe), name_columns(room));
	buf_char(tail, ']');
	buf_release(&safe);
}

static void put_run(const struct drawing *d, const struct branch *run)
{
	struct buf words;
	struct buf tail;
	size_t used = MARK_COLUMNS;
	size_t room;

	buf_init(&words, BUF_SMALL);
	buf_init(&tail, BUF_SMALL);
	buf_str(d->out, run->here ? "*" : " ");
	if (run->number > 0)
		buf_fmt(d->out, "%4zu ", run->number);
	else
		buf_str(d->out, "     ");
	if (run->number > 9999)
		used += 3;
	used += put_levels(d, run);
	put_words(run, &words);
	put_tail(d, run, d->width > used ? d->width - used : 0, &tail);
	used += utf8_columns(buf_view(&tail));
	room = used + TEXT_COLUMNS < d->width ? d->width - used : TEXT_COLUMNS;
	(void)put_cut(d, buf_view(&words), room);
	buf_span(d->out, buf_view(&tail));
	buf_char(d->out, '\n');
	buf_release(&words);
	buf_release(&tail);
}

void tree_draw(
	const struct branches *b, size_t width, bool ascii, struct buf *out)
{
	struct drawing d = {b, ascii ? &letters : &lines,
		width < NARROWEST ? NARROWEST : width, out};
	size_t i = b->n > TREE_LINES_MAX ? b->n - TREE_LINES_MAX : 0;

	if (i > 0)
		buf_fmt(out, "%zu branches before these are not shown.\n", i);
	for (; i < b->n; i++)
		put_run(&d, &b->v[i]);
}
