#include "chat/branch.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

/* A message that begins a run, and the run it begins behind. */
struct begin {
	size_t at;
	size_t parent;
};

/*
 * The tree turned round: for each message, by its position, the first of those
 * that follow it and the next that follows the same one. Position n stands for
 * what is before the first message.
 */
struct walk {
	const struct conv *c;
	struct branches *to;
	size_t *child;
	size_t *next;
	bool *ends; /* by position: a thread stands there */
	struct begin *stack;
	size_t depth;
	size_t numbered;
};

static size_t position(const struct conv *c, const struct id *id)
{
	size_t at = conv_at(c, id);

	return at == SIZE_MAX ? c->n : at;
}

static void link_up(struct walk *w)
{
	const struct conv *c = w->c;
	size_t i;

	for (i = 0; i <= c->n; i++)
		w->child[i] = BRANCH_NONE;
	for (i = c->n; i-- > 0;) {
		size_t parent = position(c, &c->all[i]->parent);

		w->next[i] = w->child[parent];
		w->child[parent] = i;
	}
	w->ends[position(c, &c->leaf)] = true;
	for (i = 0; i < c->threads_n; i++)
		w->ends[position(c, conv_head(c, &c->threads[i]))] = true;
}

static struct branch *add(struct walk *w, size_t parent)
{
	struct branches *b = w->to;

	if (!vec_grow(
		    &b->v, &b->cap, b->n + 1, sizeof(*b->v), 2 * CONV_MSG_MAX))
		return NULL;
	b->v[b->n] = (struct branch){.parent = parent};
	if (parent != BRANCH_NONE)
		b->v[b->n].depth = b->v[parent].depth + 1;
	return &b->v[b->n++];
}

/* A thread stands at the end of the run: the first such is the run's own,
 * others get a run without messages. */
static bool stand(
	struct walk *w, size_t run, struct span name, bool here, bool *first)
{
	const struct msg *last = run != BRANCH_NONE ? w->to->v[run].last : NULL;
	struct branch *b = *first ? &w->to->v[run] : add(w, run);

	if (b == NULL)
		return false;
	*first = false;
	b->last = last;
	b->name = name;
	b->here = here;
	b->number = ++w->numbered;
	return true;
}

/* Adds all threads that stand at that position, the present one first. */
static bool put_threads(struct walk *w, size_t at, size_t run)
{
	const struct conv *c = w->c;
	bool first = run != BRANCH_NONE;
	bool ok = true;
	size_t i;

	if (position(c, &c->leaf) == at)
		ok = stand(w, run, buf_view(&c->thread), true, &first);
	for (i = 0; i < c->threads_n && ok; i++) {
		const struct conv_thread *t = &c->threads[i];
		const struct id *head = conv_head(c, t);

		if (head != &c->leaf && position(c, head) == at)
			ok = stand(w, run, buf_view(&t->name), false, &first);
	}
	if (ok && first && w->child[at] == BRANCH_NONE)
		ok = stand(w, run, span_of(NULL, 0), false, &first);
	return ok;
}

/* Pushes the messages that follow a position, each of which begins a run, so
 * that the first is popped first. */
static void push_children(struct walk *w, size_t at, size_t parent)
{
	size_t from = w->depth;
	size_t to;
	size_t i;

	for (i = w->child[at]; i != BRANCH_NONE; i = w->next[i])
		w->stack[w->depth++] = (struct begin){i, parent};
	for (to = w->depth; from + 1 < to; from++) {
		struct begin b = w->stack[from];

		w->stack[from] = w->stack[--to];
		w->stack[to] = b;
	}
}

static bool walk_run(struct walk *w, const struct begin *from)
{
	struct branch *b = add(w, from->parent);
	size_t run = w->to->n - 1;
	size_t at = from->at;

	if (b == NULL)
		return false;
	b->first = w->c->all[at];
	b->n = 1;
	while (!w->ends[at] && w->child[at] != BRANCH_NONE &&
		w->next[w->child[at]] == BRANCH_NONE) {
		at = w->child[at];
		b->n++;
	}
	b->last = w->c->all[at];
	if (!put_threads(w, at, run))
		return false;
	push_children(w, at, run);
	return true;
}

/* Marks the last run of each parent. */
static void mark_final(struct branches *b, size_t *last)
{
	size_t i;

	for (i = 0; i <= b->n; i++)
		last[i] = BRANCH_NONE;
	for (i = 0; i < b->n; i++)
		last[b->v[i].parent == BRANCH_NONE ? b->n : b->v[i].parent] = i;
	for (i = 0; i <= b->n; i++)
		if (last[i] != BRANCH_NONE)
			b->v[last[i]].final = true;
}

static bool walk_all(struct walk *w)
{
	size_t *last;

	link_up(w);
	if (w->ends[w->c->n] && !put_threads(w, w->c->n, BRANCH_NONE))
		return false;
	push_children(w, w->c->n, BRANCH_NONE);
	while (w->depth > 0) {
		struct begin from = w->stack[--w->depth];

		if (!walk_run(w, &from))
			return false;
	}
	last = calloc(w->to->n + 1, sizeof(*last));
	if (last == NULL)
		return false;
	mark_final(w->to, last);
	free(last);
	return true;
}

enum status branches_of(
	const struct conv *c, struct branches *ret, struct err *err)
{
	struct walk w = {.c = c, .to = ret};
	bool ok;

	memset(ret, 0, sizeof(*ret));
	w.child = calloc(c->n + 1, sizeof(*w.child));
	w.next = calloc(c->n + 1, sizeof(*w.next));
	w.ends = calloc(c->n + 1, sizeof(*w.ends));
	w.stack = calloc(c->n + 1, sizeof(*w.stack));
	ok = w.child != NULL && w.next != NULL && w.ends != NULL &&
		w.stack != NULL && walk_all(&w);
	free(w.child);
	free(w.next);
	free(w.ends);
	free(w.stack);
	return ok ? ST_OK : err_nomem(err);
}

void branches_release(struct branches *b)
{
	free(b->v);
	memset(b, 0, sizeof(*b));
}
