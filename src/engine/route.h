/*
 * The ways of an agent to an answer: the endpoints of a pool, and the models
 * that are asked for when its own is not to be had.
 *
 * A front end makes a route and hangs it on the agent (struct agent, `route`);
 * from then on every turn of that agent takes one way after the other until
 * text comes: see engine/turn. A pool may be shared by many routes; a route is
 * one agent's. Not fit for threads.
 */
#ifndef ATL_ENGINE_ROUTE_H
#define ATL_ENGINE_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "conf/agent.h"

struct known;
struct pool;

/* Models beyond these are not asked for. */
#define ROUTE_MODELS_MAX ((size_t)16)

struct route {
	struct pool *pool; /* borrowed; NULL: the agent's own endpoint only */
	const char *name; /* of the pool; borrowed */
	/* The agent at each endpoint, in the order of the pool's members.
	 * Borrowed. */
	const struct agent *stops;
	const char *model; /* the agent's, when the route was made: another one
			    * was chosen since, and goes to every endpoint.
			    * Borrowed. */
	const char *const *fallback; /* further models; borrowed */
	size_t fallback_n;
	/* The key for the nth stop, read when it is first needed; *ret is NULL
	 * when none is sent. */
	enum status (*key)(size_t stop, void *payload,
		const struct secret **ret, struct err *err);
	/* That key was refused: whether the memory it is in holds another one
	 * now. */
	bool (*renew)(size_t stop, void *payload);
	void *payload;
};

/* How many models there are to ask for; at least 1. */
size_t route_models(const struct route *r, const struct agent *who);
/*
 * Agent `who` on one of its ways: at the nth endpoint (0 without a pool), with
 * the nth model (0: its own). Owns nothing and borrows from both.
 */
void route_agent(const struct route *r, const struct agent *who, size_t stop,
	size_t model, struct agent *ret);
/* What an endpoint is called in a sentence: its name, else its address. */
const char *route_name(const struct agent *at);
/* The window of the agent's model, of the widest among its endpoints. */
int64_t route_window(const struct agent *who, struct known *known);
/* The endpoints, a bit each, whose window is smaller than so many tokens. */
uint64_t route_too_small(const struct agent *who, struct known *known,
	size_t model, int64_t tokens);

/* The endpoints, a bit each, that said a while ago that they do not serve the
 * model. */
uint64_t route_missing(const struct agent *who, struct known *known,
	size_t model, int64_t now_ms);
/* The first endpoint of that origin (scheme, host and port), counted from 1; 0
 * when there is none, or no pool. */
size_t route_stop(const struct route *r, struct span origin);

#endif
