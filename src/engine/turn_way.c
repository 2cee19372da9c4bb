/* Chooses the way of a turn: an endpoint of the pool, and a model. */
#include "engine/turn_priv.h"

#include "base/clock.h"
#include "engine/route.h"

enum {
	WHY_MAX = 300, /* bytes of a server's sentence in a notice */
	SLOT_MS = 100, /* between two looks for room at a full endpoint */
	TOLD_MS = 1000, /* a longer wait for a limit is told */
};

static struct route *route_of(const struct turn *t)
{
	return t->with.agent->route;
}

struct pool *turn_pool(const struct turn *t)
{
	return route_of(t) != NULL ? route_of(t)->pool : NULL;
}

static uint64_t bit(size_t member)
{
	return (uint64_t)1 << member;
}

static uint64_t everybody(const struct turn *t)
{
	return UINT64_MAX >> (POOL_MEMBERS_MAX - pool_size(turn_pool(t)));
}

static struct pool_wish wish_of(const struct turn *t)
{
	return (struct pool_wish){
		.skip = t->way.tried | t->way.out,
		.tokens = t->with.tokens,
		.patience_ms = turn_patience_ms(t),
		.prefer = route_stop(route_of(t), t->with.last),
	};
}

bool turn_has_other(const struct turn *t)
{
	struct pool_wish wish;

	if (turn_pool(t) == NULL)
		return false;
	wish = wish_of(t);
	if (t->way.held)
		wish.skip |= bit(t->way.member);
	return pool_has_free(turn_pool(t), &wish, clock_mono_ms());
}

void turn_leave(struct turn *t, enum pool_end how, int64_t after_ms)
{
	if (!t->way.held)
		return;
	turn_learn(t);
	pool_end(turn_pool(t), t->way.member, how, after_ms, clock_mono_ms());
	t->way.held = false;
}

static bool is_theirs_by_status(int http)
{
	switch (http) {
	case 400:
	case 411:
	case 413:
	case 414:
	case 415:
	case 422:
	case 431: return false;
	default: return true;
	}
}

/* Whether the failure is the endpoint's, so that another one may do better. */
static bool is_theirs(const struct failure *f)
{
	switch (f->status) {
	case ST_NET:
	case ST_AUTH:
	case ST_MODEL:
	case ST_LIMIT: return true;
	case ST_SERVER: return is_theirs_by_status(f->http);
	case ST_OK:
	case ST_FAIL:
	case ST_NOMEM:
	case ST_IO:
	case ST_NOT_FOUND:
	case ST_BUSY:
	case ST_USAGE:
	case ST_CONFIG:
	case ST_WINDOW:
	case ST_CUT:
	case ST_LENGTH:
	case ST_FILTERED:
	case ST_LOCKED:
	case ST_DAMAGED:
	case ST_STOPPED: break;
	}
	return false;
}

enum pool_end turn_fault(const struct failure *f)
{
	if (f->status == ST_AUTH || f->quota)
		return POOL_REFUSED;
	/* It answers; that it does not have the model is no fault. */
	return is_theirs(f) && f->status != ST_MODEL ? POOL_FAULT : POOL_GOOD;
}

/* Whether the failure is about the model, so that another one may be available
 * there. */
static bool is_of_model(const struct failure *f)
{
	enum { UNAVAILABLE = 503, OVERLOADED = 529 };

	return f->status == ST_MODEL || (f->status == ST_LIMIT && !f->quota) ||
		f->http == UNAVAILABLE || f->http == OVERLOADED;
}

bool turn_renew_key(struct turn *t)
{
	const struct turn_options *o = &t->with;

	if (turn_pool(t) != NULL)
		return route_of(t)->renew(t->way.member, route_of(t)->payload);
	return o->renew_key != NULL && o->renew_key(o->agent, o->renew_payload);
}

/* Puts the turn on its way, which holds a member if there is a pool. */
static enum status aim(struct turn *t, struct err *err)
{
	struct way *w = &t->way;
	enum status st = ST_OK;

	route_agent(route_of(t), t->with.agent, w->member, w->model, &w->at);
	w->key = turn_pool(t) == NULL ? t->with.key : NULL;
	if (turn_pool(t) != NULL)
		st = route_of(t)->key(
			w->member, route_of(t)->payload, &w->key, err);
	if (st == ST_OK)
		st = turn_aim(t, err);
	if (st == ST_OK && t->with.went != NULL)
		t->with.went(&w->at, t->with.payload);
	return st;
}

