#include "engine/keep_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "wire/record.h"
#include "wire/record_summary.h"

/* Bytes of memory that are kept between records. */
#define PAYLOAD_KEPT ((size_t)256 * 1024)

static enum status meta_record(const struct meta *meta, struct buf *payload,
	struct record *ret, struct err *err)
{
	buf_reset(payload);
	record_put_meta(meta, payload);
	*ret = (struct record){.type = RECORD_META,
		.time_ms = clock_wall_ms(),
		.payload = buf_view(payload)};
	return buf_check(payload, "record", err);
}

static enum status put_meta(
	struct keep *k, const struct meta *meta, bool sync, struct err *err)
{
	struct record r;
	enum status st = meta_record(meta, &k->payload, &r, err);

	return st == ST_OK ? journal_append(k->journal, &r, sync, err) : st;
}

static enum status put_msg(
	struct keep *k, const struct msg *m, bool sync, struct err *err)
{
	struct record r;
	enum status st;

	buf_reset(&k->payload);
	st = record_around_msg(m, &k->payload, &r, err);
	if (st == ST_OK)
		st = journal_append(k->journal, &r, sync, err);
	if (k->payload.cap > PAYLOAD_KEPT)
		buf_release(&k->payload);
	return st;
}

static enum status put_summary(
	struct keep *k, const struct summary *s, bool sync, struct err *err)
{
	struct record r;
	enum status st;

	buf_reset(&k->payload);
	st = record_of_summary(s, &k->payload, &r, err);
	return st == ST_OK ? journal_append(k->journal, &r, sync, err) : st;
}

/* Makes the record of title, agent and terminal, with its payload in
 * `payload`. */
static enum status description(const struct keep *k, const struct conv *conv,
	const struct msg *first, struct buf *payload, struct record *ret,
	struct err *err)
{
	struct meta meta = {
		.set = META_TITLE | META_AGENT | META_TTY,
		.agent = buf_view(&conv->agent),
		.tty = k->with.terminal,
	};
	struct buf title;
	enum status st;

	buf_init(&title, BUF_SMALL);
	if (conv->title.len > 0)
		buf_span(&title, buf_view(&conv->title));
	else if (conv->n > 0)
		conv_make_title(conv, &title);
	else
		conv_title_of(first, &title);
	meta.title = buf_view(&title);
	if (conv->system.len > 0) {
		meta.set |= META_SYSTEM;
		meta.system = buf_view(&conv->system);
	}
	st = meta_record(&meta, payload, ret, err);
	buf_release(&title);
	return st;
}

static void described(struct keep *k)
{
	k->described = true;
	keep_show(k);
}

/* Writes the description; when that fails, it is tried again with the next
 * message. */
static enum status describe(struct keep *k, const struct conv *conv,
	const struct msg *first, struct err *err)
{
	struct record r;
	enum status st;

	if (k->described)
		return ST_OK;
	st = description(k, conv, first, &k->payload, &r, err);
	if (st == ST_OK)
		st = journal_append(k->journal, &r, false, err);
	if (st == ST_OK)
		described(k);
	return st;
}

/* Makes the file with the description and the first message, one sync for
 * both. */
static enum status put_first(struct keep *k, const struct conv *conv,
	const struct msg *m, struct err *err)
{
	struct record r[2];
	struct buf about;
	enum status st;

	buf_init(&about, RECORD_PAYLOAD_MAX);
	buf_reset(&k->payload);
	st = description(k, conv, m, &about, &r[0], err);
	if (st == ST_OK)
		st = record_around_msg(m, &k->payload, &r[1], err);
	if (st == ST_OK)
		st = journal_append_all(k->journal, r, 2, true, err);
	if (st == ST_OK)
		described(k);
	buf_release(&about);
	if (k->payload.cap > PAYLOAD_KEPT)
		buf_release(&k->payload);
	return st;
}

static bool is_on(struct msg *const *path, size_t n, const struct id *id)
{
	while (n > 0 && !id_eq(&path[n - 1]->id, id))
		n--;
	return n > 0;
}

/* Copies the summaries that hold on the path; not only the last one, since the
 * one before it holds when it is taken back. */
static enum status copy_summaries(struct keep *k, const struct conv *conv,
	struct msg *const *path, size_t n, struct err *err)
{
	const struct summaries *all = &conv->summaries;
	enum status st = ST_OK;
	size_t i;

	for (i = 0; i < all->n && st == ST_OK; i++)
		if (!all->all[i]->undone && is_on(path, n, &all->all[i]->last))
			st = put_summary(k, all->all[i], false, err);
	return st;
}

/* Copies the messages of the path; with `sync` they are on the disk on
 * return. */
static enum status copy_path(
	struct keep *k, const struct conv *conv, bool sync, struct err *err)
{
	struct msg **path = NULL;
	size_t n = 0;
	size_t i;
	enum status st = ST_OK;

