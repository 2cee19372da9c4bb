#include "app/ask_agent.h"

#include <stdlib.h>
#include <string.h>

#include "tty/term.h"
#include "wire/sampling.h"

static enum status status_of(atl_code code)
{
	static const struct {
		atl_code code;
		enum status status;
	} rows[] = {
		{ATL_OK, ST_OK},
		{ATL_E_USAGE, ST_USAGE},
		{ATL_E_CONFIG, ST_CONFIG},
		{ATL_E_AUTH, ST_AUTH},
		{ATL_E_MODEL, ST_MODEL},
		{ATL_E_LIMIT, ST_LIMIT},
		{ATL_E_NETWORK, ST_NET},
		{ATL_E_SERVER, ST_SERVER},
		{ATL_E_CUT, ST_CUT},
		{ATL_E_LENGTH, ST_LENGTH},
		{ATL_E_FILTERED, ST_FILTERED},
		{ATL_E_WINDOW, ST_WINDOW},
		{ATL_E_LOCKED, ST_LOCKED},
		{ATL_E_DAMAGED, ST_DAMAGED},
		{ATL_E_NOT_FOUND, ST_NOT_FOUND},
		{ATL_E_BUSY, ST_BUSY},
		{ATL_E_MEMORY, ST_NOMEM},
		{ATL_E_IO, ST_IO},
		{ATL_E_STOPPED, ST_STOPPED},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].code == code)
			return rows[i].status;
	return ST_FAIL;
}

enum status ask_check(atl_code code, const atl_error *e, struct err *err)
{
	return code == ATL_OK ? ST_OK
			      : err_set(err, status_of(code), "%s", e->message);
}

/* A copy for the library, which makes its own of it; NULL when there is no
 * key. */
static enum status copy_key(
	const struct secret *key, char **ret, struct err *err)
{
	*ret = NULL;
	if (key == NULL)
		return ST_OK;
	*ret = strndup((const char *)key->p, key->len);
	return *ret != NULL ? ST_OK : err_nomem(err);
}

static void free_key(char *key)
{
	if (key != NULL)
		explicit_bzero(key, strlen(key));
	free(key);
}

/* Called for the key of an endpoint: when it is first needed, and when it was
 * refused. */
static atl_code get_key(
	char *buf, size_t room, size_t *ret_length, void *payload)
{
	struct ask_key *k = payload;
	const struct secret *key = NULL;
	struct err err;
	bool again = k->taken;

	k->taken = true;
	if (again && !app_renew_key(k->app, k->at))
		return ATL_E_AUTH;
	if (agent_key(k->at, &k->app->env.keys, &key, &err) != ST_OK) {
		app_say(k->app, "%s", err.msg);
		return ATL_E_CONFIG;
	}
	if (key == NULL || key->len > room)
		return ATL_E_AUTH;
	memcpy(buf, key->p, key->len);
	*ret_length = key->len;
	return ATL_OK;
}

/* Fills in what concerns the endpoint. The caller frees *ret_headers. */
static enum status put_link(const struct agent *g, atl_agent_options *o,
	const char ***ret_headers, struct err *err)
{
	const char **headers = calloc(g->headers_n + 1, sizeof(*headers));

	if (headers == NULL)
		return err_nomem(err);
	if (g->headers_n > 0)
		memcpy(headers, g->headers, g->headers_n * sizeof(*headers));
	*ret_headers = headers;
	o->endpoint = g->url;
	o->model = g->model_given ? g->model : NULL;
	o->auth_header = g->auth_header;
	o->headers = headers;
	o->max_tokens = g->max_tokens;
	o->context = g->context;
	o->connect_timeout_ms = g->connect_ms;
	o->first_byte_timeout_ms = g->first_byte_ms;
	o->idle_timeout_ms = g->idle_ms;
	o->ca_file = g->cacert;
	o->client_cert = g->cert;
	o->client_key = g->cert_key;
	o->pin = g->pin;
	o->proxy = g->proxy;
	o->insecure_http_host = g->insecure_http;
	o->http11 = g->http11;
	o->no_stream_options = g->no_stream_options;
	o->fixed_context = g->context_given;
	o->renew_key = get_key;
	return ST_OK;
}

/* One endpoint of a pool in the form that the library takes. */
struct part {
	atl_agent_options o;
	const char **headers;
	char *key;
};

/* A key is asked for when the endpoint's turn comes, since that may take a
 * command or a passphrase. Only whether an optional one exists is known at
 * once. */
static enum status put_part(struct ask_key *k, struct part *part,
	atl_pool_endpoint *e, struct err *err)
{
	static const atl_agent_options fresh = ATL_AGENT_OPTIONS_INIT;
	const struct agent *g = k->at;
	const struct secret *key = NULL;
	enum status st;

	part->o = fresh;
	part->o.name = g->endpoint;
	part->o.renew_payload = k;
	e->how = &part->o;
	e->weight = g->weight;
	e->max_concurrent = g->max_concurrent;
	e->key_later = g->key.source != KEY_NONE && !g->key.optional;
	if (g->key.optional &&
		agent_key(g, &k->app->env.keys, &key, NULL) != ST_OK)
		key = NULL;
	k->taken = key != NULL;
	st = copy_key(key, &part->key, err);
	part->o.api_key = part->key;
	return st == ST_OK ? put_link(g, &part->o, &part->headers, err) : st;
}

