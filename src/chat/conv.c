#include "chat/conv.h"

#include <stdlib.h>
#include <string.h>

#include "base/le.h"
#include "base/utf8.h"
#include "base/vec.h"

enum { TITLE_COLUMNS = 60 };

/* Open addressing over the ids, which are random. The start of an id is in its
 * slot, so that few messages are looked at. The size is a power of two. */
struct conv_slot {
	uint32_t start;
	uint32_t place; /* in `all`, plus one; 0 when free */
};

struct conv_index {
	size_t size;
	struct conv_slot slot[];
};

_Static_assert(CONV_MSG_MAX < UINT32_MAX, "place");

static struct conv_slot *probe(
	const struct conv *c, struct conv_index *ix, const struct id *id)
{
	uint32_t start = le32_get(id->b);
	size_t at = start & (ix->size - 1);

	while (ix->slot[at].place != 0 &&
		(ix->slot[at].start != start ||
			!id_eq(&c->all[ix->slot[at].place - 1]->id, id)))
		at = (at + 1) & (ix->size - 1);
	return &ix->slot[at];
}

/* Adds the slot of an id that is not there yet. */
static void put_slot(struct conv_index *ix, struct conv_slot slot)
{
	size_t at = slot.start & (ix->size - 1);

	while (ix->slot[at].place != 0)
		at = (at + 1) & (ix->size - 1);
	ix->slot[at] = slot;
}

/* Keeps the table at most half full for `need` entries. */
static bool index_grow(struct conv *c, size_t need)
{
	size_t size = c->index != NULL ? c->index->size : 64;
	struct conv_index *bigger;
	size_t i;

	if (c->index != NULL && need <= size / 2)
		return true;
	while (need > size / 2)
		size *= 2;
	bigger = malloc(sizeof(*bigger) + size * sizeof(bigger->slot[0]));
	if (bigger == NULL)
		return false;
	bigger->size = size;
	/* Not calloc(): each page would first be mapped as the zero page when
	 * it is read, and then made by a second fault. */
	memset(bigger->slot, 0, size * sizeof(bigger->slot[0]));
	for (i = 0; c->index != NULL && i < c->index->size; i++)
		if (c->index->slot[i].place != 0)
			put_slot(bigger, c->index->slot[i]);
	free(c->index);
	c->index = bigger;
	return true;
}

void conv_init(struct conv *c)
{
	memset(c, 0, sizeof(*c));
	buf_init(&c->title, BUF_SMALL);
	buf_init(&c->system, BUF_LARGE);
	buf_init(&c->agent, BUF_SMALL);
	buf_init(&c->thread, BUF_SMALL);
}

void conv_release(struct conv *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		msg_free(c->all[i]);
	free(c->all);
	free(c->index);
	arena_release(&c->arena);
	summaries_release(&c->summaries);
	buf_release(&c->title);
	buf_release(&c->system);
	buf_release(&c->agent);
	conv_threads_clear(c);
	free(c->threads);
	conv_init(c);
}

enum status conv_add(struct conv *c, struct msg *m, struct err *err)
{
	struct conv_slot *slot;

	if (c->n >= CONV_MSG_MAX)
		return err_set(err, ST_FAIL,
			"a conversation holds at most %zu messages; start "
			"another with /new",
			CONV_MSG_MAX);
	if (!index_grow(c, c->n + 1) ||
		!vec_grow(&c->all, &c->cap, c->n + 1, sizeof(*c->all),
			CONV_MSG_MAX))
		return err_nomem(err);
	slot = probe(c, c->index, &m->id);
	if (slot->place != 0) {
		msg_free(c->all[slot->place - 1]);
		c->all[slot->place - 1] = m;
	} else {
		c->all[c->n++] = m;
		slot->start = le32_get(m->id.b);
		slot->place = (uint32_t)c->n;
	}
	c->leaf = m->id;
	return ST_OK;
}

