#include "net/pool.h"

#include <stdlib.h>
#include <string.h>

/* What is left by the headers of an answer, and until when. */
struct allowance {
	int64_t left; /* -1: nothing is known */
	int64_t until_ms;
};

struct member {
	int weight;
	int most; /* requests under way; 0: any number */
	int under_way;
	int64_t share; /* share of the turns among equals: see take() */
	int faults; /* in a row */
	bool open;
	bool probing; /* a request was let through while open */
	int64_t pause_ms; /* pause of the open breaker */
	int64_t probe_at_ms;
	int64_t limited_until_ms; /* end of a pause that the endpoint asked
				     for */
	struct allowance allowances[RETRY_QUOTAS];
};

struct pool {
	enum pool_strategy strategy;
	struct member members[POOL_MEMBERS_MAX];
	size_t n;
};

enum status pool_new(
	struct pool **ret, enum pool_strategy strategy, struct err *err)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return err_nomem(err);
	p->strategy = strategy;
	*ret = p;
	return ST_OK;
}

void pool_free(struct pool *p)
{
	free(p);
}

enum status pool_add(struct pool *p, int weight, int most, struct err *err)
{
	struct member *m;
	size_t i;

	if (p->n >= POOL_MEMBERS_MAX)
		return err_set(err, ST_USAGE, "more than %zu endpoints",
			POOL_MEMBERS_MAX);
	m = &p->members[p->n++];
	memset(m, 0, sizeof(*m));
	m->weight = weight < 1 ? 1 : weight;
	if (m->weight > POOL_WEIGHT_MAX)
		m->weight = POOL_WEIGHT_MAX;
	m->most = most;
	for (i = 0; i < RETRY_QUOTAS; i++)
		m->allowances[i].left = -1;
	return ST_OK;
}

static bool is_skipped(const struct pool_wish *wish, size_t i)
{
	return (wish->skip >> i & 1) != 0;
}

/* What a request takes from an allowance. */
static int64_t cost(size_t quota, int64_t tokens)
{
	if (quota != RETRY_TOKENS)
		return 1;
	return tokens > 0 ? tokens : 1;
}

/* How long a limit keeps the member from being asked; 0: not at all. */
static int64_t limited_ms(const struct member *m, int64_t tokens, int64_t now)
{
	int64_t ms = m->limited_until_ms > now ? m->limited_until_ms - now : 0;
	size_t i;

	for (i = 0; i < RETRY_QUOTAS; i++) {
		const struct allowance *a = &m->allowances[i];

		if (a->left >= 0 && a->left < cost(i, tokens) &&
			a->until_ms > now && a->until_ms - now > ms)
			ms = a->until_ms - now;
	}
	return ms;
}

static bool is_full(const struct member *m)
{
	return m->most > 0 && m->under_way >= m->most;
}

/* Whether the breaker is open and not to be probed now. */
static bool is_shut(const struct member *m, int64_t now)
{
	return m->open && (m->probing || m->probe_at_ms > now);
}

static bool is_free(const struct member *m, int64_t tokens, int64_t now)
{
	return !is_full(m) && !is_shut(m, now) &&
		limited_ms(m, tokens, now) == 0;
}

/* Whether a has less under way for its weight than b. */
static bool has_less(const struct member *a, const struct member *b)
{
	return (int64_t)a->under_way * b->weight <
		(int64_t)b->under_way * a->weight;
}

/*
 * Among equals each gains its weight and the richest has its turn, for which it
 * pays what all have gained: turns come by weight and well mixed, and who could
 * not be asked for a while has nothing to catch up on.
 */
static size_t richest(const struct pool *p, uint64_t equals)
{
	size_t best = POOL_MEMBERS_MAX;
	int64_t most = 0;
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct member *m = &p->members[i];

		if ((equals >> i & 1) == 0)
			continue;
		if (best == POOL_MEMBERS_MAX || m->share + m->weight > most) {
			best = i;
			most = m->share + m->weight;
		}
	}
	return best;
}

static void pay_turn(struct pool *p, uint64_t equals, size_t member)
{
	int64_t total = 0;
	size_t i;

	for (i = 0; i < p->n; i++)
		if ((equals >> i & 1) != 0) {
			p->members[i].share += p->members[i].weight;
			total += p->members[i].weight;
		}
	p->members[member].share -= total;
}

/* The best free member, POOL_MEMBERS_MAX when none is. *ret_equals are the
 * members it takes turns with; 0: no turn is taken. */
static size_t choose(const struct pool *p, const struct pool_wish *wish,
	int64_t now, uint64_t *ret_equals)
{
	size_t best = POOL_MEMBERS_MAX;
	uint64_t equals = 0;
	size_t i;

	*ret_equals = 0;
	for (i = 0; i < p->n; i++) {
		const struct member *m = &p->members[i];

		if (is_skipped(wish, i) || !is_free(m, wish->tokens, now))
			continue;
		if (p->strategy == POOL_FAILOVER)
			return i;
		if (best == POOL_MEMBERS_MAX ||
			has_less(m, &p->members[best])) {
			best = i;
			equals = 0;
		}
		if (!has_less(&p->members[best], m))
			equals |= (uint64_t)1 << i;
	}
	if (best == POOL_MEMBERS_MAX)
		return best;
	/* It may have the beginning of the prompt in its cache. */
	if (wish->prefer > 0 && (equals >> (wish->prefer - 1) & 1) != 0)
		return wish->prefer - 1;
	*ret_equals = equals;
	return richest(p, equals);
}

