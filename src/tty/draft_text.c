#include "tty/draft.h"

#include <string.h>

#include "base/utf8.h"
#include "base/vec.h"

#define QUOTES "\"\"\""

enum { QUOTES_LEN = 3, LITERAL_MAX = 4 * DRAFT_PARTS_MAX };

/* A part of the line that is cut out: a label, or the quotes of a block. */
struct cut {
	size_t from;
	size_t to;
	struct span put; /* what comes instead, literal */
};

struct plan {
	struct cut cuts[DRAFT_PASTES_MAX + 2 * DRAFT_BLOCKS_MAX];
	size_t n_cuts;
	struct line_range blocks[DRAFT_BLOCKS_MAX];
	size_t n_blocks;
	bool open;
};

void draft_put_valid(struct buf *out, struct span text)
{
	size_t i = 0;

	while (i < text.n) {
		uint32_t cp;
		size_t len;

		if (utf8_decode(text.p + i, text.n - i, &cp, &len) == UTF8_OK)
			buf_add(out, text.p + i, len);
		else
			utf8_put(out, UTF8_BAD);
		i += len;
	}
}

size_t draft_find_label(const struct draft_paste *p, struct span line)
{
	size_t n = strlen(p->label);
	size_t at;

	for (at = 0; n > 0 && at + n <= line.n; at++)
		if (memcmp(line.p + at, p->label, n) == 0)
			return at;
	return line.n;
}

static bool in_part(const struct draft_parts *parts, size_t at)
{
	size_t i;

	for (i = 0; i < parts->n; i++)
		if (at >= parts->r[i].from && at < parts->r[i].to)
			return true;
	return false;
}

static bool quotes_at(const struct draft *d, struct span line, size_t at)
{
	return at + QUOTES_LEN <= line.n &&
		memcmp(line.p + at, QUOTES, QUOTES_LEN) == 0 &&
		!in_part(&d->parts, at);
}

/* Finds quotes at the end of line.p[from .. to), blanks aside. */
static bool quotes_end(const struct draft *d, struct span line, size_t from,
	size_t to, size_t *ret_at)
{
	while (to > from && (line.p[to - 1] == ' ' || line.p[to - 1] == '\t'))
		to--;
	if (to - from < QUOTES_LEN || !quotes_at(d, line, to - QUOTES_LEN))
		return false;
	*ret_at = to - QUOTES_LEN;
	return true;
}

/* Offset behind blanks and the addressees of the message. */
static size_t first_word(struct span line)
{
	size_t i = 0;

	for (;;) {
		while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t'))
			i++;
		if (i >= line.n || line.p[i] != '@')
			return i;
		while (i < line.n && line.p[i] != ' ' && line.p[i] != '\t' &&
			line.p[i] != '\n')
			i++;
	}
}

/* Finds where a block is opened in line.p[from .. to). */
static bool opens(const struct draft *d, struct span line, size_t from,
	size_t to, size_t *ret_at)
{
	size_t first = from == 0 ? first_word(line) : to;
	size_t count = 0;
	size_t i;

	if (first < to && quotes_at(d, line, first)) {
		*ret_at = first;
		return true;
	}
	if (!quotes_end(d, line, from, to, ret_at))
		return false;
	/* Quotes that open and close within the line are text. */
	for (i = from; i + QUOTES_LEN <= to;)
		if (quotes_at(d, line, i)) {
			count++;
			i += QUOTES_LEN;
		} else {
			i++;
		}
	return count % 2 == 1;
}

static void add_cut(struct plan *plan, size_t from, size_t to, struct span put)
{
	size_t i = plan->n_cuts;

	if (from >= to || i == sizeof(plan->cuts) / sizeof(plan->cuts[0]))
		return;
	while (i > 0 && plan->cuts[i - 1].from > from) {
		plan->cuts[i] = plan->cuts[i - 1];
		i--;
	}
	plan->cuts[i] = (struct cut){from, to, put};
	plan->n_cuts++;
}

/* Cuts out the quotes around a block, and the newlines that set them apart from
 * its text. */
static void add_block(
	struct plan *plan, struct span line, size_t open, size_t close)
{
	size_t from = open + QUOTES_LEN;
	size_t to = close;

	while (from < to && (line.p[from] == ' ' || line.p[from] == '\t'))
		from++;
	if (from < to && line.p[from] == '\n')
		from++;
	else
		from = open + QUOTES_LEN;
	if (to > from && line.p[to - 1] == '\n')
		to--;
	add_cut(plan, open, from, span_of(NULL, 0));
	add_cut(plan, to, close + QUOTES_LEN, span_of(NULL, 0));
	plan->blocks[plan->n_blocks].from = from;
	plan->blocks[plan->n_blocks].to = to;
	plan->n_blocks++;
}