size_t conv_at(const struct conv *c, const struct id *id)
{
	if (c->index == NULL || id_is_none(id))
		return SIZE_MAX;
	/* A free slot is 0 and wraps to SIZE_MAX. */
	return (size_t)probe(c, c->index, id)->place - 1;
}

struct msg *conv_find(const struct conv *c, const struct id *id)
{
	size_t at = conv_at(c, id);

	return at == SIZE_MAX ? NULL : c->all[at];
}

struct msg *conv_leaf(const struct conv *c)
{
	return conv_find(c, &c->leaf);
}

struct msg *conv_parent(const struct conv *c, const struct msg *m)
{
	return conv_find(c, &m->parent);
}

/* Whether `above` is m or an ancestor of it. */
static bool descends(
	const struct conv *c, const struct msg *m, const struct msg *above)
{
	size_t steps = 0;

	while (m != NULL && m != above && steps++ < c->n)
		m = conv_parent(c, m);
	return m == above;
}

void conv_rejoin(struct conv *c)
{
	size_t i;

	for (i = 1; i < c->n; i++) {
		struct msg *m = c->all[i];

		if (id_is_none(&m->parent) || conv_parent(c, m) != NULL ||
			descends(c, c->all[i - 1], m))
			continue;
		m->parent = c->all[i - 1]->id;
	}
}

enum status conv_path(
	const struct conv *c, struct msg ***ret, size_t *ret_n, struct err *err)
{
	struct msg **path;
	struct msg *m;
	size_t n = 0;

	/* Parents come from the disk, and a forged cycle must not hang us: no
	 * path is longer than the number of messages. */
	for (m = conv_leaf(c); m != NULL && n < c->n; m = conv_parent(c, m))
		n++;
	if (n == 0) {
		*ret = NULL;
		*ret_n = 0;
		return ST_OK;
	}
	path = calloc(n, sizeof(*path));
	if (path == NULL)
		return err_nomem(err);
	*ret_n = n;
	for (m = conv_leaf(c); n > 0; m = conv_parent(c, m))
		path[--n] = m;
	*ret = path;
	return ST_OK;
}

static bool is_last(const struct msg *m, enum role role)
{
	return m->role == role && (role != ROLE_ASSISTANT || m->text.len > 0);
}

struct msg *conv_last(const struct conv *c, enum role role)
{
	struct msg *m = conv_leaf(c);
	size_t steps = 0;

	while (m != NULL && !is_last(m, role) && steps++ < c->n)
		m = conv_parent(c, m);
	return m != NULL && is_last(m, role) ? m : NULL;
}

bool conv_blocked(struct msg *const *path, size_t n, size_t i)
{
	const struct msg *next = i + 1 < n ? path[i + 1] : NULL;

	return path[i]->role == ROLE_USER && next != NULL &&
		next->role == ROLE_ASSISTANT &&
		next->outcome == OUTCOME_FILTERED && next->text.len == 0 &&
		span_is(buf_view(&next->finish), FINISH_BLOCKED);
}

enum status conv_undo(struct conv *c, size_t turns, struct err *err)
{
	struct id before = c->leaf;
	size_t i;

	for (i = 0; i < turns; i++) {
		struct msg *m = conv_last(c, ROLE_USER);

		if (m == NULL) {
			c->leaf = before;
			return err_set(err, ST_NOT_FOUND,
				i == 0		 ? "nothing to undo"
					: i == 1 ? "there is only one turn to "
						   "undo"
						 : "there are only %zu turns "
						   "to undo",
				i);
		}
		c->leaf = m->parent;
	}
	return ST_OK;
}

enum status conv_goto(struct conv *c, const struct id *leaf, struct err *err)
{
	if (!id_is_none(leaf) && conv_find(c, leaf) == NULL)
		return err_set(err, ST_NOT_FOUND,
			"no such message in this conversation");
	c->leaf = *leaf;
	return ST_OK;
}

/*
 * Threads
 */

static struct conv_thread *find_thread(const struct conv *c, struct span name)
{
	size_t i;

