#include "app/commands.h"

#include <string.h>

#include "app/models.h"
#include "app/repl.h"
#include "app/screen.h"
#include "app/ways.h"
#include "conf/agent.h"
#include "engine/session.h"
#include "text/safe.h"

/* Appends where the agent's answers come from. */
static void put_place(const struct agent *a, struct buf *out)
{
	if (a->pool != NULL) {
		buf_str(out, " at pool ");
		ways_put(a, out);
	} else if (a->url[0] != '\0') {
		buf_str(out, " at ");
		safe_line(span_str(a->url), out);
	} else {
		buf_str(out, " (no endpoint is set)");
	}
}

COMMAND(agents)
{
	const struct config *config = &r->app->config;
	const char *name;
	size_t i;

	(void)next;
	if (cmd_no_words(args, "agents", err) != ST_OK)
		return ST_USAGE;
	for (i = 0; (name = agent_name_at(config, i)) != NULL; i++) {
		struct agent a;
		bool active = strcmp(name, r->active->agent.name) == 0;
		struct err why;

		agent_init(&a);
		buf_fmt(&r->out, "%s @%-12s ", active ? "*" : " ", name);
		if (agent_resolve(&a, &r->app->sources, span_str(name), &why) !=
			ST_OK)
			safe_line(span_str(why.msg), &r->out);
		else if (a.kind == AGENT_GUIDE)
			buf_str(&r->out, "answers from the manual, offline");
		else {
			/* Shows what was changed in this chat. */
			const struct agent *now = active ? &r->active->agent
							 : &a;

			safe_line(span_str(now->model), &r->out);
			put_place(now, &r->out);
		}
		buf_char(&r->out, '\n');
		agent_release(&a);
	}
	repl_words(r);
	(void)err;
	return ST_OK;
}

COMMAND(models)
{
	enum status st = models_ask(r->app, r->active, err);

	(void)next;
	if (st != ST_OK)
		return st;
	models_lines(r->app, r->active, args, &r->out);
	if (r->out.len == 0)
		buf_str(&r->out, "No model has that in its name.\n");
	repl_words(r);
	return ST_OK;
}

COMMAND(usage)
{
	const struct session_result *last = session_result(r->session);
	struct buf status;

	(void)next;
	if (cmd_no_words(args, "usage", err) != ST_OK)
		return ST_USAGE;
	if (last->reply == NULL) {
		buf_str(&r->out,
			"No reply has come yet, or none since the beginning "
			"was summarised.\n");
		repl_words(r);
		return ST_OK;
	}
	buf_init(&status, BUF_SMALL);
	screen_status(r->app, "full", last, &status);
	buf_str(&r->out, "Last reply: ");
	safe_line(buf_view(&status), &r->out);
	buf_release(&status);
	if (r->tokens_in > 0 || r->tokens_out > 0)
		buf_fmt(&r->out,
			"\nThis run:   %lld tokens sent, %lld received",
			(long long)r->tokens_in, (long long)r->tokens_out);
	else
		buf_str(&r->out,
			"\nThe endpoint does not say how many tokens it "
			"counted.");
	if (last->request_id.n > 0) {
		buf_str(&r->out, "\nRequest:    ");
		safe_line(last->request_id, &r->out);
	}
	buf_char(&r->out, '\n');
	repl_words(r);
	return ST_OK;
}

COMMAND(quit)
{
	enum status st = cmd_no_words(args, "quit", err);

	(void)r;
	if (st == ST_OK)
		*next = NEXT_QUIT;
	return st;
}
