/*
 * The ways an agent can take to an answer: the endpoints of a pool, and the
 * models to ask when its own is not available.
 *
 * A front end makes a route and hangs it on the agent (struct agent, `route`).
 * From then on every turn of that agent takes one way after the other until
 * text comes: see engine/turn. Many routes may share a pool; a route belongs to
 * one agent. Not fit for threads.
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

/* Models of a route; further ones are not asked for. */
#define ROUTE_MODELS_MAX ((size_t)16)

struct route {
	struct pool *pool; /* borrowed; NULL: the agent's own endpoint only */
	const char *name; /* of the pool; borrowed */
	/* The agent at each endpoint, in the order of the pool's members.
	 * Borrowed. */
	const struct agent *stops;
	const char *model; /* the agent's model when the route was made. If the
			      agent has another one now, that was chosen since
			      and is asked for at every endpoint. Borrowed. */
	const char *const *fallback; /* further models; borrowed */
	size_t fallback_n;
	/* Gets the key for a stop, read when it is first needed; *ret is NULL
	 * when none is sent. */
	enum status (*key)(size_t stop, void *payload,
		const struct secret **ret, struct err *err);
	/* Called when that key was refused: whether its memory holds another
	 * one now. */
	bool (*renew)(size_t stop, void *payload);
	void *payload;
};

/* Number of models to ask for; at least 1. */
size_t route_models(const struct route *r, const struct agent *who);
/*
 * Makes *ret agent `who` on one of its ways: at endpoint `stop` (0 without a
 * pool), with model `model` (0: its own). Owns nothing and borrows from both.
 */
void route_agent(const struct route *r, const struct agent *who, size_t stop,
	size_t model, struct agent *ret);
/* What an endpoint is called in a sentence: its name, else its address. */
const char *route_name(const struct agent *at);
/* The window of the agent's model: the widest among its endpoints. */
int64_t route_window(const struct agent *who, struct known *known);
/* The endpoints, one bit each, whose window is smaller than that. */
uint64_t route_too_small(const struct agent *who, struct known *known,
	size_t model, int64_t tokens);

/* The endpoints, one bit each, that recently said that they do not serve the
 * model. */
uint64_t route_missing(const struct agent *who, struct known *known,
	size_t model, int64_t now_ms);
/* The first endpoint with that origin (scheme, host and port), counted from 1;
 * 0 when there is none, or no pool. */
size_t route_stop(const struct route *r, struct span origin);

#endif
