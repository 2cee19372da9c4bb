#include "engine/api_priv.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/vec.h"
#include "engine/link.h"
#include "net/http.h"
#include "wire/schema.h"

/* The most texts that one agent owns: options, headers, NULL. */
enum { TEXTS_MAX = 4096 };

const char *api_own(atl_agent *a, const char *text)
{
	char *copy;

	if (!vec_grow(&a->texts, &a->texts_cap, a->texts_n + 1,
		    sizeof(*a->texts), TEXTS_MAX))
		return NULL;
	copy = str_dup(text);
	if (copy != NULL)
		a->texts[a->texts_n++] = copy;
	return copy;
}

/* Copies a text for the agent; NULL leaves *ret alone. False without memory. */
static bool own(atl_agent *a, const char *text, const char **ret)
{
	const char *copy;

	if (text == NULL)
		return true;
	copy = api_own(a, text);
	if (copy != NULL)
		*ret = copy;
	return copy != NULL;
}

static bool own_headers(
	atl_agent *a, struct agent *g, const char *const *headers)
{
	size_t n = 0;

	while (headers != NULL && headers[n] != NULL)
		n++;
	if (n == 0)
		return true;
	if (n > TEXTS_MAX / 2)
		return false;
	g->headers = calloc(n, sizeof(*g->headers));
	if (g->headers == NULL)
		return false;
	for (; g->headers_n < n; g->headers_n++)
		if (!own(a, headers[g->headers_n], &g->headers[g->headers_n]))
			return false;
	return true;
}

static bool own_texts(atl_agent *a, struct agent *g, const atl_agent_options *o)
{
	g->name = "llama";
	g->model = AGENT_MODEL;
	g->system = "";
	return own(a, o->name, &g->name) && own(a, o->endpoint, &g->url) &&
		own(a, o->model, &g->model) && own(a, o->system, &g->system) &&
		own(a, o->language, &g->language) &&
		own(a, o->auth_header, &g->auth_header) &&
		own(a, o->ca_file, &g->cacert) &&
		own(a, o->client_cert, &g->cert) &&
		own(a, o->client_key, &g->cert_key) &&
		own(a, o->pin, &g->pin) && own(a, o->proxy, &g->proxy) &&
		own(a, o->insecure_http_host, &g->insecure_http) &&
		own_headers(a, g, o->headers);
}

static void copy_numbers(struct agent *g, const atl_agent_options *o)
{
	g->temperature = o->temperature;
	g->max_tokens = o->max_tokens;
	g->context = o->context;
	g->retries = o->retries;
	g->whole = o->stream == 0;
	g->connect_ms = o->connect_timeout_ms;
	g->first_byte_ms = o->first_byte_timeout_ms;
	g->idle_ms = o->idle_timeout_ms;
	g->http11 = o->http11 != 0;
	g->model_given = o->model != NULL;
	g->context_given = o->fixed_context != 0;
	g->no_stream_options = o->no_stream_options != 0;
	if (o->images != 0)
		g->images = o->images > 0 ? CONF_ON : CONF_OFF;
}

bool api_take(atl_agent *a, struct agent *g, const atl_agent_options *o)
{
	copy_numbers(g, o);
	return own_texts(a, g, o);
}

static enum status open_fds(atl_agent *a, struct err *err)
{
	struct epoll_event ev = {.events = EPOLLIN};

	a->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	a->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (a->epoll_fd < 0 || a->cancel_fd < 0 ||
		epoll_ctl(a->epoll_fd, EPOLL_CTL_ADD, a->cancel_fd, &ev) != 0 ||
		epoll_ctl(a->epoll_fd, EPOLL_CTL_ADD, http_fd(a->http), &ev) !=
			0)
		return err_sys(err, ST_FAIL, "cannot watch descriptors");
	return ST_OK;
}

bool api_get_key(atl_key_fn *fn, void *payload, struct secret *key)
{
	enum { ROOM = 16 * 1024 };
	struct secret s = {0};
	size_t n = 0;
	bool other;

	if (fn == NULL || !secret_new(&s, ROOM))
		return false;
	other = fn((char *)s.p, ROOM, &n, payload) == ATL_OK && n > 0 &&
		n <= ROOM;
	s.len = other ? n : 0;
	other = other && !span_eq(secret_view(&s), secret_view(key));
	if (other) {
		secret_free(key);
		*key = s;
	} else {
		secret_free(&s);
	}
	return other;
}

