#include "engine/keep.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/catalog.h"
#include "store/journal.h"
#include "store/live.h"
#include "store/present.h"
#include "wire/record.h"
#include "wire/record_summary.h"

/* Memory kept between records. */
#define PAYLOAD_KEPT ((size_t)256 * 1024)

struct keep {
	struct keep_options with;
	struct buf terminal;
	struct conv *conv; /* whom records read are given to */
	struct journal *journal;
	struct live *live;
	struct buf payload;
	struct present *present;
	struct buf others;
	struct buf missed; /* ids of messages that could not be saved */
	bool described; /* title and the like are on disk */
	bool copying; /* the path before is still to be written */
	bool loading;
	bool foreign_came;
};

static struct keep *make(const struct keep_options *o, struct conv *conv)
{
	struct keep *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->with = *o;
	k->conv = conv;
	buf_init(&k->terminal, BUF_SMALL);
	buf_init(&k->payload, RECORD_PAYLOAD_MAX);
	buf_init(&k->others, BUF_SMALL);
	buf_init(&k->missed, BUF_SMALL);
	buf_span(&k->terminal, o->terminal);
	k->with.terminal = buf_view(&k->terminal);
	return k;
}

void keep_free(struct keep *k)
{
	if (k == NULL)
		return;
	live_end(k->live, false);
	journal_close(k->journal);
	present_leave(k->present);
	buf_release(&k->others);
	buf_release(&k->missed);
	buf_release(&k->terminal);
	buf_release(&k->payload);
	free(k);
}

static void show_presence(struct keep *k)
{
	if (k->with.chat && k->present == NULL)
		k->present = present_enter(
			k->with.vault, journal_id(k->journal));
}

struct span keep_others(const struct keep *k)
{
	return buf_view(&k->others);
}

bool keep_damaged(const struct keep *k)
{
	return journal_report(k->journal)->damaged;
}

void keep_options(const struct keep *k, struct keep_options *ret)
{
	*ret = k->with;
}

/*
 * Reading
 */

static void took_meta(struct conv *c, struct span payload)
{
	struct meta meta;

	if (record_get_meta(payload, &meta, NULL) != ST_OK)
		return;
	if (meta.set & META_TITLE)
		buf_set(&c->title, meta.title);
	if (meta.set & META_SYSTEM)
		buf_set(&c->system, meta.system);
	if (meta.set & META_AGENT)
		buf_set(&c->agent, meta.agent);
	if (meta.set & META_LEAF)
		(void)conv_goto(c, &meta.leaf, NULL);
	if (meta.set & META_THREAD && meta.thread.n > 0)
		(void)conv_thread_set(c, meta.thread, &meta.thread_at, NULL);
	if (meta.set & META_IN_THREAD)
		buf_set(&c->thread, meta.in_thread);
}

/* One that is malformed is left out: what it stood for is there. */
static enum status took_summary(
	struct conv *c, const struct record *r, struct err *err)
{
	struct summary *s = NULL;
	enum status st = record_get_summary(r, &s, err);

	if (st == ST_DAMAGED)
		return ST_OK;
	if (st == ST_OK)
		st = summaries_add(&c->summaries, s, err);
	if (st != ST_OK)
		summary_free(s);
	return st;
}

static enum status on_record(
	const struct record *r, void *payload, struct err *err)
{
	struct keep *k = payload;
	struct id leaf = k->conv->leaf;
	struct msg *m = NULL;
	enum status st;

	if (!k->loading)
		k->foreign_came = true;
	if (r->type == RECORD_META && k->loading)
		took_meta(k->conv, r->payload);
	if (r->type == RECORD_SUMMARY)
		return took_summary(k->conv, r, err);
	if (r->type != RECORD_MESSAGE)
		return ST_OK;
	st = record_get_msg_in(r, &k->conv->arena, &m, err);
	if (st == ST_DAMAGED || st == ST_FAIL)
		return ST_OK; /* authentic but not for this version */
	if (st == ST_OK)
		st = conv_add(k->conv, m, err);
	if (st != ST_OK) {
		msg_free(m);
		return st;
	}
	if (!k->loading)
		k->conv->leaf = leaf;
	return ST_OK;
}

static struct journal_with with(struct keep *k)
{
	return (struct journal_with){
		.vault = k->with.vault,
		.catalog = k->with.catalog,
		.fn = on_record,
		.payload = k,
	};
}

enum status keep_new(struct keep **ret, const struct keep_options *o,
	struct conv *conv, const struct id *id, struct err *err)
{
	struct keep *k = make(o, conv);
	struct journal_with w;
	enum status st;

	if (k == NULL)
		return err_nomem(err);
	w = with(k);
	st = journal_create(&w, id, &k->journal, err);
	if (st != ST_OK) {
		keep_free(k);
		return st;
	}
	conv->id = *journal_id(k->journal);
	*ret = k;
	return ST_OK;
}

enum status keep_open(struct keep **ret, const struct keep_options *o,
	struct conv *conv, const struct id *id, struct buf *notice,
	struct err *err)
{
	struct keep *k = make(o, conv);
	struct journal_with w;
	enum status st;

