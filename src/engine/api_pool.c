/* Several endpoints of an agent, and the models it falls back to. */
#include "engine/api_priv.h"

#include <stdlib.h>
#include <string.h>

#include "net/pool.h"

void api_pool_release(atl_agent *a)
{
	size_t i;

	for (i = 0; i < a->stops_n; i++) {
		agent_release(&a->stops[i]);
		secret_free(&a->keys[i].key);
	}
	free(a->stops);
	free(a->keys);
	free(a->fallback);
	pool_free(a->route.pool);
	a->stops = NULL;
	a->keys = NULL;
	a->fallback = NULL;
	a->stops_n = 0;
	memset(&a->route, 0, sizeof(a->route));
	a->agent.route = NULL;
}

static enum status key_of(
	size_t stop, void *payload, const struct secret **ret, struct err *err)
{
	atl_agent *a = payload;
	struct api_stop *k = &a->keys[stop];

	if (k->later && !api_get_key(k->renew, k->payload, &k->key))
		return err_set(err, ST_CONFIG, "its key is not to be had");
	k->later = false;
	*ret = k->key.len > 0 ? &k->key : NULL;
	return ST_OK;
}

static bool renew_of(size_t stop, void *payload)
{
	atl_agent *a = payload;
	struct api_stop *k = &a->keys[stop];

	return api_get_key(k->renew, k->payload, &k->key);
}

static enum status add_endpoint(
	atl_agent *a, const atl_pool_endpoint *e, struct err *err)
{
	const atl_agent_options *o = e->how;
	struct agent *g = &a->stops[a->stops_n];
	struct api_stop *k = &a->keys[a->stops_n];

	if (o == NULL || o->version != ATL_AGENT_OPTIONS_VERSION)
		return err_set(
			err, ST_USAGE, "unknown version of atl_agent_options");
	if (o->endpoint == NULL || o->endpoint[0] == '\0')
		return err_set(err, ST_CONFIG, "an endpoint has no address");
	a->stops_n++;
	k->renew = o->renew_key;
	k->payload = o->renew_payload;
	k->later = e->key_later != 0;
	if (!api_take(a, g, o) ||
		(o->api_key != NULL && o->api_key[0] != '\0' &&
			!secret_set(&k->key, o->api_key, strlen(o->api_key))))
		return err_nomem(err);
	g->endpoint = o->name != NULL ? g->name : NULL;
	return pool_add(a->route.pool, e->weight, e->max_concurrent, err);
}

static enum status add_endpoints(
	atl_agent *a, const atl_pool_options *o, struct err *err)
{
	size_t n = o->endpoint_count;
	enum status st;
	size_t i;

	if (n > POOL_MEMBERS_MAX)
		return err_set(err, ST_USAGE, "more than %zu endpoints",
			POOL_MEMBERS_MAX);
	a->stops = calloc(n, sizeof(*a->stops));
	a->keys = calloc(n, sizeof(*a->keys));
	if (a->stops == NULL || a->keys == NULL)
		return err_nomem(err);
	st = pool_new(&a->route.pool,
		o->strategy == ATL_POOL_BALANCE ? POOL_BALANCE : POOL_FAILOVER,
		err);
	for (i = 0; st == ST_OK && i < n; i++)
		st = add_endpoint(a, &o->endpoints[i], err);
	a->route.stops = a->stops;
	return st;
}

static enum status add_models(
	atl_agent *a, const char *const *models, struct err *err)
{
	size_t n = 0;

	while (models != NULL && models[n] != NULL)
		n++;
	if (n == 0)
		return ST_OK;
	if (n > ROUTE_MODELS_MAX)
		return err_set(err, ST_USAGE, "more than %zu models",
			ROUTE_MODELS_MAX);
	a->fallback = calloc(n, sizeof(*a->fallback));
	if (a->fallback == NULL)
		return err_nomem(err);
	a->route.fallback = a->fallback;
	for (; a->route.fallback_n < n; a->route.fallback_n++) {
		const char *m = api_own(a, models[a->route.fallback_n]);

		if (m == NULL)
			return err_nomem(err);
		a->fallback[a->route.fallback_n] = m;
	}
	return ST_OK;
}

atl_code atl_agent_pool(
	atl_agent *a, const atl_pool_options *o, atl_error *error)
{
	struct err err = {0};
	enum status st = ST_OK;

	if (o == NULL || o->version != ATL_POOL_OPTIONS_VERSION)
		return api_give(err_set(&err, ST_USAGE,
					"unknown version of atl_pool_options"),
			&err, error);
	if (a->agent.route != NULL)
		return api_give(
			err_set(&err, ST_USAGE, "the agent has a pool already"),
			&err, error);
	a->route.key = key_of;
	a->route.renew = renew_of;
	a->route.payload = a;
	a->route.model = a->agent.model;
	a->route.name = "pool";
	if (o->name != NULL)
		a->route.name = api_own(a, o->name);
	if (a->route.name == NULL)
		st = err_nomem(&err);
	if (st == ST_OK && o->endpoints != NULL && o->endpoint_count > 0)
		st = add_endpoints(a, o, &err);
	if (st == ST_OK)
		st = add_models(a, o->fallback, &err);
	if (st == ST_OK)
		a->agent.route = &a->route;
	else
		api_pool_release(a);
	return api_give(st, &err, error);
}

atl_code atl_agent_guard(atl_agent *agent, const atl_agent *guard,
	atl_guard_mode mode, unsigned flags, atl_error *error)
{
	static const enum guard_mode modes[] = {
		[ATL_GUARD_OFF] = GUARD_OFF,
		[ATL_GUARD_WARN] = GUARD_WARN,
		[ATL_GUARD_BLOCK] = GUARD_BLOCK,
	};
	struct err err = {0};

	if ((unsigned)mode >= sizeof(modes) / sizeof(modes[0]) ||
		guard == agent || (guard == NULL && mode != ATL_GUARD_OFF))
		return api_give(err_set(&err, ST_USAGE,
					"this cannot be the agent's guard"),
			&err, error);
	agent->agent.guard = NULL;
	if (guard == NULL)
		return api_give(ST_OK, &err, error);
	agent->guard = (struct guard_with){
		.agent = &guard->agent,
		.key = guard->key.len > 0 ? &guard->key : NULL,
		.mode = modes[mode],
		.after = (flags & ATL_GUARD_AFTER) != 0,
		.allow = (flags & ATL_GUARD_ALLOW_UNDECIDED) != 0,
	};
	agent->agent.guard = &agent->guard;
	return api_give(ST_OK, &err, error);
}
