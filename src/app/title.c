#include "app/title.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "engine/session.h"
#include "net/http.h"
#include "tty/term.h"

enum {
	MESSAGES = 4, /* that the model is shown, */
	BYTES = 1500, /* and of each of them */
	TITLE_TOKENS = 40,
	TITLE_BYTES = 200,
};

struct asking {
	struct app *app;
	struct session *session;
	bool stopped;
};

static enum status put_question(
	const struct conv *conv, struct buf *out, struct err *err)
{
	struct msg **path = NULL;
	size_t n = 0;
	size_t i;
	enum status st = conv_path(conv, &path, &n, err);

	if (st == ST_OK && n == 0)
		st = err_set(err, ST_USAGE, "nothing has been said yet");
	buf_str(out,
		"Give a title of at most six words to the conversation below, "
		"in its language. Answer with the title alone, without "
		"quotes.\n");
	for (i = 0; st == ST_OK && i < n && i < MESSAGES; i++) {
		struct span text = buf_view(&path[i]->text);

		text.n = utf8_floor(text, BYTES);
		buf_fmt(out, "\n%s: ", role_name(path[i]->role));
		buf_span(out, text);
		buf_char(out, '\n');
	}
	free(path);
	return st == ST_OK ? buf_check(out, "question", err) : st;
}

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
	int http = http_timeout_ms(a->app->http);
	int session = session_timeout_ms(a->session);

	return http < 0 || (session >= 0 && session < http) ? session : http;
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

/* The first line that says anything, without what models put around it. */
static void put_title(struct span text, struct buf *out)
{
	struct span line = {NULL, 0};

	while (text.p != NULL && line.n == 0) {
		line = span_trim(span_cut(&text, '\n'));
		while (line.n > 0 &&
			(line.p[0] == '"' || line.p[0] == '#' ||
				line.p[0] == '*' || line.p[0] == ' '))
			line = span_of(line.p + 1, line.n - 1);
		while (line.n > 0 &&
			(line.p[line.n - 1] == '"' ||
				line.p[line.n - 1] == '*' ||
				line.p[line.n - 1] == '.'))
			line.n--;
	}
	line.n = utf8_floor(line, TITLE_BYTES);
	buf_span(out, line);
}

enum status title_ask(struct app *app, struct app_agent *agent,
	const struct conv *conv, struct buf *out, struct err *err)
{
	struct session_options o = {.http = app->http, .known = &app->known};
	struct asking a = {.app = app};
	struct agent brief = agent->agent;
	struct msg *m = msg_new(ROLE_USER);
	const struct session_result *res;
	enum status st;

	if (m == NULL)
		return err_nomem(err);
	brief.max_tokens = TITLE_TOKENS;
	brief.system = "";
	st = put_question(conv, &m->text, err);
	if (st == ST_OK)
		st = session_new(&a.session, &o, err);
	if (st == ST_OK)
		st = session_ask(
			a.session, m, &brief, agent->key, on_event, &a, err);
	if (st != ST_OK) {
		msg_free(m);
		session_free(a.session);
		return st;
	}
	st = wait_for_it(&a, err);
	res = session_result(a.session);
	if (st == ST_OK && a.stopped)
		st = err_set(err, ST_STOPPED, "stopped; the title stays");
	else if (st == ST_OK && res->status != ST_OK) {
		st = res->status;
		*err = res->err;
	}
	if (st == ST_OK && res->reply != NULL)
		put_title(buf_view(&res->reply->text), out);
	if (st == ST_OK && out->len == 0)
		st = err_set(err, ST_SERVER, "the model gave no title");
	session_free(a.session);
	return st;
}