	if (k == NULL)
		return err_nomem(err);
	w = with(k);
	k->loading = true;
	k->described = true;
	conv->id = *id;
	st = journal_open(&w, id, &k->journal, err);
	if (st == ST_OK)
		st = journal_read(k->journal, err);
	if (st == ST_OK && conv->n == 0 && journal_report(k->journal)->damaged)
		st = err_set(err, ST_DAMAGED,
			"nothing of the conversation can be read: %s",
			journal_report(k->journal)->text.p);
	if (st != ST_OK) {
		keep_free(k);
		return st;
	}
	k->loading = false;
	conv_rejoin(conv);
	if (k->with.chat)
		(void)present_others(k->with.vault, id, &k->others);
	show_presence(k);
	if (notice != NULL)
		buf_span(notice, buf_view(&journal_report(k->journal)->text));
	*ret = k;
	return ST_OK;
}

enum status keep_fork(struct keep **ret, const struct keep_options *o,
	struct conv *conv, struct err *err)
{
	enum status st = keep_new(ret, o, conv, NULL, err);

	if (st == ST_OK)
		(*ret)->copying = true;
	return st;
}

/*
 * Writing
 */

static enum status put_meta(
	struct keep *k, const struct meta *meta, bool sync, struct err *err)
{
	struct record r = {.type = RECORD_META, .time_ms = clock_wall_ms()};
	enum status st;

	buf_reset(&k->payload);
	record_put_meta(meta, &k->payload);
	st = buf_check(&k->payload, "record", err);
	if (st != ST_OK)
		return st;
	r.payload = buf_view(&k->payload);
	return journal_append(k->journal, &r, sync, err);
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

/* Title, agent and terminal; again with the next message when it fails. */
static enum status describe(struct keep *k, const struct conv *conv,
	const struct msg *first, struct err *err)
{
	struct meta meta = {
		.set = META_TITLE | META_AGENT | META_TTY,
		.agent = buf_view(&conv->agent),
		.tty = k->with.terminal,
	};
	struct buf title;
	enum status st;

	if (k->described)
		return ST_OK;
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
	st = put_meta(k, &meta, false, err);
	if (st == ST_OK) {
		k->described = true;
		show_presence(k);
	}
	buf_release(&title);
	return st;
}

static bool is_on(struct msg *const *path, size_t n, const struct id *id)
{
	while (n > 0 && !id_eq(&path[n - 1]->id, id))
		n--;
	return n > 0;
}

/* Summaries that hold on the path go with it, those behind the last as well:
 * one that is taken back lets the one before it hold. */
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

/* With `sync`, the last message and all before it are on the disk then. */
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

/* Those that could not be saved when they came, before what follows them. */
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
	/* The file comes into being with its first record, synced: let that be
	 * the question. A title that a crash takes is made from it again. */
	bool first = !k->described && !k->copying;
	enum status st = first ? ST_OK : describe(k, conv, m, err);

	if (st == ST_OK)
		st = copy_path(k, conv, false, err);
	if (st == ST_OK)
		st = put_missed(k, conv, err);
	if (st == ST_OK)
		st = put_msg(k, m, true, err);
	if (st == ST_OK && first)
		(void)describe(k, conv, m, NULL);
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

enum status keep_title(struct keep *k, struct conv *conv, struct err *err)
{
	struct meta meta = {.set = META_TITLE, .title = buf_view(&conv->title)};
	enum status st;

	if (!k->described)
		return ST_OK;
	st = put_meta(k, &meta, true, err);
	tell_foreign(k);
	return st;
}

enum status keep_leaf(struct keep *k, struct conv *conv, struct err *err)
{
	struct meta meta = {.set = META_LEAF, .leaf = conv->leaf};
	enum status st;

	if (!k->described)
		return ST_OK;
	st = put_meta(k, &meta, false, err);
	tell_foreign(k);
	return st;
}

enum status keep_system(struct keep *k, struct conv *conv, struct err *err)
{
	struct meta meta = {
		.set = META_SYSTEM, .system = buf_view(&conv->system)};
	enum status st;

	if (!k->described)
		return ST_OK;
	st = put_meta(k, &meta, true, err);
	tell_foreign(k);
	return st;
}

enum status keep_thread(struct keep *k, struct conv *conv,
	const struct conv_thread *left, struct err *err)
{
	struct meta meta = {.set = META_LEAF | META_IN_THREAD,
		.leaf = conv->leaf,
		.in_thread = buf_view(&conv->thread)};
	enum status st;

	if (!k->described)
		return ST_OK;
	if (left != NULL) {
		meta.set |= META_THREAD;
		meta.thread = buf_view(&left->name);
		meta.thread_at = left->head;
	}
	st = put_meta(k, &meta, true, err);
	tell_foreign(k);
	return st;
}

enum status keep_summary(
	struct keep *k, const struct summary *s, struct err *err)
{
	enum status st;

	/* What was never written is told with its first message. */
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

void keep_reply_end(struct keep *k, bool settled)
{
	live_end(k->live, settled);
	k->live = NULL;
}
