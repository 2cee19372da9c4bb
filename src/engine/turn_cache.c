/* A turn whose reply is in the cache, or is being given to another turn. */
#include "engine/turn_priv.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "wire/schema.h"

enum {
	FLIGHT_MS = 50, /* between looks at the request of another turn */
	PIECE = 1024, /* bytes of text in one event */
};

/* Makes the key from all that is asked, without what was learned of the
 * endpoint and without the form in which the reply is wanted. */
static bool make_key(struct turn *t)
{
	const struct agent *a = t->with.agent;
	struct agent at = *a;
	struct turn_options o = t->with;
	struct buf body;
	bool made;

	at.whole = true;
	o.agent = &at;
	o.known = NULL;
	buf_init(&body, 2 * BUF_LARGE);
	made = turn_body(&o, (const struct msg *const *)t->msgs, t->msgs_n,
		       &body, NULL) == ST_OK &&
		!body.bad;
	if (made)
		t->recall.key = cache_key(
			t->with.cache, span_str(a->url), buf_view(&body));
	buf_wipe(&body);
	return made;
}

bool turn_recall(struct turn *t)
{
	struct recall *r = &t->recall;

	if (t->with.cache == NULL || t->with.continues ||
		t->with.agent->kind != AGENT_CHAT || !make_key(t))
		return false;
	r->flight = cache_join(t->with.cache, &r->key, &r->leads);
	r->storing = r->leads;
	if (t->with.fresh)
		return false;
	if (r->flight != NULL && !r->leads) {
		t->waiting = WAIT_CACHE;
		t->way.at = *t->with.agent;
		return true;
	}
	r->hit = cache_get(t->with.cache, &r->key, &r->reply);
	if (r->hit)
		t->way.at = *t->with.agent;
	else
		cached_release(&r->reply);
	return r->hit;
}

void turn_recall_end(struct turn *t, bool kept)
{
	struct recall *r = &t->recall;

	cache_leave(r->flight, r->leads, kept);
	r->flight = NULL;
	r->storing = false;
}

void turn_recall_note(struct turn *t, const struct event *ev)
{
	struct recall *r = &t->recall;

	if (!r->storing)
		return;
	switch (ev->type) {
	case EVENT_TEXT: buf_span(&r->reply.text, ev->text); break;
	case EVENT_REASONING: buf_span(&r->reply.reasoning, ev->text); break;
	case EVENT_META:
		if (ev->model.n > 0)
			buf_set(&r->reply.model, ev->model);
		break;
	case EVENT_USAGE: r->reply.usage = *ev->usage; break;
	/* A tool has to be called each time. */
	case EVENT_TOOL: r->storing = false; break;
	case EVENT_DONE:
	case EVENT_FAILED:
	case EVENT_NOTICE: break;
	}
	if (r->reply.text.len + r->reply.reasoning.len > CACHE_REPLY_MAX)
		r->storing = false;
}

/* Whether the reply fits its schema. One that does not is not kept, so that the
 * next try may do better. */
static bool fits(const struct turn *t)
{
	const struct buf *text = &t->recall.reply.text;
	struct schema *s = NULL;
	bool fit;

	if (t->with.agent->schema == NULL)
		return true;
	if (schema_parse(span_str(t->with.agent->schema), &s, NULL) != ST_OK)
		return false;
	fit = schema_check(s, schema_unwrap(buf_view(text)), NULL) == ST_OK;
	schema_free(s);
	return fit;
}

void turn_recall_keep(struct turn *t, const struct event *done)
{
	struct recall *r = &t->recall;
	struct err err;
	bool keep = r->storing && done->outcome == OUTCOME_COMPLETE &&
		t->way.model == 0 && !t->sinking && r->reply.text.len > 0 &&
		fits(t);

	if (keep) {
		buf_set(&r->reply.finish, done->finish);
		keep = cache_put(t->with.cache, &r->key, &r->reply, &err) ==
			ST_OK;
		if (!keep)
			log_debug("cache: %s", err.msg);
	}
	turn_recall_end(t, keep);
}

static enum status give_pieces(struct turn *t, enum event_type type,
	const struct buf *text, struct err *err)
{
	struct span rest = buf_view(text);
	enum status st = ST_OK;

	while (st == ST_OK && rest.n > 0) {
		size_t n = rest.n > PIECE ? utf8_floor(rest, PIECE) : rest.n;
		struct event ev = {.type = type, .text = span_of(rest.p, n)};

		st = turn_forward(t, &ev, err);
		rest = span_of(rest.p + n, rest.n - n);
	}
	return st;
}

static enum status give_notice(struct turn *t, struct err *err)
{
	struct buf text;
	enum status st;

	buf_init(&text, BUF_SMALL);
	buf_str(&text, "from the cache, asked first ");
	clock_age(t->recall.reply.time_ms, clock_wall_ms(), &text);
	st = turn_tell(t, &text, err);
	buf_release(&text);
	return st;
}

static enum status give(struct turn *t, struct err *err)
{
	const struct cached *c = &t->recall.reply;
	struct event meta = {.type = EVENT_META, .model = buf_view(&c->model)};
	struct event usage = {.type = EVENT_USAGE, .usage = &c->usage};
	enum status st = give_notice(t, err);

	if (st == ST_OK)
		st = turn_forward(t, &meta, err);
	if (st == ST_OK)
		st = give_pieces(t, EVENT_REASONING, &c->reasoning, err);
	if (st == ST_OK)
		st = give_pieces(t, EVENT_TEXT, &c->text, err);
	return st == ST_OK ? turn_forward(t, &usage, err) : st;
}

/* Passes on the whole reply, as if it came from the endpoint. */
static void replay(struct turn *t)
{
	struct event done = {
		.type = EVENT_DONE,
		.outcome = OUTCOME_COMPLETE,
		.cached = true,
		.finish = buf_view(&t->recall.reply.finish),
	};
	struct err err = {0};
	enum status st;

	t->recall.hit = false;
	t->recall.storing = false;
	t->times.first_text_ms = clock_mono_ms() - t->times.start_ms;
	st = give(t, &err);
	turn_recall_end(t, true);
	if (st == ST_OK)
		(void)turn_done(t, &done, &err);
	else
		turn_end(t, st, err.msg);
}

bool turn_recall_step(struct turn *t)
{
	struct recall *r = &t->recall;

	if (r->hit) {
		replay(t);
		return true;
	}
	if (t->waiting != WAIT_CACHE ||
		cache_flight(r->flight) == FLIGHT_UNDER_WAY)
		return t->waiting == WAIT_CACHE;
	r->hit = cache_flight(r->flight) == FLIGHT_KEPT &&
		cache_get(t->with.cache, &r->key, &r->reply);
	t->waiting = WAIT_NOTHING;
	if (r->hit) {
		replay(t);
	} else {
		turn_recall_end(t, false);
		turn_set_off(t);
	}
	return true;
}

int turn_recall_timeout_ms(const struct turn *t)
{
	if (t->recall.hit)
		return 0;
	return t->waiting == WAIT_CACHE ? FLIGHT_MS : -1;
}
