#include "app/serve.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/key.h"
#include "app/reuse.h"
#include "app/serve_token.h"
#include "app/unlock.h"
#include "base/clock.h"
#include "base/file.h"
#include "net/http.h"
#include "serve/listen.h"
#include "serve/service.h"
#include "tty/term.h"

enum {
	GRACE_MS = 30000,
	LAST_MS = 5000, /* for clients to take their answers, once */
	HOSTS_OWN = 1, /* places for the address listened on */
};

/* An earlier configuration whose agents may still be in use. */
struct retired {
	struct app app;
	struct retired *next;
};

struct serving {
	struct app *app;
	struct service *service;
	struct listening listening;
	struct buf token_path;
	struct buf openapi;
	struct buf own_host;
	const char **hosts;
	struct retired *retired;
	int stops; /* signals to stop that have come */
	int64_t until_ms; /* when the present phase of stopping ends */
	bool hurried;
	bool over;
};

/*
 * Callbacks of the service
 */

static enum status give_agent(struct span name, struct service_agent *ret,
	void *payload, struct err *err)
{
	struct serving *s = payload;
	struct app_agent *a = NULL;
	enum status st = app_agent(s->app, name, &a, err);

	if (st != ST_OK)
		return st;
	ret->agent = &a->agent;
	ret->key = a->key;
	return ST_OK;
}

static const char *give_name(size_t i, void *payload)
{
	const struct serving *s = payload;

	return agent_name_at(&s->app->config, i);
}

static bool renew_key(const struct agent *agent, void *payload)
{
	struct serving *s = payload;

	return app_renew_key(s->app, agent);
}

/* Gets an API key from the vault, which belongs to the worker while it is
 * busy. */
static enum status vault_key(
	const char *name, struct secret *ret, void *payload, struct err *err)
{
	struct serving *s = payload;
	enum status st;

	if (s->service != NULL)
		service_hold_store(s->service);
	st = key_from_vault(name, ret, s->app, err);
	if (s->service != NULL)
		service_release_store(s->service);
	return st;
}

static void log_line(struct span line, void *payload)
{
	const struct serving *s = payload;
	struct buf out;

	if (s->app->args.quiet)
		return;
	buf_init(&out, BUF_SMALL);
	buf_span(&out, line);
	buf_char(&out, '\n');
	/* There is nowhere to report a stderr that cannot be written. */
	(void)!fd_write_full(STDERR_FILENO, out.p, out.len);
	buf_release(&out);
}

/*
 * The beginning
 */

static enum status open_socket(struct serving *s, struct err *err)
{
	const struct args *a = &s->app->args;
	bool inherited = false;
	enum status st = listening_inherit(&s->listening, &inherited, err);

	if (st == ST_OK && inherited && a->listen != NULL)
		st = err_set(err, ST_USAGE,
			"--listen and a socket from systemd exclude each "
			"other");
	if (st == ST_OK && !inherited)
		st = listening_open(&s->listening,
			a->listen != NULL ? a->listen : LISTEN_DEFAULT, err);
	if (st == ST_OK && !s->listening.loopback && !a->insecure_listen)
		st = err_set(err, ST_USAGE,
			"%s can be reached from other machines, and nothing "
			"is encrypted: put a proxy with TLS before it, or say "
			"--insecure-listen",
			s->listening.host);
	return st;
}

/* Collects the names by which the server may be addressed, its own address
 * first. */
static enum status gather_hosts(
	struct serving *s, struct server_options *o, struct err *err)
{
	const struct opt_list *allowed = &s->app->args.allow_hosts;
	size_t i;