/* Gives up an endpoint that cannot even be asked: its key cannot be read, or
 * may not be sent there. */
static void discard(struct turn *t, struct err *why)
{
	struct buf notice;

	t->way.out |= bit(t->way.member);
	t->way.dead |= bit(t->way.member);
	turn_leave(t, POOL_UNKNOWN, -1);
	buf_init(&notice, BUF_SMALL);
	buf_fmt(&notice, "endpoint %s is left out: %s", route_name(&t->way.at),
		why->msg);
	(void)turn_tell(t, &notice, NULL);
	buf_release(&notice);
}

static bool is_of_way(enum status st)
{
	return st != ST_OK && st != ST_NOMEM && st != ST_BUSY;
}

/* Takes a member of the pool and aims at it. POOL_NONE with *err set when the
 * last ones could not be asked; otherwise *err is left alone. */
static enum pool_verdict choose(
	struct turn *t, int64_t *ret_wait_ms, struct err *err)
{
	for (;;) {
		struct pool_wish wish = wish_of(t);
		enum pool_verdict v = pool_pick(turn_pool(t), &wish,
			clock_mono_ms(), &t->way.member, ret_wait_ms);
		enum status st;

		if (v != POOL_TAKEN)
			return v;
		t->way.held = true;
		st = aim(t, err);
		if (st == ST_OK)
			return POOL_TAKEN;
		if (!is_of_way(st)) {
			turn_leave(t, POOL_UNKNOWN, -1);
			return POOL_NONE;
		}
		discard(t, err);
	}
}

static void wait_for_pool(struct turn *t, int64_t wait_ms)
{
	turn_again_in(t, WAIT_POOL, wait_ms < 0 ? SLOT_MS : wait_ms);
}

/* Tells the user of a wait for a limit, but not of one for a free place. */
static void tell_wait(struct turn *t, int64_t wait_ms)
{
	struct buf notice;

	if (wait_ms < TOLD_MS)
		return;
	buf_init(&notice, BUF_SMALL);
	buf_fmt(&notice,
		"every endpoint of pool %s is at a limit; waiting %.1f s",
		route_of(t)->name, (double)wait_ms / 1000.0);
	(void)turn_tell(t, &notice, NULL);
	buf_release(&notice);
}

/* The members that are known not to have room for the prompt, or not to have
 * the model. None of them when that is all of them: then they may say so
 * themselves. */
static uint64_t unfit(const struct turn *t)
{
	uint64_t small = route_too_small(
		t->with.agent, t->with.known, t->way.model, t->with.tokens);
	uint64_t without = route_missing(
		t->with.agent, t->with.known, t->way.model, clock_mono_ms());
	uint64_t all = everybody(t);

	if ((all & ~(small | without | t->way.dead)) != 0)
		return small | without;
	return (all & ~(small | t->way.dead)) != 0 ? small : 0;
}

enum status turn_begin(struct turn *t, struct err *err)
{
	enum status st;

	t->way.at = *t->with.agent;
	if (turn_pool(t) == NULL) {
		st = aim(t, err);
		return st == ST_OK ? turn_post(t, err) : st;
	}
	t->way.out = unfit(t);
	route_agent(route_of(t), t->with.agent, 0, 0, &t->way.at);
	return turn_go(t, err);
}

enum status turn_go(struct turn *t, struct err *err)
{
	struct err why = {.code = ST_FAIL, .msg = "no endpoint is left"};
	int64_t wait_ms = 0;
	enum status st;

	for (;;) {
		if (turn_pool(t) != NULL && !t->way.held) {
			switch (choose(t, &wait_ms, &why)) {
			case POOL_TAKEN: break;
			case POOL_WAIT:
				wait_for_pool(t, wait_ms);
				tell_wait(t, wait_ms);
				return ST_OK;
			case POOL_NONE:
				if (err != NULL)
					*err = why;
				return why.code;
			}
		}
		st = turn_post(t, &why);
		if (st == ST_OK)
			return ST_OK;
		if (turn_pool(t) == NULL || !is_of_way(st)) {
			if (err != NULL)
				*err = why;
			return st;
		}
		discard(t, &why);
	}
}

/* Whether a prompt that is too long here fits another endpoint. */
static bool fits_elsewhere(struct turn *t, const struct failure *f)
{
	int64_t window = f->window > 0 ? f->window : t->way.at.context;

	if (f->status != ST_WINDOW)
		return false;
	t->way.out |= bit(t->way.member) |
		route_too_small(
			t->with.agent, t->with.known, t->way.model, window + 1);
	return (everybody(t) & ~(t->way.tried | t->way.out)) != 0;
}

