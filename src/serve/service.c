#include "serve/service.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/call.h"
#include "serve/worker.h"
#include "store/threads.h"

enum {
	LOOK_MS = 250, /* every call is looked at, at least this often */
	SYNCS_MAX = 256, /* live files that may wait for a sync */
};

/*
 * Syncing live files: behind everything that somebody waits for.
 */

struct sync_job {
	struct worker_job job;
	struct service *service;
	int fd;
};

static void sync_work(struct worker_job *job)
{
	struct sync_job *j = (struct sync_job *)(void *)job;

	if (fdatasync(j->fd) != 0)
		log_debug("serve: a reply under way cannot be synced");
}

static void sync_done(struct worker_job *job)
{
	struct sync_job *j = (struct sync_job *)(void *)job;

	j->service->syncs--;
	(void)close(j->fd);
	free(j);
}

static void sync_later(int fd, void *payload)
{
	struct call *c = payload;
	struct service *s = c->service;
	struct sync_job *j;

	if (s->syncs >= SYNCS_MAX)
		return;
	j = calloc(1, sizeof(*j));
	if (j == NULL)
		return;
	j->job.work = sync_work;
	j->job.done = sync_done;
	j->service = s;
	j->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (j->fd < 0) {
		free(j);
		return;
	}
	s->syncs++;
	worker_post_idle(s->worker, &j->job);
}

/*
 * Completions
 */

static void give_problem(
	struct exchange *x, const struct problem *p, const char *message)
{
	enum { UNAVAILABLE = 503 };

	if (p->http == UNAVAILABLE)
		exchange_header(x, "Retry-After", "1");
	exchange_error(x, p->http, p->type, p->code, message);
}

/* Whether another call may begin; refuses it otherwise. */
static bool has_room(struct service *s, struct exchange *x)
{
	if (s->quiet)
		give_problem(x, &problem_stopping, "the server is stopping");
	else if (s->n_calls >= s->o.calls)
		give_problem(x, &problem_busy,
			"as many completions are under way as this server "
			"takes; try again in a moment");
	else
		return true;
	return false;
}

static void refuse_query(
	struct exchange *x, struct query *q, const struct err *err)
{
	const struct problem *p = err->code == ST_DAMAGED
		? &problem_bad_json
		: problem_of(err->code);

	give_problem(x, p, err->msg);
	query_release(q);
}

enum status service_find(struct service *s, struct span name,
	struct service_agent *ret, struct err *err)
{
	return s->o.agent(name, ret, s->o.payload, err);
}

static void complete(struct service *s, struct exchange *x, bool stream)
{
	struct service_agent a = {NULL, NULL};
	struct query q;
	struct err err = {0};
	enum status st;

	query_init(&q);
	if (!has_room(s, x))
		return;
	st = service_find(s, exchange_name(x), &a, &err);
	if (st != ST_OK) {
		give_problem(x,
			st == ST_NOT_FOUND ? &problem_unknown_agent
					   : problem_of(st),
			err.msg);
		return;
	}
	st = query_read_own(&q, exchange_body(x), &err);
	if (st == ST_OK && q.thread.len > 0 && s->worker == NULL)
		st = err_set(&err, ST_USAGE,
			"this server saves nothing, so it knows no thread_id");
	if (st != ST_OK) {
		refuse_query(x, &q, &err);
		return;
	}
	q.stream = q.stream || stream;
	call_start(s, x, &face_own, &q, &a);
}

static void on_completion(struct exchange *x, void *payload)
{
	complete(payload, x, false);
}

static void on_stream_completion(struct exchange *x, void *payload)
{
	complete(payload, x, true);
}

bool service_find_model(
	struct service *s, struct span model, struct service_agent *ret)
{
	const char *name;
	size_t i;