	if (!k->copying)
		return ST_OK;
	st = conv_path(conv, &path, &n, err);
	if (st == ST_OK)
		st = copy_summaries(k, conv, path, n, err);
	for (i = 0; i < n && st == ST_OK; i++)
		st = put_msg(k, path[i], sync && i + 1 == n, err);
	if (st == ST_OK) {
		k->copying = false;
		buf_reset(&k->missed);
	}
	free(path);
	return st;
}

static void tell_foreign(struct keep *k)
{
	if (k->foreign_came && k->with.foreign != NULL)
		k->with.foreign(k->with.payload);
	k->foreign_came = false;
}

/* Writes the messages that could not be saved when they came, before those that
 * follow them. */
static enum status put_missed(
	struct keep *k, const struct conv *conv, struct err *err)
{
	enum status st = ST_OK;

	while (k->missed.len >= ID_LEN && st == ST_OK) {
		const struct msg *m;
		struct id id;

		memcpy(id.b, k->missed.p, ID_LEN);
		m = conv_find(conv, &id);
		if (m != NULL)
			st = put_msg(k, m, false, err);
		if (st == ST_OK)
			buf_consume(&k->missed, ID_LEN);
	}
	return st;
}

enum status keep_msg(
	struct keep *k, struct conv *conv, const struct msg *m, struct err *err)
{
	bool first = !k->described && !k->copying && k->missed.len == 0;
	enum status st = first ? put_first(k, conv, m, err)
			       : describe(k, conv, m, err);

	if (st == ST_OK && !first)
		st = copy_path(k, conv, false, err);
	if (st == ST_OK && !first)
		st = put_missed(k, conv, err);
	if (st == ST_OK && !first)
		st = put_msg(k, m, true, err);
	if (st != ST_OK)
		buf_add(&k->missed, m->id.b, ID_LEN);
	tell_foreign(k);
	return st;
}

enum status keep_all(struct keep *k, struct conv *conv, struct err *err)
{
	enum status st = describe(k, conv, conv_leaf(conv), err);

	k->copying = true;
	if (st == ST_OK)
		st = copy_path(k, conv, true, err);
	tell_foreign(k);
	return st;
}

/* Writes a change of the description; nothing while the conversation is not on
 * the disk, as its first message brings the description. */
static enum status change(
	struct keep *k, const struct meta *meta, bool sync, struct err *err)
{
	enum status st;

	if (!k->described)
		return ST_OK;
	st = put_meta(k, meta, sync, err);
	tell_foreign(k);
	return st;
}

enum status keep_title(struct keep *k, struct conv *conv, struct err *err)
{
	struct meta meta = {.set = META_TITLE, .title = buf_view(&conv->title)};

	return change(k, &meta, true, err);
}

enum status keep_leaf(struct keep *k, struct conv *conv, struct err *err)
{
	struct meta meta = {.set = META_LEAF, .leaf = conv->leaf};

	return change(k, &meta, false, err);
}

enum status keep_system(struct keep *k, struct conv *conv, struct err *err)
{
	struct meta meta = {
		.set = META_SYSTEM, .system = buf_view(&conv->system)};

	return change(k, &meta, true, err);
}

enum status keep_thread(struct keep *k, struct conv *conv,
	const struct conv_thread *left, struct err *err)
{
	struct meta meta = {.set = META_LEAF | META_IN_THREAD,
		.leaf = conv->leaf,
		.in_thread = buf_view(&conv->thread)};

	if (left != NULL) {
		meta.set |= META_THREAD;
		meta.thread = buf_view(&left->name);
		meta.thread_at = left->head;
	}
	return change(k, &meta, true, err);
}

enum status keep_summary(
	struct keep *k, const struct summary *s, struct err *err)
{
	enum status st;

	/* As long as nothing was written, the first message brings it. */
	if (!k->described || k->copying)
		return ST_OK;
	st = put_summary(k, s, true, err);
	tell_foreign(k);
	return st;
}

enum status keep_reply_begin(struct keep *k, const struct conv *conv,
	const struct msg *reply, struct err *err)
{
	enum status st;

	live_end(k->live, false);
	k->live = NULL;
	st = live_begin(k->with.vault, &conv->id, reply, &k->live, err);
	if (st == ST_OK && k->with.sync != NULL)
		live_sync_with(k->live, k->with.sync, k->with.payload);
	return st;
}

enum status keep_delta(
	struct keep *k, int kind, struct span text, struct err *err)
{
	if (k->live == NULL)
		return err_set(err, ST_IO,
			"the reply could not be begun on "
			"disk");
	return live_write(k->live,
		kind == KEEP_TEXT ? DELTA_TEXT : DELTA_REASONING, text, err);
}

bool keep_reply_whole(const struct keep *k)
{
	return k->live != NULL && live_whole(k->live);
}

void keep_reply_end(struct keep *k, bool settled)
{
	live_end(k->live, settled);
	k->live = NULL;
}
