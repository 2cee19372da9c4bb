#include "engine/keep_priv.h"

#include <stdlib.h>
#include <string.h>

#include "wire/record.h"
#include "wire/record_summary.h"

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

void keep_show(struct keep *k)
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

/* A malformed summary is left out: the messages it stands for are there. */
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
	keep_show(k);
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