static enum status add_parts(struct ask_agent *a, struct app *app,
	const struct app_agent *from, struct part *parts, struct err *err)
{
	const struct route *r = &from->route;
	const char *models[ROUTE_MODELS_MAX + 1] = {0};
	atl_pool_endpoint endpoints[CONFIG_POOL_MAX] = {{0}};
	atl_pool_options p = ATL_POOL_OPTIONS_INIT;
	enum status st = ST_OK;
	atl_error e;
	size_t i;

	for (i = 0; st == ST_OK && i < from->stops_n; i++) {
		a->pool[i] = (struct ask_key){app, &from->stops[i], false};
		st = put_part(&a->pool[i], &parts[i], &endpoints[i], err);
	}
	if (st != ST_OK)
		return st;
	for (i = 0; i < r->fallback_n && i < ROUTE_MODELS_MAX; i++)
		models[i] = r->fallback[i];
	if (from->agent.pool != NULL &&
		from->agent.pool->strategy == CONF_BALANCE)
		p.strategy = ATL_POOL_BALANCE;
	p.name = r->name;
	p.endpoints = endpoints;
	p.endpoint_count = from->stops_n;
	p.fallback = models;
	return ask_check(atl_agent_pool(a->agent, &p, &e), &e, err);
}

static enum status add_pool(struct ask_agent *a, struct app *app,
	const struct app_agent *from, struct err *err)
{
	struct part *parts = calloc(from->stops_n + 1, sizeof(*parts));
	enum status st;
	size_t i;

	a->pool = calloc(from->stops_n + 1, sizeof(*a->pool));
	st = parts != NULL && a->pool != NULL
		? add_parts(a, app, from, parts, err)
		: err_nomem(err);
	for (i = 0; parts != NULL && i < from->stops_n; i++) {
		free_key(parts[i].key);
		free(parts[i].headers);
	}
	free(parts);
	return st;
}

static enum status make(struct ask_agent *a, struct app *app,
	const struct app_agent *from, const char *schema, struct err *err)
{
	atl_agent_options o = ATL_AGENT_OPTIONS_INIT;
	const char **headers = NULL;
	struct buf parameters;
	char *key = NULL;
	atl_error e;
	const struct agent *g;
	enum status st;

	buf_init(&parameters, BUF_LARGE);
	g = &from->agent;
	a->key = (struct ask_key){app, g, true};
	st = put_link(g, &o, &headers, err);
	if (st == ST_OK)
		st = copy_key(from->key, &key, err);
	if (st != ST_OK)
		goto out;
	o.name = g->name;
	o.api_key = key;
	o.renew_payload = &a->key;
	o.system = g->system;
	o.language = g->language;
	o.temperature = g->temperature;
	o.stream = !g->whole;
	o.retries = g->retries;
	sampling_put(&g->sampling, &parameters);
	st = buf_check(&parameters, "parameters", err);
	if (st != ST_OK)
		goto out;
	o.parameters = parameters.len > 0 ? parameters.p : NULL;
	o.schema = schema;
	if (g->images != CONF_UNSAID)
		o.images = g->images == CONF_ON ? 1 : -1;
	o.record = a->judges ? NULL : app->args.record;
	o.replay = a->judges ? NULL : app->args.replay;
	o.replay_speed = app->args.replay_speed.v;
	/* Whoever sees the countdown can end it. */
	if (term_get()->err && term_get()->in)
		o.max_wait_ms = -1;
	st = ask_check(atl_agent_create(&a->agent, &o, &e), &e, err);
	if (st == ST_OK && g->route != NULL)
		st = add_pool(a, app, from, err);
out:
	buf_release(&parameters);
	free_key(key);
	free(headers);
	return st;
}

static enum status add_guard(struct ask_agent *a, struct app *app,
	const struct app_agent *from, struct err *err)
{
	const struct guard_with *g = from->agent.guard;
	atl_error e;
	enum status st;

	a->guard = calloc(1, sizeof(*a->guard));
	if (a->guard == NULL)
		return err_nomem(err);
	a->guard->judges = true;
	st = make(a->guard, app, from->judge, NULL, err);
	if (st != ST_OK)
		return st;
	return ask_check(
		atl_agent_guard(a->agent, a->guard->agent,
			g->mode == GUARD_WARN ? ATL_GUARD_WARN
					      : ATL_GUARD_BLOCK,
			(g->after ? ATL_GUARD_AFTER : 0) |
				(g->allow ? ATL_GUARD_ALLOW_UNDECIDED : 0),
			&e),
		&e, err);
}

enum status ask_agent_make(struct ask_agent *a, struct app *app,
	const char *schema, struct err *err)
{
	struct app_agent *from = NULL;
	enum status st = app_agent(app, span_of(NULL, 0), &from, err);

	if (st == ST_OK)
		st = make(a, app, from, schema, err);
	if (st == ST_OK && from->agent.guard != NULL)
		st = add_guard(a, app, from, err);
	return st;
}

void ask_agent_release(struct ask_agent *a)
{
	atl_agent_free(a->agent);
	if (a->guard != NULL)
		ask_agent_release(a->guard);
	free(a->guard);
	a->guard = NULL;
	free(a->pool);
	a->agent = NULL;
	a->pool = NULL;
}