size_t pool_next(
	const struct pool *p, const struct pool_wish *wish, int64_t now_ms)
{
	uint64_t equals;

	return choose(p, wish, now_ms, &equals);
}

/* What to wait for when none is free. */
struct outlook {
	bool any; /* there is a member that may be taken at all */
	bool slot; /* a working member has the most requests under way */
	int64_t limit_ms; /* the shortest wait for a limit; -1: none */
	size_t shut; /* member whose breaker is probed first */
	size_t limited; /* member whose limit ends first */
};

static void look_at(const struct pool *p, const struct pool_wish *wish,
	int64_t now, struct outlook *o)
{
	size_t i;

	*o = (struct outlook){
		false, false, -1, POOL_MEMBERS_MAX, POOL_MEMBERS_MAX};
	for (i = 0; i < p->n; i++) {
		const struct member *m = &p->members[i];
		int64_t ms = limited_ms(m, wish->tokens, now);

		if (is_skipped(wish, i))
			continue;
		o->any = true;
		if (is_shut(m, now)) {
			if (!is_full(m) &&
				(o->shut == POOL_MEMBERS_MAX ||
					m->probe_at_ms < p->members[o->shut]
								 .probe_at_ms))
				o->shut = i;
		} else if (ms > 0) {
			if (o->limit_ms < 0 || ms < o->limit_ms) {
				o->limit_ms = ms;
				o->limited = i;
			}
		} else {
			o->slot = true;
		}
	}
}

/* Takes the member for a request. */
static void take(struct member *m, int64_t tokens)
{
	size_t i;

	m->under_way++;
	m->probing = m->open;
	for (i = 0; i < RETRY_QUOTAS; i++) {
		struct allowance *a = &m->allowances[i];

		if (a->left > 0)
			a->left -= cost(i, tokens) < a->left ? cost(i, tokens)
							     : a->left;
	}
}

enum pool_verdict pool_pick(struct pool *p, const struct pool_wish *wish,
	int64_t now_ms, size_t *ret_member, int64_t *ret_wait_ms)
{
	struct outlook o;
	uint64_t equals;
	size_t i = choose(p, wish, now_ms, &equals);

	if (i == POOL_MEMBERS_MAX) {
		look_at(p, wish, now_ms, &o);
		if (!o.any)
			return POOL_NONE;
		if (o.limit_ms >= 0 &&
			(wish->patience_ms < 0 ||
				o.limit_ms <= wish->patience_ms)) {
			*ret_wait_ms = o.limit_ms;
			return POOL_WAIT;
		}
		i = o.shut != POOL_MEMBERS_MAX ? o.shut : o.limited;
		if (o.slot || i == POOL_MEMBERS_MAX ||
			is_full(&p->members[i])) {
			*ret_wait_ms = -1;
			return POOL_WAIT;
		}
	}
	if (equals != 0)
		pay_turn(p, equals, i);
	take(&p->members[i], wish->tokens);
	*ret_member = i;
	return POOL_TAKEN;
}

bool pool_has_free(
	const struct pool *p, const struct pool_wish *wish, int64_t now_ms)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (!is_skipped(wish, i) &&
			is_free(&p->members[i], wish->tokens, now_ms))
			return true;
	return false;
}

void pool_learn(struct pool *p, size_t member, const struct retry_hint *hint,
	int64_t now_ms)
{
	struct member *m = &p->members[member];
	size_t i;

	for (i = 0; i < RETRY_QUOTAS; i++) {
		/* What is left is worth nothing without a time. */
		if (hint->quota[i].left < 0 || hint->quota[i].reset_ms < 0)
			continue;
		m->allowances[i].left = hint->quota[i].left;
		m->allowances[i].until_ms = now_ms + hint->quota[i].reset_ms;
	}
}

static void shut(struct member *m, int64_t pause_ms, int64_t now)
{
	m->pause_ms = m->pause_ms > 0 ? 2 * m->pause_ms : pause_ms;
	if (m->pause_ms < pause_ms)
		m->pause_ms = pause_ms;
	if (m->pause_ms > POOL_PAUSE_MAX_MS)
		m->pause_ms = POOL_PAUSE_MAX_MS;
	m->open = true;
	m->probe_at_ms = now + m->pause_ms;
}

void pool_end(struct pool *p, size_t member, enum pool_end how,
	int64_t after_ms, int64_t now_ms)
{
	struct member *m = &p->members[member];
	bool probe = m->probing;
	/* Of several failures at the same time only the first counts. */
	bool late = m->open && !probe;

	m->under_way--;
	m->probing = false;
	switch (how) {
	case POOL_UNKNOWN: break;
	case POOL_GOOD:
		m->faults = 0;
		m->open = false;
		m->pause_ms = 0;
		break;
	case POOL_REFUSED:
		if (!late)
			shut(m, POOL_REFUSED_MS, now_ms);
		break;
	case POOL_FAULT:
		m->faults++;
		if (after_ms > 0)
			/* It works, and tells itself when to ask. */
			m->limited_until_ms = now_ms + after_ms;
		else if (!late && (probe || m->faults >= POOL_FAULTS_MAX))
			shut(m, POOL_PAUSE_MS, now_ms);
		break;
	}
}

size_t pool_size(const struct pool *p)
{
	return p->n;
}

enum pool_breaker pool_state(
	const struct pool *p, size_t member, int64_t now_ms)
{
	const struct member *m = &p->members[member];

	if (!m->open)
		return POOL_CLOSED;
	return m->probing || m->probe_at_ms <= now_ms ? POOL_HALF_OPEN
						      : POOL_OPEN;
}

int pool_under_way(const struct pool *p, size_t member)
{
	return p->members[member].under_way;
}
