#include "app/commands.h"

#include <string.h>

#include "app/repl.h"
#include "conf/agent.h"
#include "engine/session.h"
#include "text/safe.h"

enum { USAGE_COLUMNS = 22 };

static void put_usage(const struct command *c, struct buf *out)
{
	size_t start = out->len;

	buf_fmt(out, "/%s", c->name);
	if (c->args[0] != '\0')
		buf_fmt(out, " %s", c->args);
	do
		buf_char(out, ' ');
	while (out->len - start < USAGE_COLUMNS);
}

static void help_all(struct buf *out)
{
	size_t i;

	buf_str(out,
		"Type to ask the agent in the prompt; @llama TEXT asks and "
		"chooses Llama.\n\n");
	for (i = 0; i < commands_n; i++) {
		put_usage(&commands[i], out);
		buf_fmt(out, "%s.\n", commands[i].help);
	}
	buf_str(out,
		"\n"
		"@./FILE attaches a file, @last or @3 an earlier message, "
		"@chat:ID a whole\n"
		"conversation; @@ is a plain @, and // a plain slash at the "
		"start of a line.\n"
		"Enter sends; Alt-Enter, a trailing \\ or \"\"\" make more "
		"lines. Ctrl-C stops a\n"
		"reply and keeps it; Ctrl-D leaves. @guide answers questions "
		"about atllama.\n");
}

COMMAND(help)
{
	const struct command *c;

	(void)next;
	if (args.n == 0) {
		help_all(&r->out);
		repl_print(r);
		return ST_OK;
	}
	if (args.p[0] == '/')
		args = span_of(args.p + 1, args.n - 1);
	c = command_find(args);
	if (c == NULL)
		return err_set(err, ST_USAGE,
			"there is no command /%.*s; /help lists them",
			(int)(args.n > 64 ? 64 : args.n), args.p);
	put_usage(c, &r->out);
	buf_fmt(&r->out, "%s.\n", c->help);
	if (c->aliases[0] != '\0')
		buf_fmt(&r->out, "Also called: %s\n", c->aliases);
	buf_fmt(&r->out, "Example: %s\n", c->example);
	repl_print(r);
	return ST_OK;
}

COMMAND(agents)
{
	const struct config *config = &r->app->config;
	const char *name;
	size_t i;

	(void)next;
	(void)args;
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
			/* What was changed in this chat counts. */
			const struct agent *now = active ? &r->active->agent
							 : &a;

			safe_line(span_str(now->model), &r->out);
			buf_str(&r->out,
				now->url[0] != '\0' ? " at "
						    : " (no endpoint is set)");
			safe_line(span_str(now->url), &r->out);
		}
		buf_char(&r->out, '\n');
		agent_release(&a);
	}
	repl_print(r);
	(void)err;
	return ST_OK;
}

COMMAND(model)
{
	struct app_agent *a = r->active;

	(void)next;
	if (args.n > 0) {
		if (a->agent.kind == AGENT_GUIDE)
			return err_set(err, ST_USAGE,
				"@guide is the manual and has no models; "
				"address another agent first");
		if (args.n > 500 || memchr(args.p, ' ', args.n) != NULL)
			return err_set(err, ST_USAGE,
				"a model's name has no spaces in it");
		buf_set(&a->model, args);
		a->agent.model = a->model.p;
	}
	buf_fmt(&r->out, "@%s asks the model ", a->agent.name);
	safe_line(span_str(a->agent.model), &r->out);
	buf_str(&r->out, " at ");
	safe_line(span_str(a->agent.url), &r->out);
	buf_char(&r->out, '\n');
	repl_print(r);
	return ST_OK;
}

COMMAND(usage)
{
	const struct session_result *last = session_result(r->session);
	const struct msg *m = last->reply;

	(void)next;
	(void)args;
	(void)err;
	if (m == NULL) {
		buf_str(&r->out, "No reply has come yet.\n");
		repl_print(r);
		return ST_OK;
	}
	buf_fmt(&r->out,
		"Last reply: first text after %.2f s, ended after "
		"%.2f s",
		(double)last->first_token_ms / 1000.0,
		(double)last->total_ms / 1000.0);
	if (m->usage.completion > 0 && last->total_ms > last->first_token_ms)
		buf_fmt(&r->out, ", %.1f tokens/s",
			(double)m->usage.completion * 1000.0 /
				(double)(last->total_ms -
					last->first_token_ms));
	buf_fmt(&r->out, "\nWindow:     %s%lld of %lld tokens",
		m->usage.prompt > 0 ? "" : "about ",
		(long long)last->prompt_tokens, (long long)last->window);
	if (last->window > 0)
		buf_fmt(&r->out, " (%.1f %%)",
			(double)last->prompt_tokens * 100.0 /
				(double)last->window);
	if (r->tokens_in > 0 || r->tokens_out > 0)
		buf_fmt(&r->out,
			"\nThis run:   %lld tokens sent, %lld received",
			(long long)r->tokens_in, (long long)r->tokens_out);
	else
		buf_str(&r->out,
			"\nThe endpoint does not say how many tokens it "
			"counted.");
	buf_char(&r->out, '\n');
	repl_print(r);
	return ST_OK;
}

COMMAND(quit)
{
	(void)r;
	(void)args;
	(void)err;
	*next = NEXT_QUIT;
	return ST_OK;
}