	if (service_find(s, model, ret, NULL) == ST_OK)
		return true;
	if (model.n > 0 && service_find(s, span_str(""), ret, NULL) == ST_OK &&
		span_is(model, ret->agent->model))
		return true;
	for (i = 0; (name = s->o.agent_name(i, s->o.payload)) != NULL; i++)
		if (service_find(s, span_str(name), ret, NULL) == ST_OK &&
			span_is(model, ret->agent->model))
			return true;
	return false;
}

void service_no_model(struct exchange *x)
{
	give_problem(x, &problem_unknown_model,
		"no agent has this name or model; GET /v1/models lists them");
}

static void on_chat_completion(struct exchange *x, void *payload)
{
	struct service *s = payload;
	struct service_agent a = {NULL, NULL};
	struct query q;
	struct err err = {0};

	query_init(&q);
	if (!has_room(s, x))
		return;
	if (query_read_openai(&q, exchange_body(x), &err) != ST_OK) {
		refuse_query(x, &q, &err);
		return;
	}
	if (!service_find_model(s, buf_view(&q.model), &a)) {
		service_no_model(x);
		query_release(&q);
		return;
	}
	call_start(s, x, &face_openai, &q, &a);
}

static const struct server_route routes[] = {
	{"POST", "/agents/{name}/completion", on_completion, false},
	{"POST", "/agents/{name}/stream-completion", on_stream_completion,
		false},
	{"POST", "/v1/chat/completions", on_chat_completion, false},
	{"GET", "/agents", service_agents, false},
	{"GET", "/v1/models", service_models, false},
	{"GET", "/v1/models/{name}", service_model, false},
	{"GET", "/healthz", service_health, true},
	{"GET", "/metrics", service_metrics, false},
	{"GET", "/openapi.json", service_openapi, false},
};

/*
 * The log of requests
 */

static void put_line(const struct server_done *d, struct buf *out)
{
	struct json_writer w = {.out = out, .safe = true};

	json_open(&w, '{');
	json_key(&w, "time");
	buf_char(out, '"');
	clock_iso(clock_wall_ms(), out);
	buf_char(out, '"');
	w.more = true;
	if (d->peer.n > 0) {
		json_key(&w, "peer");
		json_add_string(&w, d->peer);
	}
	json_key(&w, "method");
	json_add_string(&w, span_str(d->method));
	json_key(&w, "path");
	json_add_string(&w, span_str(d->path));
	json_key(&w, "status");
	json_add_int(&w, d->http);
	json_key(&w, "ms");
	json_add_int(&w, d->ms);
	json_key(&w, "bytes");
	json_add_int(&w, (int64_t)d->bytes);
	if (d->broken) {
		json_key(&w, "broken");
		json_add_bool(&w, true);
	}
	buf_span(out, d->notes);
	json_close(&w, '}');
}

static void on_done(const struct server_done *d, void *payload)
{
	struct service *s = payload;
	struct buf text;

	buf_init(&text, BUF_SMALL);
	buf_fmt(&text, "%d", d->http);
	metrics_count(&s->metrics, METRICS_REQUESTS,
		span_str(d->route != NULL ? d->route->path : "other"),
		buf_view(&text), 1);
	metrics_time(&s->metrics, METRICS_SECONDS, d->ms);
	if (s->o.log != NULL) {
		buf_reset(&text);
		put_line(d, &text);
		s->o.log(buf_view(&text), s->o.payload);
	}
	buf_release(&text);
}

/*
 * The service
 */

static enum status watch(struct service *s, int fd, struct err *err)
{
	struct epoll_event ev = {.events = EPOLLIN};

	return epoll_ctl(s->fd, EPOLL_CTL_ADD, fd, &ev) == 0
		? ST_OK
		: err_sys(err, ST_FAIL, "cannot watch descriptors");
}

static enum status start_saving(struct service *s, struct err *err)
{
	enum status st;

