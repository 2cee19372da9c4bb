#include "app/setup_priv.h"

#include <string.h>

#include "engine/session.h"
#include "net/http.h"

static enum status ignore(
	const struct event *ev, void *payload, struct err *err)
{
	(void)ev;
	(void)payload;
	(void)err;
	return ST_OK;
}

static enum status wait_for(struct app *app, struct session *s, struct err *err)
{
	bool stopped = false;

	while (session_active(s) && !stopped) {
		struct loop_source sources[] = {
			app_http_source(app), app_stop_source(app, &stopped)};
		enum status st = loop_once(sources, 2, err);

		if (st != ST_OK)
			return st;
		session_step(s);
	}
	if (stopped)
		session_stop(s);
	return stopped ? err_set(err, ST_STOPPED, "stopped") : ST_OK;
}

static enum status ask(struct app *app, const struct agent *agent,
	const struct secret *key, struct buf *ret_model, struct err *err)
{
	struct session_options o = {.http = app->http, .known = &app->known};
	struct session *s = NULL;
	struct msg *m = msg_new(ROLE_USER);
	enum status st = m != NULL ? session_new(&s, &o, err) : err_nomem(err);

	if (st == ST_OK) {
		buf_str(&m->text, "Say hello.");
		st = session_ask(s, m, agent, key, ignore, NULL, err);
	}
	if (st != ST_OK) {
		msg_free(m);
		session_free(s);
		return st;
	}
	st = wait_for(app, s, err);
	if (st == ST_OK) {
		const struct session_result *r = session_result(s);

		st = r->status;
		if (st != ST_OK)
			*err = r->err;
		else if (r->reply != NULL)
			buf_set(ret_model, buf_view(&r->reply->model));
	}
	session_free(s);
	return st;
}

enum status setup_test(struct app *app, const struct setup_plan *p,
	struct span text, const char *path, struct buf *ret_model,
	struct err *err)
{
	struct agent_flags flags = {.endpoint = p->name.p};
	struct agent_sources from = {.flags = &flags, .env = &app->env};
	const struct secret *key = p->key.len > 0 ? &p->key : NULL;
	struct config config;
	struct agent agent;
	enum status st;

	config_init(&config);
	agent_init(&agent);
	st = config_parse(&config, text, path, err);
	from.config = &config;
	if (st == ST_OK)
		st = agent_resolve(&agent, &from, span_str("llama"), err);
	/* One from the environment, or by a command. */
	if (st == ST_OK && key == NULL)
		st = agent_key(&agent, &app->env.keys, &key, err);
	if (st == ST_OK)
		st = app_http(app, err);
	if (st == ST_OK) {
		agent.max_tokens = 1;
		agent.system = "";
		agent.retries = 0;
		agent.route = NULL;
		st = ask(app, &agent, key, ret_model, err);
	}
	agent_release(&agent);
	config_release(&config);
	return st;
}
