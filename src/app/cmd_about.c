#include "app/commands.h"

#include <string.h>

#include "app/models.h"
#include "app/repl.h"
#include "app/screen.h"
#include "app/ways.h"
#include "conf/agent.h"
#include "engine/session.h"
#include "text/safe.h"
#include "tty/term.h"

enum { USAGE_COLUMNS = 22, NARROW = 56 };

/*
 * Appends words of ASCII, the first at `column`, in lines of less than `width`
 * columns; those after the first begin at `indent`.
 */
static void put_words(struct buf *out, const char *text, size_t column,
	size_t indent, size_t width)
{
	struct span rest = span_str(text);

	while (rest.n > 0) {
		struct span word = span_cut(&rest, ' ');

		if (column > indent && column + 1 + word.n > width) {
			buf_char(out, '\n');
			for (column = 0; column < indent; column++)
				buf_char(out, ' ');
		} else if (word.p != text) {
			buf_char(out, ' ');
			column++;
		}
		buf_span(out, word);
		column += word.n;
	}
}

/* Name, arguments and help, in one line or below each other. */
static void put_usage(const struct command *c, size_t width, struct buf *out)
{
	size_t indent = width < NARROW ? 4 : USAGE_COLUMNS;
	size_t start = out->len;

	buf_fmt(out, "/%s", c->name);
	if (c->args[0] != '\0')
		buf_fmt(out, " %s", c->args);
	if (width < NARROW) {
		buf_str(out, "\n");
		start = out->len;
	}
	while (out->len - start < indent)
		buf_char(out, ' ');
	/* One column is for the full stop. */
	put_words(out, c->help, indent, indent, width - 1);
	buf_str(out, ".\n");
}

static void help_all(size_t width, struct buf *out)
{
	static const char *const notes[] = {
		"@./FILE attaches a file, @last or @3 an earlier message, "
		"@chat:ID a whole conversation; @@ is a plain @, and // a "
		"plain slash at the start of a line. !COMMAND runs a command "
		"of the shell and attaches its output.",
		"Enter sends; Alt-Enter, a trailing \\ or \"\"\" make more "
		"lines. Ctrl-C stops a reply and keeps it; Ctrl-D leaves. "
		"@guide answers questions about atllama.",
	};
	size_t i;

	put_words(out,
		"Type to ask the agent in the prompt; @llama TEXT asks and "
		"chooses Llama.",
		0, 0, width);
	buf_str(out, "\n\n");
	for (i = 0; i < commands_n; i++)
		put_usage(&commands[i], width, out);
	for (i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		buf_char(out, '\n');
		put_words(out, notes[i], 0, 0, width);
		buf_char(out, '\n');
	}
}

/* Of the terminal, and not so wide that lines are hard to read. */
static size_t help_width(void)
{
	enum { WIDEST = 80 };
	int columns;
	int rows;

	term_size(&columns, &rows);
	return columns > 0 && columns < WIDEST ? (size_t)columns : WIDEST;
}

COMMAND(help)
{
	const struct command *c;

	(void)next;
	if (args.n == 0) {
		help_all(help_width(), &r->out);
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
	put_usage(c, help_width(), &r->out);
	if (c->aliases[0] != '\0')
		buf_fmt(&r->out, "Also called: %s\n", c->aliases);
	buf_fmt(&r->out, "Example: %s\n", c->example);
	repl_print(r);
	return ST_OK;
}

/* Where an agent is answered. */
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
			put_place(now, &r->out);
		}
		buf_char(&r->out, '\n');
		agent_release(&a);
	}
	repl_print(r);
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
	repl_print(r);
	return ST_OK;
}

COMMAND(usage)
{
	const struct session_result *last = session_result(r->session);
	struct buf status;

	(void)next;
	(void)args;
	(void)err;
	if (last->reply == NULL) {
		buf_str(&r->out, "No reply has come yet.\n");
		repl_print(r);
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