	s->hosts = calloc(allowed->n + HOSTS_OWN, sizeof(*s->hosts));
	if (s->hosts == NULL)
		return err_nomem(err);
	buf_fmt(&s->own_host, "%s:%u", s->listening.host,
		(unsigned)s->listening.port);
	s->hosts[0] = s->own_host.p;
	for (i = 0; i < allowed->n; i++)
		s->hosts[HOSTS_OWN + i] = allowed->v[i];
	o->hosts = s->hosts;
	o->n_hosts = allowed->n + HOSTS_OWN;
	o->origins = s->app->args.allow_origins.v;
	o->n_origins = s->app->args.allow_origins.n;
	o->any_host = s->listening.is_unix && allowed->n == 0;
	return buf_check(&s->own_host, "address", err);
}

static enum status read_openapi(struct serving *s, struct err *err)
{
	struct buf path;
	enum status st;

	buf_init(&path, BUF_SMALL);
	st = file_share("doc/openapi.json", &path, err);
	if (st == ST_OK)
		st = file_read(path.p, &s->openapi, err);
	buf_release(&path);
	return st;
}

static void hold_store(void *payload)
{
	struct serving *s = payload;

	if (s->service != NULL)
		service_hold_store(s->service);
}

static void release_store(void *payload)
{
	struct serving *s = payload;

	if (s->service != NULL)
		service_release_store(s->service);
}

static enum status start(struct serving *s, struct err *err)
{
	struct app *app = s->app;
	const struct args *a = &app->args;
	struct service_options o = {
		.known = &app->known,
		.strict = a->strict,
		.calls = a->jobs.set ? (size_t)a->jobs.v : 0,
		.agent = give_agent,
		.agent_name = give_name,
		.renew_key = renew_key,
		.log = log_line,
		.payload = s,
	};
	enum status st;

	o.server.connections = a->connections.set ? (unsigned)a->connections.v
						  : 0;
	st = gather_hosts(s, &o.server, err);
	if (st == ST_OK)
		st = serve_token(app, &o.server.token, &s->token_path, err);
	if (st == ST_OK)
		st = read_openapi(s, err);
	if (st == ST_OK)
		st = app_http(app, err);
	if (st != ST_OK)
		return st;
	reuse_open(app,
		&(struct cache_options){.hold = hold_store,
			.release = release_store,
			.payload = s});
	o.http = app->http;
	o.cache = app->cache;
	o.openapi = buf_view(&s->openapi);
	o.vault = app->storage.vault;
	o.catalog = app->storage.catalog;
	o.server.listen_fd = s->listening.fd;
	st = service_new(&s->service, &o, err);
	if (st == ST_OK)
		s->listening.fd = -1; /* taken */
	return st;
}

static void greet(struct serving *s)
{
	struct buf where;

	buf_init(&where, BUF_SMALL);
	listening_name(&s->listening, &where);
	app_note(s->app, "serving on %s; the token is in %s%s", where.p,
		s->token_path.p,
		s->app->storage.vault == NULL ? "; nothing is saved" : "");
	buf_release(&where);
}

/*
 * Signals
 */

static void free_retired(struct serving *s)
{
	while (s->retired != NULL) {
		struct retired *r = s->retired;

		s->retired = r->next;
		app_release(&r->app);
		free(r);
	}
}

static void reload(struct serving *s)
{
	struct retired *r = calloc(1, sizeof(*r));
	struct err err = {0};
	enum status st = r == NULL ? err_nomem(&err)
				   : app_reload(s->app, &r->app, &err);

	if (st != ST_OK) {
		free(r);
		app_say(s->app, "%s\nthe configuration stays as it was",
			err.msg);
		return;
	}
	r->next = s->retired;
	s->retired = r;
	if (serve_token_renew(s->app, &s->token_path, &err) != ST_OK)
		app_say(s->app, "%s\nthe token stays as it was", err.msg);
	app_note(s->app, "the configuration was read again");
}

static void stop(struct serving *s)
{
	const struct opt_int *grace = &s->app->args.grace;

	s->stops++;
	if (s->stops == 1) {
		service_quiesce(s->service);
		s->until_ms = clock_mono_ms() +
			(grace->set ? (int64_t)grace->v : GRACE_MS);
	} else {
		s->until_ms = clock_mono_ms();
	}
	if (s->stops > 2)
		s->over = true;
}