/* When all have been asked, begins again after a pause. */
static bool ask_all_again(
	struct turn *t, const struct failure *f, int64_t wait_ms)
{
	if ((everybody(t) & ~t->way.out) == 0 ||
		t->tries >= t->with.agent->retries || f->status == ST_WINDOW)
		return false;
	t->tries++;
	t->way.tried = 0;
	turn_again_in(t, WAIT_RETRY, wait_ms >= 0 ? wait_ms : RETRY_FIRST_MS);
	return true;
}

/* Gives back the member that failed, which will not be chosen next. */
static void give_back(struct turn *t, const struct failure *f, int64_t wait_ms)
{
	enum pool_end how = turn_fault(f);

	t->way.tried |= bit(t->way.member);
	if (f->status == ST_MODEL && t->way.host != NULL)
		known_set_missing(t->way.host, span_str(t->way.at.model),
			clock_mono_ms());
	if (wait_ms < 0)
		t->way.out |= bit(t->way.member);
	if (how == POOL_REFUSED || (f->status == ST_NET && wait_ms < 0))
		t->way.dead |= bit(t->way.member);
	turn_leave(t, how, retry_hint_ms(&t->hint));
}

/* Goes on after a failure; false when there is no way. */
static bool go_on(struct turn *t, const struct failure *f, int64_t wait_ms,
	struct buf *out)
{
	struct err err = {0};
	int64_t free_ms = 0;

	switch (choose(t, &free_ms, &err)) {
	case POOL_TAKEN:
		turn_again_in(t, WAIT_NOTHING, 0);
		buf_fmt(out, "; going on with %s", route_name(&t->way.at));
		return true;
	case POOL_WAIT:
		/* The one that failed may be ready before the others are. */
		if (wait_ms < 0 || free_ms < wait_ms ||
			!ask_all_again(t, f, wait_ms))
			wait_for_pool(t, free_ms);
		buf_str(out, "; waiting for another one");
		return true;
	case POOL_NONE: break;
	}
	if (!ask_all_again(t, f, wait_ms))
		return false;
	buf_fmt(out, "; none is left, trying again in %.1f s (%d of %d)",
		(double)(t->again_at_ms - clock_mono_ms()) / 1000.0, t->tries,
		t->with.agent->retries);
	return true;
}

bool turn_move(struct turn *t, const struct failure *f, int64_t wait_ms,
	struct buf *notice)
{
	size_t n = f->text.n < WHY_MAX ? f->text.n : WHY_MAX;
	struct buf text;
	bool moves;

	if (turn_pool(t) == NULL || !t->way.held)
		return false;
	moves = is_theirs(f) || fits_elsewhere(t, f);
	if (is_of_model(f))
		t->way.ask_other = true;
	buf_init(&text, BUF_SMALL);
	buf_fmt(&text, "endpoint %s failed (%.*s)", route_name(&t->way.at),
		(int)n, f->text.p);
	if (moves) {
		give_back(t, f, wait_ms);
		moves = go_on(t, f, wait_ms, &text);
	}
	if (moves)
		buf_span(notice, buf_view(&text));
	buf_release(&text);
	return moves;
}

bool turn_next_model(
	struct turn *t, const struct failure *f, struct buf *notice)
{
	size_t n = f->text.n < WHY_MAX ? f->text.n : WHY_MAX;
	struct way *w = &t->way;
	const char *old = w->at.model;
	int64_t wait_ms = 0;
	struct err err = {0};

	if (w->model + 1 >= route_models(route_of(t), t->with.agent) ||
		!is_theirs(f) || (!w->ask_other && !is_of_model(f)))
		return false;
	w->model++;
	w->ask_other = false;
	w->tried = 0;
	turn_leave(t, turn_fault(f), retry_hint_ms(&t->hint));
	if (turn_pool(t) == NULL) {
		if (aim(t, &err) != ST_OK)
			return false;
		turn_again_in(t, WAIT_NOTHING, 0);
	} else {
		w->out = w->dead | unfit(t);
		switch (choose(t, &wait_ms, &err)) {
		case POOL_TAKEN: turn_again_in(t, WAIT_NOTHING, 0); break;
		case POOL_WAIT: wait_for_pool(t, wait_ms); break;
		case POOL_NONE: return false;
		}
	}
	buf_fmt(notice, "model %s is not to be had (%.*s); asking for %s", old,
		(int)n, f->text.p, route_of(t)->fallback[w->model - 1]);
	return true;
}
