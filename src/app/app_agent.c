/* The agents of the program: found, given their endpoint, key and style, and
 * made again when the user has changed a setting of one. */
#include "app/app.h"

#include <stdlib.h>
#include <string.h>

#include "app/judge.h"
#include "app/style.h"
#include "app/ways.h"
#include "base/file.h"
#include "base/vec.h"
#include "serve/guide.h"

enum { AGENTS_MAX = 64 };

static enum status start_guide(struct app *app, struct err *err)
{
	struct buf dir;
	enum status st;

	if (app->guide != NULL)
		return ST_OK;
	buf_init(&dir, BUF_SMALL);
	st = file_share("guide", &dir, err);
	if (st == ST_OK)
		st = guide_start(&app->guide, dir.p, err);
	buf_release(&dir);
	return st;
}

/* Where endpoints are configured, another agent may have one: this one is
 * named. */
static enum status no_endpoint(
	const struct app *app, const struct agent *a, struct err *err)
{
	if (app->config.endpoints_n > 0)
		return err_set(err, ST_CONFIG,
			"@%s has no endpoint; name one of the configuration "
			"file with endpoint = NAME, in the agent or in "
			"defaults {}, or set LLAMA_MODEL_ENDPOINT",
			a->name);
	return err_set(err, ST_CONFIG,
		"no endpoint is set; set LLAMA_MODEL_ENDPOINT (and "
		"LLAMA_API_KEY), give -e URL or -p PRESET, or name one "
		"in the configuration file\n"
		"to look around without one: atllama tour");
}

/* The system prompt and, behind it, the text of the style. */
static enum status dress(
	const struct app *app, struct app_agent *a, struct err *err)
{
	enum status st;

	if (a->agent.style == NULL || a->agent.kind == AGENT_GUIDE ||
		strcmp(a->agent.style, "off") == 0)
		return ST_OK;
	buf_reset(&a->system);
	buf_str(&a->system, a->agent.system);
	if (a->system.len > 0)
		buf_str(&a->system, "\n\n");
	st = style_read(a->agent.style, &a->system, err);
	if (st == ST_USAGE && app->args.agent.style == NULL)
		err_prefix(err, "@%s", a->agent.name);
	if (st == ST_OK)
		st = buf_check(&a->system, "system prompt", err);
	if (st != ST_OK)
		return st;
	a->agent.system = a->system.p;
	return ST_OK;
}

enum status app_equip(struct app *app, struct app_agent *a, struct err *err)
{
	enum status st;

	if (a->agent.kind == AGENT_GUIDE) {
		st = start_guide(app, err);
		if (st != ST_OK)
			return st;
		a->agent.url = guide_url(app->guide);
		a->key = guide_token(app->guide);
		return ST_OK;
	}
	if (a->agent.url[0] == '\0')
		return no_endpoint(app, &a->agent, err);
	st = ways_make(app, a, err);
	if (st == ST_OK)
		st = judge_make(app, a, err);
	if (st != ST_OK)
		return st;
	st = agent_key(&a->agent, &app->env.keys, &a->key, err);
	/* The other endpoints of its pool may answer; that this one was left
	 * out is told when its turn comes. */
	return a->agent.pool != NULL && (st == ST_CONFIG || st == ST_LOCKED)
		? ST_OK
		: st;
}

static struct app_agent *known(struct app *app, const char *name)
{
	size_t i;

	for (i = 0; i < app->agents_n; i++)
		if (span_caseis(span_str(name), app->agents[i]->agent.name))
			return app->agents[i];
	return NULL;
}

void app_agent_init(struct app_agent *a)
{
	memset(a, 0, sizeof(*a));
	agent_init(&a->agent);
	buf_init(&a->url, BUF_SMALL);
	buf_init(&a->model, BUF_SMALL);
	buf_init(&a->system, BUF_LARGE);
	settings_init(&a->said);
}

void app_agent_release(struct app_agent *a)
{
	judge_release(a);
	ways_release(a);
	agent_release(&a->agent);
	buf_release(&a->url);
	buf_release(&a->model);
	buf_release(&a->system);
	settings_release(&a->said);
	a->key = NULL;
}

enum status app_agent(struct app *app, struct span name, struct app_agent **ret,
	struct err *err)
{
	struct app_agent *a;
	struct app_agent *old;
	enum status st = ST_OK;

	if (!vec_grow(&app->agents, &app->agents_cap, app->agents_n + 1,
		    sizeof(struct app_agent *), AGENTS_MAX))
		return err_nomem(err);
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return err_nomem(err);
	app_agent_init(a);
	st = agent_resolve(&a->agent, &app->sources, name, err);
	/* The name comes from the command line. */
	if (st == ST_NOT_FOUND && name.n == 0) {
		st = ST_USAGE;
		if (err != NULL)
			err->code = st;
	}
	old = st == ST_OK ? known(app, a->agent.name) : NULL;
	if (st == ST_OK && old == NULL) {
		a->agent.whole = app->args.no_stream;
		app->agents[app->agents_n++] = a;
		*ret = a;
		st = dress(app, a, err);
		return st == ST_OK ? app_equip(app, a, err) : st;
	}
	app_agent_release(a);
	free(a);
	if (st != ST_OK)
		return st;
	*ret = old;
	/* It may have had no endpoint before, and has found one since. */
	return app_equip(app, old, err);
}

enum status app_agent_again(
	struct app *app, struct app_agent *a, struct err *err)
{
	struct agent_sources from = app->sources;
	struct agent fresh;
	enum status st;

	from.chat = &a->said.conf;
	agent_init(&fresh);
	st = agent_resolve(&fresh, &from, span_str(a->agent.name), err);
	if (st != ST_OK)
		return st;
	fresh.whole = a->agent.whole;
	judge_release(a);
	/* The address is that of a server found on this machine. */
	if (fresh.url[0] == '\0' && a->url.len > 0)
		fresh.url = a->url.p;
	if (!fresh.model_given && a->model.len > 0)
		fresh.model = a->model.p;
	ways_release(a);
	agent_release(&a->agent);
	a->agent = fresh;
	st = dress(app, a, err);
	return st == ST_OK ? app_equip(app, a, err) : st;
}

enum status app_agent_copy(struct app *app, struct app_agent *to,
	const struct app_agent *from, struct err *err)
{
	enum status st;

	app_agent_release(to);
	to->agent.name = from->agent.name;
	to->agent.whole = from->agent.whole;
	buf_span(&to->url, buf_view(&from->url));
	buf_span(&to->model, buf_view(&from->model));
	st = settings_copy(&to->said, &from->said, err);
	return st == ST_OK ? app_agent_again(app, to, err) : st;
}

bool app_renew_key(struct app *app, const struct agent *agent)
{
	struct err err;
	bool other = false;

	if (keys_renew(&app->env.keys, &agent->key, &other, &err) != ST_OK)
		app_say(app, "%s", err.msg);
	return other;
}

void app_agent_use(struct app_agent *a, const char *url, struct span model)
{
	buf_set(&a->url, span_str(url));
	a->agent.url = a->url.p;
	if (model.n > 0 && !a->agent.model_given) {
		buf_set(&a->model, model);
		a->agent.model = a->model.p;
	}
}