static void find_blocks(
	const struct draft *d, struct span line, struct plan *plan)
{
	size_t from = 0;
	size_t open = 0;
	bool inside = false;

	while (from <= line.n && plan->n_blocks < DRAFT_BLOCKS_MAX) {
		const char *nl = from < line.n
			? memchr(line.p + from, '\n', line.n - from)
			: NULL;
		size_t to = nl != NULL ? (size_t)(nl - line.p) : line.n;
		size_t at;

		if (!inside && opens(d, line, from, to, &open)) {
			inside = true;
			from = open + QUOTES_LEN;
		}
		if (inside && quotes_end(d, line, from, to, &at)) {
			add_block(plan, line, open, at);
			inside = false;
		}
		from = to + 1;
	}
	plan->open = inside;
}

static void find_labels(
	const struct draft *d, struct span line, struct plan *plan)
{
	size_t i;

	for (i = 0; i < DRAFT_PASTES_MAX; i++) {
		const struct draft_paste *p = &d->pastes[i];
		size_t at = draft_find_label(p, line);

		if (at < line.n)
			add_cut(plan, at, at + strlen(p->label),
				buf_view(&p->text));
	}
}

bool draft_open(const struct draft *d, struct span line)
{
	struct plan plan = {.n_cuts = 0};

	find_blocks(d, line, &plan);
	return plan.open;
}

bool draft_continued(const struct draft *d, struct span line)
{
	size_t n = 0;

	while (n < line.n && line.p[line.n - 1 - n] == '\\' &&
		!in_part(&d->parts, line.n - 1 - n))
		n++;
	return n % 2 == 1;
}

void draft_expand(const struct draft *d, struct span line, struct buf *out,
	bool *ret_literal)
{
	struct plan plan = {.n_cuts = 0};
	size_t at = 0;
	size_t i;

	find_labels(d, line, &plan);
	for (i = 0; i < plan.n_cuts; i++) {
		buf_add(out, line.p + at, plan.cuts[i].from - at);
		buf_span(out, plan.cuts[i].put);
		at = plan.cuts[i].to;
	}
	buf_add(out, line.p + at, line.n - at);
	*ret_literal = plan.n_cuts > 0 || d->parts.n > 0;
}

static bool put_literal(struct draft *d, struct span text)
{
	size_t from = d->text.len;
	struct line_range *last = d->n_literal > 0
		? &d->literal[d->n_literal - 1]
		: NULL;

	draft_put_valid(&d->text, text);
	if (d->text.len == from)
		return true;
	if (last != NULL && (last->to == from || d->n_literal == LITERAL_MAX)) {
		last->to = d->text.len;
		return true;
	}
	if (!vec_grow(&d->literal, &d->cap_literal, d->n_literal + 1,
		    sizeof(*d->literal), LITERAL_MAX))
		return false;
	d->literal[d->n_literal].from = from;
	d->literal[d->n_literal].to = d->text.len;
	d->n_literal++;
	return true;
}

/* Whether `at` is inside one of the ranges; lowers *next to where that
 * changes. */
static bool inside(
	const struct line_range *r, size_t n, size_t at, size_t *next)
{
	bool in = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (at >= r[i].from && at < r[i].to) {
			in = true;
			if (r[i].to < *next)
				*next = r[i].to;
		} else if (at < r[i].from && r[i].from < *next) {
			*next = r[i].from;
		}
	}
	return in;
}

static bool put_shown(struct draft *d, struct span line,
	const struct plan *plan, size_t from, size_t to)
{
	while (from < to) {
		size_t next = to;
		bool literal = inside(d->parts.r, d->parts.n, from, &next);
		struct span text;

		if (inside(plan->blocks, plan->n_blocks, from, &next))
			literal = true;
		text = span_of(line.p + from, next - from);
		if (!literal)
			draft_put_valid(&d->text, text);
		else if (!put_literal(d, text))
			return false;
		from = next;
	}
	return true;
}

bool draft_take(struct draft *d, struct span line)
{
	struct plan plan = {.n_cuts = 0};
	size_t at = 0;
	size_t i;

	buf_reset(&d->text);
	d->n_literal = 0;
	buf_set(&d->shown, line);
	draft_remember(d, line, &d->parts);
	find_blocks(d, line, &plan);
	find_labels(d, line, &plan);
	for (i = 0; i < plan.n_cuts; i++) {
		const struct cut *c = &plan.cuts[i];

		if (c->from < at)
			continue;
		if (!put_shown(d, line, &plan, at, c->from) ||
			!put_literal(d, c->put))
			return false;
		at = c->to;
	}
	return put_shown(d, line, &plan, at, line.n) && !d->text.bad &&
		!d->shown.bad;
}