	for (i = 0; i < c->threads_n; i++)
		if (span_caseis(name, c->threads[i].name.p))
			return &c->threads[i];
	return NULL;
}

enum status conv_thread_set(struct conv *c, struct span name,
	const struct id *head, struct err *err)
{
	struct conv_thread *t = find_thread(c, name);

	if (t != NULL) {
		t->head = *head;
		return ST_OK;
	}
	if (c->threads_n >= CONV_THREADS_MAX)
		return err_set(err, ST_USAGE,
			"a conversation has at most %zu threads with names",
			CONV_THREADS_MAX);
	if (!vec_grow(&c->threads, &c->threads_cap, c->threads_n + 1,
		    sizeof(*c->threads), CONV_THREADS_MAX))
		return err_nomem(err);
	t = &c->threads[c->threads_n];
	buf_init(&t->name, BUF_SMALL);
	buf_span(&t->name, name);
	if (t->name.bad) {
		buf_release(&t->name);
		return err_nomem(err);
	}
	t->head = *head;
	c->threads_n++;
	return ST_OK;
}

const struct conv_thread *conv_thread_find(
	const struct conv *c, struct span name)
{
	return find_thread(c, name);
}

const struct id *conv_head(const struct conv *c, const struct conv_thread *t)
{
	return c->thread.len > 0 && span_caseis(buf_view(&t->name), c->thread.p)
		? &c->leaf
		: &t->head;
}

void conv_threads_clear(struct conv *c)
{
	while (c->threads_n > 0)
		buf_release(&c->threads[--c->threads_n].name);
	buf_release(&c->thread);
}

enum status conv_keep_path(struct conv *c, struct err *err)
{
	struct conv kept;
	size_t n = 0;
	size_t i;
	enum status st;

	memset(&kept, 0, sizeof(kept));
	st = conv_path(c, &kept.all, &n, err);
	if (st == ST_OK && !index_grow(&kept, n))
		st = err_nomem(err);
	if (st != ST_OK) {
		free(kept.all);
		return st;
	}
	for (; kept.n < n; kept.n++)
		put_slot(kept.index,
			(struct conv_slot){le32_get(kept.all[kept.n]->id.b),
				(uint32_t)kept.n + 1});
	for (i = 0; i < c->n; i++)
		if (conv_at(&kept, &c->all[i]->id) == SIZE_MAX)
			msg_free(c->all[i]);
	free(c->all);
	free(c->index);
	c->all = kept.all;
	c->n = n;
	c->cap = n;
	c->index = kept.index;
	conv_threads_clear(c);
	return ST_OK;
}

/* Appends the first line that is not blank, with its white space folded. */
static void put_title(struct span text, struct buf *out)
{
	struct span s = span_trim(text);
	struct span line = span_cut(&s, '\n');
	size_t columns = 0;
	size_t i = 0;
	bool space = false;

	line = span_trim(line);
	while (i < line.n) {
		uint32_t cp;
		size_t len;

		(void)utf8_decode(line.p + i, line.n - i, &cp, &len);
		i += len;
		if (utf8_is_space(cp)) {
			space = true;
			continue;
		}
		columns += (size_t)utf8_width(cp) + (space ? 1 : 0);
		if (columns > TITLE_COLUMNS) {
			buf_str(out, "\xe2\x80\xa6");
			return;
		}
		if (space)
			buf_char(out, ' ');
		space = false;
		utf8_put(out, cp);
	}
}

void conv_title_of(const struct msg *m, struct buf *out)
{
	size_t start = out->len;

	put_title(buf_view(&m->text), out);
	if (out->len == start && m->attach_n > 0)
		put_title(buf_view(&m->attach[0].name), out);
	if (out->len == start)
		buf_str(out, "untitled");
}

void conv_make_title(const struct conv *c, struct buf *out)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (c->all[i]->role == ROLE_USER) {
			conv_title_of(c->all[i], out);
			return;
		}
	buf_str(out, "untitled");
}
