#include "serve/kept.h"

#include <stdlib.h>

#include "base/clock.h"
#include "engine/keep.h"
#include "store/box.h"
#include "store/catalog.h"
#include "store/threads.h"

enum {
	NAMES_MAX = 1000, /* deleted conversations that may have had one name */
	TRIES = 3, /* attempts while others make the same */
};

struct kept {
	const struct kept_store *store;
	struct keep *keep;
	struct conv conv;
	struct id reply; /* id of the reply under way */
	struct id parent;
};

static enum status try_open(struct kept *s, const struct keep_options *o,
	const struct id *id, struct err *err)
{
	enum status st = keep_open(&s->keep, o, &s->conv, id, NULL, err);

	if (st != ST_OK) {
		conv_release(&s->conv);
		conv_init(&s->conv);
	}
	return st;
}

static enum status open_named(struct kept *s, const struct keep_options *o,
	struct span name, struct err *err)
{
	struct id id;
	unsigned again = 0;
	int tries;
	enum status st = ST_BUSY;

	threads_id(&s->store->key, name, again, &id);
	while (catalog_deleted(s->store->catalog, &id)) {
		if (++again == NAMES_MAX)
			return err_set(err, ST_LIMIT,
				"too many conversations of this thread were "
				"deleted");
		threads_id(&s->store->key, name, again, &id);
	}
	for (tries = 0; st == ST_BUSY && tries < TRIES; tries++) {
		st = try_open(s, o, &id, err);
		if (st == ST_NOT_FOUND)
			st = keep_new(&s->keep, o, &s->conv, &id, err);
	}
	return st;
}

enum status kept_open(struct kept **ret, const struct kept_store *store,
	struct span thread, void *sync_payload, struct err *err)
{
	struct keep_options o = {
		.vault = store->vault,
		.catalog = store->catalog,
		.sync = store->sync,
		.payload = sync_payload,
	};
	struct kept *s = calloc(1, sizeof(*s));
	struct id id;
	enum status st = ST_NOT_FOUND;

	if (s == NULL)
		return err_nomem(err);
	s->store = store;
	conv_init(&s->conv);
	if (thread.n == 0)
		st = keep_new(&s->keep, &o, &s->conv, NULL, err);
	else if (id_parse(thread, &id))
		st = try_open(s, &o, &id, err);
	if (st == ST_NOT_FOUND && thread.n > 0)
		st = open_named(s, &o, thread, err);
	if (st != ST_OK) {
		kept_free(s);
		return st;
	}
	*ret = s;
	return ST_OK;
}

void kept_free(struct kept *s)
{
	if (s == NULL)
		return;
	keep_free(s->keep);
	conv_release(&s->conv);
	free(s);
}

const struct conv *kept_conv(const struct kept *s)
{
	return &s->conv;
}

enum status kept_describe(
	struct kept *s, struct span agent, struct span system, struct err *err)
{
	enum status st;

	if (s->conv.n > 0)
		return ST_OK;
	buf_set(&s->conv.agent, agent);
	buf_set(&s->conv.system, system);
	st = buf_check(&s->conv.agent, "agent", err);
	return st == ST_OK ? buf_check(&s->conv.system, "system prompt", err)
			   : st;
}

static enum status add(struct kept *s, const struct msg *m, struct err *err)
{
	struct msg *copy = msg_dup(m);
	enum status st = copy == NULL ? err_nomem(err)
				      : keep_msg(s->keep, &s->conv, copy, err);

	if (st == ST_OK)
		st = conv_add(&s->conv, copy, err);
	if (st != ST_OK)
		msg_free(copy);
	return st;
}

enum status kept_add(struct kept *s, struct msg *m, struct err *err)
{
	box_random_id(&m->id);
	m->parent = s->conv.leaf;
	m->time_ms = clock_wall_ms();
	return add(s, m, err);
}

enum status kept_begin(struct kept *s, struct msg *m, struct err *err)
{
	box_random_id(&m->id);
	m->parent = s->conv.leaf;
	m->time_ms = clock_wall_ms();
	s->reply = m->id;
	s->parent = m->parent;
	return keep_reply_begin(s->keep, &s->conv, m, err);
}

enum status kept_delta(
	struct kept *s, bool reasoning, struct span text, struct err *err)
{
	return keep_delta(
		s->keep, reasoning ? KEEP_REASONING : KEEP_TEXT, text, err);
}

enum status kept_end(struct kept *s, struct msg *m, struct err *err)
{
	enum status st = ST_OK;

	if (m != NULL) {
		m->id = s->reply;
		m->parent = s->parent;
		st = add(s, m, err);
	}
	keep_reply_end(s->keep, st == ST_OK);
	return st;
}
