#include "chat/conv.h"

#include <stdlib.h>
#include <string.h>

#include "base/le.h"
#include "base/utf8.h"
#include "base/vec.h"

enum { TITLE_COLUMNS = 60 };

/* Open addressing over the ids, which are random; a slot holds a position in
 * `all` plus one, 0 when free. The size is a power of two. */
struct conv_index {
	size_t size;
	size_t slot[];
};

static size_t home(const struct conv_index *ix, const struct id *id)
{
	return (size_t)le64_get(id->b) & (ix->size - 1);
}

static size_t *probe(
	const struct conv *c, struct conv_index *ix, const struct id *id)
{
	size_t at = home(ix, id);

	while (ix->slot[at] != 0 && !id_eq(&c->all[ix->slot[at] - 1]->id, id))
		at = (at + 1) & (ix->size - 1);
	return &ix->slot[at];
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
	bigger = calloc(1, sizeof(*bigger) + size * sizeof(size_t));
	if (bigger == NULL)
		return false;
	bigger->size = size;
	for (i = 0; i < c->n; i++)
		*probe(c, bigger, &c->all[i]->id) = i + 1;
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
	size_t *slot;

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
	if (*slot != 0) {
		msg_free(c->all[*slot - 1]);
		c->all[*slot - 1] = m;
	} else {
		c->all[c->n] = m;
		*slot = ++c->n;
	}
	c->leaf = m->id;
	return ST_OK;
}

size_t conv_at(const struct conv *c, const struct id *id)
{
	if (c->index == NULL || id_is_none(id))
		return SIZE_MAX;
	/* A free slot is 0 and wraps to SIZE_MAX. */
	return *probe(c, c->index, id) - 1;
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

enum status conv_path(
	const struct conv *c, struct msg ***ret, size_t *ret_n, struct err *err)
{
	struct msg **path;
	struct msg *m;
	size_t n = 0;

	/* Parents come from disk: a forged ring must not hang us, so no path
	 * is longer than the number of messages. */
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

struct msg *conv_last(const struct conv *c, enum role role)
{
	struct msg *m = conv_leaf(c);
	size_t steps = 0;

	while (m != NULL && m->role != role && steps++ < c->n)
		m = conv_parent(c, m);
	return m != NULL && m->role == role ? m : NULL;
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
				i == 0 ? "nothing to undo"
				       : "there are only %zu turns to undo",
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

/* The first line that is not blank, with its white space folded. */
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