bool api_renew_key(const struct agent *agent, void *payload)
{
	atl_agent *a = payload;

	(void)agent;
	return api_get_key(a->renew_key, a->renew_payload, &a->key);
}

static enum status set_schema(atl_agent *a, const char *text, struct err *err)
{
	enum status st;

	if (text == NULL)
		return ST_OK;
	st = schema_parse(span_str(text), &a->schema, err);
	if (st != ST_OK) {
		err_prefix(err, "schema");
		return st;
	}
	a->agent.schema = api_own(a, text);
	a->agent.schema_strict = schema_is_strict(a->schema);
	return a->agent.schema != NULL ? ST_OK : err_nomem(err);
}

atl_code atl_agent_create(
	atl_agent **ret, const atl_agent_options *o, atl_error *error)
{
	atl_agent *a;
	struct err err = {0};
	enum status st = ST_OK;

	if (o == NULL || o->version != ATL_AGENT_OPTIONS_VERSION)
		return api_give(err_set(&err, ST_USAGE,
					"unknown version of atl_agent_options"),
			&err, error);
	if (o->endpoint == NULL || o->endpoint[0] == '\0')
		return api_give(err_set(&err, ST_CONFIG, "no endpoint is set"),
			&err, error);
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return api_give(err_nomem(&err), &err, error);
	a->epoll_fd = -1;
	a->cancel_fd = -1;
	a->max_wait_ms = o->max_wait_ms;
	a->renew_key = o->renew_key;
	a->renew_payload = o->renew_payload;
	known_init(&a->known);
	if (!api_take(a, &a->agent, o) ||
		(o->api_key != NULL && o->api_key[0] != '\0' &&
			!secret_set(&a->key, o->api_key, strlen(o->api_key))))
		st = err_nomem(&err);
	if (st == ST_OK)
		st = api_parameters(a, o->parameters, &err);
	if (st == ST_OK)
		st = set_schema(a, o->schema, &err);
	if (st == ST_OK)
		st = http_new(&a->http, &err);
	if (st == ST_OK)
		st = link_tape(
			a->http, o->record, o->replay, o->replay_speed, &err);
	if (st == ST_OK)
		st = open_fds(a, &err);
	if (st != ST_OK) {
		atl_agent_free(a);
		return api_give(st, &err, error);
	}
	*ret = a;
	return api_give(ST_OK, &err, error);
}

void atl_agent_free(atl_agent *a)
{
	size_t i;

	if (a == NULL)
		return;
	http_free(a->http);
	known_release(&a->known);
	if (a->epoll_fd >= 0)
		(void)close(a->epoll_fd);
	if (a->cancel_fd >= 0)
		(void)close(a->cancel_fd);
	secret_free(&a->key);
	api_pool_release(a);
	agent_release(&a->agent);
	schema_free(a->schema);
	for (i = 0; i < a->texts_n; i++)
		free(a->texts[i]);
	free(a->texts);
	free(a);
}

void atl_agent_cancel(atl_agent *a)
{
	static const uint64_t one = 1;

	atomic_store(&a->cancel, true);
	/* It fails when the counter is full, and then the reader wakes
	 * anyway. */
	if (write(a->cancel_fd, &one, sizeof(one)) < 0)
		return;
}

int atl_agent_fd(const atl_agent *a)
{
	return a->epoll_fd;
}

int atl_agent_timeout_ms(const atl_agent *a)
{
	int http = http_timeout_ms(a->http);
	int session = a->active != NULL ? session_timeout_ms(a->active) : -1;

	if (http < 0 || (session >= 0 && session < http))
		return session;
	return http;
}

static void take_cancel(atl_agent *a)
{
	uint64_t count;

	if (!atomic_exchange(&a->cancel, false))
		return;
	if (read(a->cancel_fd, &count, sizeof(count)) < 0)
		return;
	if (a->active != NULL)
		session_stop(a->active);
}

enum status api_step(atl_agent *a, struct err *err)
{
	enum status st;

	take_cancel(a);
	st = http_step(a->http, err);
	take_cancel(a);
	if (a->active != NULL) {
		session_step(a->active);
		if (!session_active(a->active))
			a->active = NULL;
	}
	return st;
}

atl_code atl_agent_step(atl_agent *a, atl_error *error)
{
	struct err err = {0};
	enum status st = api_step(a, &err);

	return api_give(st, &err, error);
}