static enum status signal_ready(short revents, void *payload, struct err *err)
{
	struct serving *s = payload;
	int number;

	(void)revents;
	(void)err;
	while ((number = term_next_signal()) != 0) {
		if (number == SIGHUP)
			reload(s);
		else if (number == SIGTSTP)
			term_stop();
		else if (number == SIGTERM || number == SIGINT)
			stop(s);
	}
	return ST_OK;
}

/* Moves on to the next phase of stopping when the present one is over. */
static void go_on_stopping(struct serving *s)
{
	if (s->stops == 0)
		return;
	if (service_idle(s->service)) {
		s->over = true;
	} else if (clock_mono_ms() >= s->until_ms) {
		s->over = s->over || s->hurried;
		if (!s->hurried)
			service_hurry(s->service);
		s->hurried = true;
		s->until_ms = clock_mono_ms() + LAST_MS;
	}
}

/*
 * The loop
 */

static int service_wait(void *payload)
{
	struct serving *s = payload;
	int wait = service_timeout_ms(s->service);
	int64_t left = s->until_ms - clock_mono_ms();

	if (s->stops == 0 || (wait >= 0 && wait <= left))
		return wait;
	return left < 0 ? 0 : (int)left;
}

static enum status service_ready(short revents, void *payload, struct err *err)
{
	struct serving *s = payload;

	(void)revents;
	return service_step(s->service, err);
}

static int http_wait(void *payload)
{
	struct serving *s = payload;

	return http_timeout_ms(s->app->http);
}

/* What came from an endpoint is sent on in the same pass of the loop. */
static enum status http_ready(short revents, void *payload, struct err *err)
{
	struct serving *s = payload;
	enum status st = http_step(s->app->http, err);

	(void)revents;
	return st == ST_OK ? service_step(s->service, err) : st;
}

static enum status loop(struct serving *s, struct err *err)
{
	enum status st = ST_OK;

	while (st == ST_OK && !s->over) {
		struct loop_source sources[] = {
			{http_fd(s->app->http), POLLIN, http_wait, http_ready,
				s},
			{service_fd(s->service), POLLIN, service_wait,
				service_ready, s},
			{s->app->signal_fd, POLLIN, NULL, signal_ready, s},
			app_guide_source(s->app),
		};

		st = loop_once(
			sources, sizeof(sources) / sizeof(sources[0]), err);
		go_on_stopping(s);
		if (s->retired != NULL && service_idle(s->service))
			free_retired(s);
	}
	return st;
}

enum status serve_run(struct app *app, struct err *err)
{
	struct serving s = {.app = app};
	struct app_agent *first = NULL;
	enum status st;

	listening_init(&s.listening);
	buf_init(&s.token_path, BUF_SMALL);
	buf_init(&s.openapi, BUF_LARGE);
	buf_init(&s.own_host, BUF_SMALL);
	app->env.keys.vault = vault_key;
	app->env.keys.vault_payload = &s;
	loop_raise_files();
	st = open_socket(&s, err);
	if (st == ST_OK)
		st = unlock_storage(app, err);
	/* Makes the default agent, so that a bad configuration shows before
	 * anybody asks. */
	if (st == ST_OK)
		st = app_agent(app, span_of(NULL, 0), &first, err);
	if (st == ST_OK)
		st = start(&s, err);
	if (st == ST_OK) {
		greet(&s);
		st = loop(&s, err);
	}
	service_free(s.service);
	app->env.keys.vault = key_from_vault;
	app->env.keys.vault_payload = app;
	free_retired(&s);
	listening_release(&s.listening);
	buf_release(&s.token_path);
	buf_release(&s.openapi);
	buf_release(&s.own_host);
	free(s.hosts);
	return st;
}
