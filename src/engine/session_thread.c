/* Threads: named places in the tree of a conversation. */
#include "engine/session_priv.h"

#include "base/utf8.h"
#include "engine/keep.h"

/* Notes where the present thread stands, which is left. *ret is its row; it may
 * be NULL then. */
static enum status leave(
	struct session *s, const struct conv_thread **ret, struct err *err)
{
	struct conv *c = &s->conv;
	enum status st;

	*ret = NULL;
	if (c->thread.len == 0)
		return ST_OK;
	st = conv_thread_set(c, buf_view(&c->thread), &c->leaf, err);
	if (st == ST_OK)
		*ret = conv_thread_find(c, buf_view(&c->thread));
	return st;
}

static void keep_it(struct session *s, const struct conv_thread *left)
{
	struct err why;

	if (s->keep != NULL &&
		keep_thread(s->keep, &s->conv, left, &why) != ST_OK)
		session_unsaved(s, UNSAVED_CHANGE, &why);
}

static enum status check_name(
	const struct conv *c, struct span name, struct err *err)
{
	long long number;

	if (name.n == 0)
		return err_set(
			err, ST_USAGE, "a thread's name has to have letters");
	if (span_int(name, 0, INT64_MAX, &number))
		return err_set(err, ST_USAGE,
			"a thread's name is no number: threads have one "
			"already");
	if (conv_thread_find(c, name) != NULL ||
		(c->thread.len > 0 && span_caseis(name, c->thread.p)))
		return err_set(err, ST_USAGE,
			"there is a thread of that name already");
	return ST_OK;
}

/* Makes a name one line, cut to the longest that is allowed. */
static enum status take_name(struct span from, struct buf *out, struct err *err)
{
	utf8_one_line(from, CONV_THREAD_NAME_MAX, out);
	return buf_check(out, "name", err);
}

enum status session_thread(
	struct session *s, struct span name, struct span left, struct err *err)
{
	struct conv *c = &s->conv;
	const struct conv_thread *row = NULL;
	struct buf fresh;
	struct buf old;
	enum status st = session_ready(s, err);

	if (st == ST_OK && conv_leaf(c) == NULL)
		st = err_set(err, ST_NOT_FOUND,
			"nothing has been said yet: there is no place for a "
			"thread to begin");
	if (st != ST_OK)
		return st;
	buf_init(&fresh, BUF_SMALL);
	buf_init(&old, BUF_SMALL);
	st = take_name(name, &fresh, err);
	if (st == ST_OK)
		st = check_name(c, buf_view(&fresh), err);
	if (st == ST_OK && c->thread.len == 0 && left.n > 0) {
		st = take_name(left, &old, err);
		if (st == ST_OK)
			st = check_name(c, buf_view(&old), err);
		if (st == ST_OK)
			buf_set(&c->thread, buf_view(&old));
	}
	if (st == ST_OK)
		st = leave(s, &row, err);
	if (st == ST_OK) {
		buf_set(&c->thread, buf_view(&fresh));
		keep_it(s, row);
	}
	buf_release(&fresh);
	buf_release(&old);
	return st;
}

enum status session_switch(struct session *s, const struct id *leaf,
	struct span name, struct err *err)
{
	const struct conv_thread *left;
	enum status st = session_ready(s, err);

	if (st == ST_OK)
		st = leave(s, &left, err);
	if (st == ST_OK)
		st = conv_goto(&s->conv, leaf, err);
	if (st != ST_OK)
		return st;
	buf_set(&s->conv.thread, name);
	keep_it(s, left);
	return buf_check(&s->conv.thread, "name", err);
}
