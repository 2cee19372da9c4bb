#include "app/ways.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "net/pool.h"
#include "text/safe.h"

/* A section's pool, which lives as long as the program. */
struct app_pool {
	const struct pool_conf *conf;
	struct pool *pool;
};

static struct pool *find(const struct app *app, const struct pool_conf *conf)
{
	size_t i;

	for (i = 0; i < app->pools_n; i++)
		if (app->pools[i].conf == conf)
			return app->pools[i].pool;
	return NULL;
}

/* Weights and limits belong to the endpoints, so that any agent of the pool
 * will do. */
static enum status make_pool(struct app *app, const struct app_agent *a,
	struct pool **ret, struct err *err)
{
	const struct pool_conf *conf = a->agent.pool;
	struct pool *pool = NULL;
	enum status st;
	size_t i;

	*ret = find(app, conf);
	if (*ret != NULL)
		return ST_OK;
	if (!vec_grow(&app->pools, &app->pools_cap, app->pools_n + 1,
		    sizeof(struct app_pool), CONFIG_SECTIONS_MAX))
		return err_nomem(err);
	st = pool_new(&pool,
		conf->strategy == CONF_BALANCE ? POOL_BALANCE : POOL_FAILOVER,
		err);
	for (i = 0; st == ST_OK && i < a->stops_n; i++)
		st = pool_add(pool, a->stops[i].weight,
			a->stops[i].max_concurrent, err);
	if (st != ST_OK) {
		pool_free(pool);
		return st;
	}
	app->pools[app->pools_n++] = (struct app_pool){conf, pool};
	*ret = pool;
	return ST_OK;
}

static enum status key_of(
	size_t stop, void *payload, const struct secret **ret, struct err *err)
{
	struct app_agent *a = payload;

	return agent_key(&a->stops[stop], &a->app->env.keys, ret, err);
}

static bool renew_of(size_t stop, void *payload)
{
	struct app_agent *a = payload;

	return app_renew_key(a->app, &a->stops[stop]);
}

static enum status make_stops(
	struct app *app, struct app_agent *a, struct err *err)
{
	size_t n = a->agent.pool->endpoints.n;
	struct agent_sources from = app->sources;
	enum status st = ST_OK;

	from.chat = &a->said.conf;
	from.chat = &a->said.conf;
	a->stops = calloc(n, sizeof(*a->stops));
	if (a->stops == NULL)
		return err_nomem(err);
	for (; st == ST_OK && a->stops_n < n; a->stops_n++) {
		agent_init(&a->stops[a->stops_n]);
		st = agent_resolve_at(&a->stops[a->stops_n], &from, &a->agent,
			a->stops_n, err);
	}
	return st;
}

enum status ways_make(struct app *app, struct app_agent *a, struct err *err)
{
	const struct opt_list *models = a->agent.fallback;
	enum status st = ST_OK;

	if (a->agent.route != NULL || (a->agent.pool == NULL && models == NULL))
		return ST_OK;
	a->app = app;
	if (a->agent.pool != NULL) {
		st = make_stops(app, a, err);
		if (st == ST_OK)
			st = make_pool(app, a, &a->route.pool, err);
		a->route.name = a->agent.pool->name;
	}
	if (st != ST_OK) {
		ways_release(a);
		return st;
	}
	a->route.stops = a->stops;
	a->route.model = a->agent.model;
	if (models != NULL) {
		a->route.fallback = models->v;
		a->route.fallback_n = models->n;
	}
	a->route.key = key_of;
	a->route.renew = renew_of;
	a->route.payload = a;
	a->agent.route = &a->route;
	return ST_OK;
}

void ways_release(struct app_agent *a)
{
	size_t i;

	for (i = 0; i < a->stops_n; i++)
		agent_release(&a->stops[i]);
	free(a->stops);
	a->stops = NULL;
	a->stops_n = 0;
	a->route = (struct route){0};
	a->agent.route = NULL;
}

void ways_free_pools(struct app *app)
{
	size_t i;

	for (i = 0; i < app->pools_n; i++)
		pool_free(app->pools[i].pool);
	free(app->pools);
	app->pools = NULL;
	app->pools_n = 0;
	app->pools_cap = 0;
}

void ways_put(const struct agent *agent, struct buf *out)
{
	const struct pool_conf *p = agent->pool;
	size_t i;

	if (p == NULL)
		return;
	buf_fmt(out, "%s (", p->name);
	for (i = 0; i < p->endpoints.n; i++)
		buf_fmt(out, "%s%s", i > 0 ? ", " : "", p->endpoints.v[i]);
	buf_char(out, ')');
}

void ways_put_models(const struct app_agent *a, struct buf *out)
{
	size_t i;

	if (a->agent.pool != NULL)
		buf_str(out, "pool ");
	else
		safe_line(span_str(a->agent.url), out);
	ways_put(&a->agent, out);
	for (i = 0; i < a->stops_n; i++)
		if (strcmp(a->stops[i].model, a->agent.model) != 0) {
			buf_fmt(out, "\n  at %s ", a->stops[i].endpoint);
			safe_line(span_str(a->stops[i].model), out);
		}
	for (i = 0; i < a->route.fallback_n; i++) {
		buf_str(out, i == 0 ? "\n  else " : ", ");
		safe_line(span_str(a->route.fallback[i]), out);
	}
}
