#include "engine/route.h"

#include <string.h>

#include "conf/preset.h"
#include "engine/known.h"
#include "net/pool.h"
#include "wire/url.h"

static bool is_chosen(const struct route *r, const struct agent *who)
{
	return strcmp(r->model, who->model) != 0;
}

size_t route_models(const struct route *r, const struct agent *who)
{
	size_t n;

	/* Who chose a model in the chat gets that one or none. */
	if (r == NULL || is_chosen(r, who))
		return 1;
	n = r->fallback_n;
	return 1 + (n < ROUTE_MODELS_MAX ? n : ROUTE_MODELS_MAX);
}

/* All that is the endpoint's and not the agent's. */
static void go_to(struct agent *a, const struct agent *there)
{
	a->url = there->url;
	a->endpoint = there->endpoint;
	a->preset = there->preset;
	a->context = there->context;
	a->context_given = there->context_given;
	a->connect_ms = there->connect_ms;
	a->first_byte_ms = there->first_byte_ms;
	a->idle_ms = there->idle_ms;
	a->key = there->key;
	a->auth_header = there->auth_header;
	a->headers = there->headers;
	a->headers_n = there->headers_n;
	a->cacert = there->cacert;
	a->cert = there->cert;
	a->cert_key = there->cert_key;
	a->pin = there->pin;
	a->proxy = there->proxy;
	a->http11 = there->http11;
	a->no_stream_options = there->no_stream_options;
	a->prefill = there->prefill;
	a->prefill = there->prefill;
	a->insecure_http = there->insecure_http;
	/* The longest answer that the host gives, unless more was asked for. */
	if (there->preset != NULL && there->preset->max_output.set &&
		there->max_tokens == there->preset->max_output.v &&
		there->max_tokens < a->max_tokens)
		a->max_tokens = there->max_tokens;
}

void route_agent(const struct route *r, const struct agent *who, size_t stop,
	size_t model, struct agent *ret)
{
	const struct agent *there = r != NULL && r->pool != NULL
		? &r->stops[stop]
		: NULL;

	*ret = *who;
	ret->own_url = NULL;
	if (there != NULL)
		go_to(ret, there);
	if (model > 0) {
		ret->model = r->fallback[model - 1];
		ret->model_given = true;
	} else if (there != NULL && !is_chosen(r, who)) {
		ret->model = there->model;
		ret->model_given = there->model_given;
	}
}

const char *route_name(const struct agent *at)
{
	return at->endpoint != NULL ? at->endpoint : at->url;
}

static int64_t window_at(const struct agent *at, struct known *known)
{
	int64_t window = at->context_given || at->kind != AGENT_CHAT
		? 0
		: known_window(known_host(known, at->url), span_str(at->model));

	return window > 0 ? window : at->context;
}

int64_t route_window(const struct agent *who, struct known *known)
{
	const struct route *r = who->route;
	int64_t widest = 0;
	size_t i;

	if (r == NULL || r->pool == NULL)
		return window_at(who, known);
	for (i = 0; i < pool_size(r->pool); i++) {
		struct agent at;
		int64_t window;

		route_agent(r, who, i, 0, &at);
		window = window_at(&at, known);
		if (window > widest)
			widest = window;
	}
	return widest;
}

/* The endpoints of the pool, one bit each, of which `is` holds. */
static uint64_t endpoints_where(const struct agent *who, struct known *known,
	size_t model, bool (*is)(const struct agent *, struct known *, int64_t),
	int64_t limit)
{
	const struct route *r = who->route;
	uint64_t found = 0;
	size_t i;

	for (i = 0; r->pool != NULL && i < pool_size(r->pool); i++) {
		struct agent at;

		route_agent(r, who, i, model, &at);
		if (is(&at, known, limit))
			found |= (uint64_t)1 << i;
	}
	return found;
}

static bool is_too_small(
	const struct agent *at, struct known *known, int64_t tokens)
{
	return window_at(at, known) < tokens;
}

uint64_t route_too_small(const struct agent *who, struct known *known,
	size_t model, int64_t tokens)
{
	return endpoints_where(who, known, model, is_too_small, tokens);
}

static bool is_missing(
	const struct agent *at, struct known *known, int64_t now_ms)
{
	return known_is_missing(
		known_host(known, at->url), span_str(at->model), now_ms);
}

uint64_t route_missing(const struct agent *who, struct known *known,
	size_t model, int64_t now_ms)
{
	return endpoints_where(who, known, model, is_missing, now_ms);
}

size_t route_stop(const struct route *r, struct span origin)
{
	struct buf here;
	size_t found = 0;
	size_t i;

	if (r == NULL || r->pool == NULL || origin.n == 0)
		return found;
	buf_init(&here, BUF_SMALL);
	for (i = 0; found == 0 && i < pool_size(r->pool); i++) {
		struct url url;

		buf_reset(&here);
		if (url_parse(span_str(r->stops[i].url), &url, NULL) != ST_OK)
			continue;
		url_origin(&url, &here);
		if (span_eq(buf_view(&here), origin))
			found = i + 1;
	}
	buf_release(&here);
	return found;
}