	if (s->o.vault == NULL)
		return ST_OK;
	s->store.vault = s->o.vault;
	s->store.catalog = s->o.catalog;
	s->store.sync = sync_later;
	st = threads_key(s->o.vault, s->o.catalog, &s->store.key, err);
	if (st == ST_OK)
		st = worker_start(&s->worker, err);
	return st == ST_OK ? watch(s, worker_fd(s->worker), err) : st;
}

enum status service_new(
	struct service **ret, const struct service_options *o, struct err *err)
{
	struct server_options so = o->server;
	struct service *s = calloc(1, sizeof(*s));
	enum status st = ST_OK;

	if (s == NULL)
		return err_nomem(err);
	s->o = *o;
	if (s->o.calls == 0)
		s->o.calls = SERVICE_CALLS_MAX;
	s->due_ms = -1;
	metrics_init(&s->metrics);
	s->fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->fd < 0)
		st = err_sys(err, ST_FAIL, "cannot watch descriptors");
	if (st == ST_OK)
		st = start_saving(s, err);
	so.routes = routes;
	so.n_routes = sizeof(routes) / sizeof(routes[0]);
	so.payload = s;
	so.done = on_done;
	if (so.connections == 0)
		so.connections = SERVICE_CONNECTIONS_MAX;
	if (st == ST_OK)
		st = server_new(&s->server, &so, err);
	if (st == ST_OK)
		st = watch(s, server_fd(s->server), err);
	if (st != ST_OK) {
		service_free(s);
		return st;
	}
	*ret = s;
	return ST_OK;
}

static void step_calls(struct service *s)
{
	struct call *c;
	struct call *next;

	s->dirty = false;
	for (c = s->calls; c != NULL; c = next) {
		next = c->next;
		call_step(c);
	}
}

void service_free(struct service *s)
{
	if (s == NULL)
		return;
	s->quiet = true;
	service_hurry(s);
	step_calls(s);
	worker_stop(s->worker);
	s->worker = NULL;
	server_free(s->server);
	secret_free(&s->store.key);
	metrics_release(&s->metrics);
	if (s->fd >= 0)
		(void)close(s->fd);
	free(s);
}

int service_fd(const struct service *s)
{
	return s->fd;
}

int service_timeout_ms(const struct service *s)
{
	int wait = server_timeout_ms(s->server);
	int64_t left;

	if (s->dirty)
		return 0;
	if (s->due_ms < 0)
		return wait;
	left = s->due_ms - clock_mono_ms();
	if (left < 0)
		left = 0;
	return wait < 0 || left < wait ? (int)left : wait;
}

/* Looks at all calls when one of them has changed, and from time to time. Doing
 * that for every piece of text would cost too much. */
static void look(struct service *s)
{
	int64_t now = clock_mono_ms();
	int64_t due = now + LOOK_MS;
	struct call *c;

	if (!s->dirty && (s->due_ms < 0 || now < s->due_ms))
		return;
	step_calls(s);
	for (c = s->calls; c != NULL; c = c->next) {
		int wait = c->session != NULL ? session_timeout_ms(c->session)
					      : -1;

		call_tick(c, now);
		if (wait >= 0 && now + wait < due)
			due = now + wait;
	}
	s->due_ms = s->calls != NULL ? due : -1;
}

enum status service_step(struct service *s, struct err *err)
{
	if (s->worker != NULL)
		worker_step(s->worker);
	look(s);
	return server_step(s->server, err);
}

void service_quiesce(struct service *s)
{
	s->quiet = true;
	server_quiesce(s->server);
}

void service_hurry(struct service *s)
{
	struct call *c;

	for (c = s->calls; c != NULL; c = c->next)
		call_hurry(c);
}

bool service_idle(const struct service *s)
{
	return s->calls == NULL &&
		(s->worker == NULL || worker_waiting(s->worker) == 0);
}

void service_hold_store(struct service *s)
{
	if (s->worker != NULL)
		worker_hold(s->worker);
}

void service_release_store(struct service *s)
{
	if (s->worker != NULL)
		worker_go_on(s->worker);
}
