#include "app/aside.h"

#include <poll.h>
#include <signal.h>

#include "app/loop.h"
#include "base/clock.h"
#include "engine/session.h"
#include "net/http.h"
#include "tty/term.h"

struct asking {
	struct app *app;
	struct session *session;
	bool stopped;
};

/* Nothing of it is shown. */
static enum status on_event(
	const struct event *ev, void *payload, struct err *err)
{
	(void)ev;
	(void)payload;
	(void)err;
	return ST_OK;
}

static enum status signal_ready(short revents, void *payload, struct err *err)
{
	struct asking *a = payload;
	int number;

	(void)revents;
	(void)err;
	while ((number = term_next_signal()) != 0)
		if (number == SIGINT || number == SIGTERM || number == SIGHUP) {
			a->stopped = true;
			session_stop(a->session);
		}
	return ST_OK;
}

static int net_timeout(void *payload)
{
	struct asking *a = payload;

	return clock_sooner(
		http_timeout_ms(a->app->http), session_timeout_ms(a->session));
}

static enum status net_ready(short revents, void *payload, struct err *err)
{
	struct asking *a = payload;

	(void)revents;
	return http_step(a->app->http, err);
}

static enum status wait_for_it(struct asking *a, struct err *err)
{
	enum status st = ST_OK;

	while (st == ST_OK && session_active(a->session)) {
		struct loop_source sources[] = {
			{a->app->signal_fd, POLLIN, NULL, signal_ready, a},
			{http_fd(a->app->http), POLLIN, net_timeout, net_ready,
				a},
			app_guide_source(a->app),
		};

		st = loop_once(
			sources, sizeof(sources) / sizeof(sources[0]), err);
		session_step(a->session);
	}
	return st;
}

/* Asks and waits; the caller frees the session in any case. */
static enum status ask(struct asking *a, const struct agent *agent,
	const struct secret *key, struct span question, struct err *err)
{
	struct session_options o = {
		.http = a->app->http, .known = &a->app->known};
	struct msg *m = msg_new(ROLE_USER);
	enum status st;

	if (m == NULL)
		return err_nomem(err);
	buf_span(&m->text, question);
	st = buf_check(&m->text, "question", err);
	if (st == ST_OK)
		st = session_new(&a->session, &o, err);
	if (st == ST_OK)
		st = session_ask(
			a->session, m, agent, key, on_event, NULL, err);
	if (st != ST_OK) {
		msg_free(m);
		return st;
	}
	st = wait_for_it(a, err);
	if (st == ST_OK && a->stopped)
		st = err_set(err, ST_STOPPED, "stopped");
	return st;
}

static enum status take(
	const struct session_result *res, struct buf *out, struct err *err)
{
	if (res->status != ST_OK) {
		*err = res->err;
		return res->status;
	}
	if (res->reply == NULL || span_trim(buf_view(&res->reply->text)).n == 0)
		return err_set(err, ST_SERVER, "the model answered nothing");
	buf_span(out, buf_view(&res->reply->text));
	return buf_check(out, "answer", err);
}

enum status aside_ask(struct app *app, struct app_agent *agent,
	struct span question, int64_t tokens, struct buf *out, struct err *err)
{
	struct asking a = {.app = app};
	struct agent brief = agent->agent;
	enum status st;

	brief.max_tokens = tokens;
	brief.system = "";
	st = ask(&a, &brief, agent->key, question, err);
	if (st == ST_OK)
		st = take(session_result(a.session), out, err);
	session_free(a.session);
	return st;
}

enum status aside_try(struct app *app, const struct agent *agent,
	const struct secret *key, struct buf *ret_model, struct err *err)
{
	struct asking a = {.app = app};
	struct agent one = *agent;
	enum status st;

	one.max_tokens = 1;
	one.retries = 0;
	one.system = "";
	/* Only this endpoint and this model are tried. */
	one.route = NULL;
	st = ask(&a, &one, key, span_str("Say hello."), err);
	if (st == ST_OK) {
		const struct session_result *r = session_result(a.session);

		/* A model that reasons first may have no text after one
		 * token. */
		if (r->status != ST_OK && r->status != ST_LENGTH) {
			st = r->status;
			*err = r->err;
		} else if (r->reply != NULL) {
			buf_set(ret_model, buf_view(&r->reply->model));
		}
	}
	session_free(a.session);
	return st;
}
