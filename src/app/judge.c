#include "app/judge.h"

#include <stdlib.h>
#include <string.h>

static bool is_word(const char *said, const char *word)
{
	return said != NULL && strcmp(said, word) == 0;
}

static enum status resolve(struct app *app, const char *name,
	struct app_agent *judge, struct err *err)
{
	struct agent_sources from = {NULL, &app->env, &app->config, NULL};
	enum status st = agent_resolve(
		&judge->agent, &from, span_str(name), err);

	/* A judge is asked without a guard of its own. */
	judge->agent.guard_name = NULL;
	if (st == ST_OK && judge->agent.kind == AGENT_GUIDE)
		st = err_set(err, ST_CONFIG, "@guide judges nothing");
	return st == ST_OK ? app_equip(app, judge, err) : st;
}

enum status judge_make(struct app *app, struct app_agent *a, struct err *err)
{
	const struct agent *g = &a->agent;
	struct app_agent *judge;
	enum status st;

	if (a->judge != NULL || g->guard_name == NULL ||
		is_word(g->guard_mode, "off"))
		return ST_OK;
	/* An agent that is its own guard is not guarded: it would judge
	 * itself. */
	if (span_caseis(span_str(g->guard_name), g->name))
		return ST_OK;
	judge = calloc(1, sizeof(*judge));
	if (judge == NULL)
		return err_nomem(err);
	app_agent_init(judge);
	st = resolve(app, g->guard_name, judge, err);
	if (st != ST_OK) {
		err_prefix(err, "guard of \"%s\"", g->name);
		app_agent_release(judge);
		free(judge);
		return st;
	}
	a->judge = judge;
	a->guard = (struct guard_with){
		.agent = &judge->agent,
		.key = judge->key,
		.mode = is_word(g->guard_mode, "warn") ? GUARD_WARN
						       : GUARD_BLOCK,
		.after = is_word(g->guard_stream, "after"),
		.allow = is_word(g->guard_undecided, "allow"),
	};
	a->agent.guard = &a->guard;
	return ST_OK;
}

void judge_release(struct app_agent *a)
{
	if (a->judge == NULL)
		return;
	app_agent_release(a->judge);
	free(a->judge);
	a->judge = NULL;
	a->agent.guard = NULL;
}
