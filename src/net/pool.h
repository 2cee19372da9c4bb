/*
 * Which of several endpoints a request goes to. Pure: no clock, no I/O; the
 * caller gives the time (monotonic, in ms) and tells how each request ended.
 *
 * A pool belongs to the process rather than to one chat: limits, the count of
 * requests under way and what was seen of an endpoint hold for all who share
 * it. It lives in one thread and is told nothing twice: each pool_pick() that
 * took a member is followed by one pool_end() for it.
 *
 * The circuit breaker of a member is closed while it works. It opens after
 * POOL_FAULTS_MAX failures in a row that are the endpoint's own, and at once
 * when the endpoint refuses the key or the account; from then on the member is
 * left alone for a pause. After that one request is let through (half-open):
 * when it succeeds the breaker closes, else the pause doubles.
 *
 * Limits are learned from the headers of answers: a member with nothing left of
 * its requests or its tokens, or one that names a pause, is left alone until
 * that time has come.
 *
 * When nothing else is left, a member whose breaker is open is asked all the
 * same: what the endpoint says itself is better than that nobody was asked.
 */
#ifndef ATL_NET_POOL_H
#define ATL_NET_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "net/retry.h"

/* Members of a pool; a set of them is a bit mask. */
#define POOL_MEMBERS_MAX ((size_t)64)
#define POOL_WEIGHT_MAX 1000
#define POOL_FAULTS_MAX 3
/* Pauses of an open breaker: the first, the first after a refusal, and the
 * longest. */
#define POOL_PAUSE_MS 2000
#define POOL_REFUSED_MS 60000
#define POOL_PAUSE_MAX_MS 120000

enum pool_strategy {
	POOL_FAILOVER = 0, /* the first in order that can take the request */
	POOL_BALANCE, /* the one with the fewest requests under way for its
			 weight; equals take turns by weight */
};

/* How a request ended, as far as that concerns the endpoint. */
enum pool_end {
	POOL_GOOD = 0, /* it answers, even if only that the request is wrong */
	POOL_FAULT, /* the endpoint's own fault */
	POOL_REFUSED, /* it refuses us: key, account, credit */
	POOL_UNKNOWN, /* ended here before it could answer */
};

enum pool_verdict {
	POOL_TAKEN, /* *ret_member is taken until pool_end() */
	POOL_WAIT, /* wait *ret_wait_ms; -1: until a member is given back */
	POOL_NONE, /* all members are in `skip` */
};

enum pool_breaker { POOL_CLOSED = 0, POOL_OPEN, POOL_HALF_OPEN };

struct pool;

/* What a request needs of the pool. */
struct pool_wish {
	uint64_t skip; /* members not to be taken, one bit each */
	int64_t tokens; /* tokens of the request, about; 0: not known */
	int64_t patience_ms; /* longest wait for a limit; negative: any */
	size_t prefer; /* POOL_BALANCE: member to prefer, counted from 1, unless
			  another has less under way; 0: none */
};

enum status pool_new(struct pool **ret, enum pool_strategy strategy,
	struct err *err) ATTR_MUST_CHECK;
void pool_free(struct pool *p);
/*
 * Adds a member behind the others. `weight` is 1 to POOL_WEIGHT_MAX and counts
 * for POOL_BALANCE; `most` is how many requests may be under way there, 0: any
 * number. ST_USAGE beyond POOL_MEMBERS_MAX.
 */
enum status pool_add(
	struct pool *p, int weight, int most, struct err *err) ATTR_MUST_CHECK;

enum pool_verdict pool_pick(struct pool *p, const struct pool_wish *wish,
	int64_t now_ms, size_t *ret_member, int64_t *ret_wait_ms);
/* The member pool_pick() would take now; POOL_MEMBERS_MAX when none is free.
 * Nothing is taken. */
size_t pool_next(
	const struct pool *p, const struct pool_wish *wish, int64_t now_ms);
/* Whether pool_pick() would take a member now whose breaker is closed. */
bool pool_has_free(
	const struct pool *p, const struct pool_wish *wish, int64_t now_ms);

/* Learns from the headers of an answer. */
void pool_learn(struct pool *p, size_t member, const struct retry_hint *hint,
	int64_t now_ms);
/* Gives the member back. `after_ms` is the pause that the endpoint asked for
 * with a failure; -1: none. */
void pool_end(struct pool *p, size_t member, enum pool_end how,
	int64_t after_ms, int64_t now_ms);

size_t pool_size(const struct pool *p);
enum pool_breaker pool_state(
	const struct pool *p, size_t member, int64_t now_ms);
/* Requests under way at the member. */
int pool_under_way(const struct pool *p, size_t member);

#endif
