/* Agents of one's own: shown, made and changed from inside of the chat. */
#include "app/commands.h"

#include <string.h>

#include "app/repl.h"
#include "base/file.h"
#include "conf/agents.h"
#include "text/safe.h"
#include "tty/editor.h"
#include "tty/term.h"

static const char template[] =
	"# Asked with @%.*s. What is not said here is as in the "
	"configuration's\n"
	"# defaults; man atllama.conf has all settings.\n"
	"agent %.*s {\n"
	"\t# endpoint = NAME\n"
	"\t# model = \"llama-3.3-70b-instruct\"\n"
	"\t# style = concise\n"
	"\t# temperature = 0.7\n"
	"\tsystem = \"You are %.*s. Today is {{date}}.\"\n"
	"}\n";

static void put_row(struct buf *out, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	buf_fmt(out, "%-12s ", name);
	safe_line(span_str(value), out);
	buf_char(out, '\n');
}

static void put_number(struct buf *out, const char *name, int64_t value)
{
	if (value > 0)
		buf_fmt(out, "%-12s %lld\n", name, (long long)value);
}

/* The file that an agent is written in. */
static const char *source_of(const struct repl *r, const char *name)
{
	const struct agent_conf *c = config_agent(
		&r->app->config, span_str(name));

	if (c == NULL)
		return "built in";
	return c->file != NULL ? c->file : r->app->config.file;
}

static enum status show(struct repl *r, struct span name, struct err *err)
{
	struct buf *out = &r->out;
	struct app_agent *a = r->active;
	enum status st = ST_OK;

	if (name.n > 0 && name.p[0] == '@')
		name = span_of(name.p + 1, name.n - 1);
	if (name.n > 0)
		st = app_agent(r->app, name, &a, err);
	if (st != ST_OK)
		return st == ST_NOT_FOUND ? ST_USAGE : st;
	buf_char(out, '@');
	safe_line(span_str(a->agent.name), out);
	buf_char(out, '\n');
	if (a->agent.kind == AGENT_GUIDE) {
		buf_str(out,
			"Answers questions about atllama from its manual, "
			"offline; it is no model.\n");
	} else {
		put_row(out, "model", a->agent.model);
		put_row(out, "endpoint",
			a->agent.endpoint != NULL ? a->agent.endpoint
						  : a->agent.url);
		put_row(out, "style", a->agent.style);
		put_row(out, "language", a->agent.language);
		buf_fmt(out, "%-12s %g\n", "temperature", a->agent.temperature);
		put_number(out, "max_tokens", a->agent.max_tokens);
		put_number(out, "context", a->agent.context);
		put_row(out, "written in", source_of(r, a->agent.name));
		if (a->agent.system[0] != '\0') {
			buf_str(out, "\n");
			safe_text(span_str(a->agent.system), out);
			buf_str(out, "\n");
		}
	}
	repl_words(r);
	return ST_OK;
}

/* Makes all agents anew: any of them may point into what has changed. */
static enum status settle(struct repl *r, struct err *err)
{
	size_t i;
	enum status st = ST_OK;

	warm_drop(&r->warm);
	for (i = 0; i < r->app->agents_n && st == ST_OK; i++)
		if (r->app->agents[i]->agent.kind != AGENT_GUIDE)
			st = app_agent_again(r->app, r->app->agents[i], err);
	return st;
}

/* Runs the editor until the text is valid or the user gives up. */
static enum status edit_until_right(struct repl *r, struct span name,
	const char *path, struct buf *text, struct err *err)
{
	enum status st;

	for (;;) {
		struct buf question;

		st = editor_run(text, err);
		if (st == ST_OK && span_trim(buf_view(text)).n == 0)
			st = err_set(err, ST_FAIL, "nothing was changed");
		if (st != ST_OK)
			return st;
		buf_char(text, '\n');
		st = agents_take(
			&r->app->config, name, buf_view(text), path, err);
		if (st != ST_CONFIG)
			return st;
		buf_init(&question, BUF_SMALL);
		safe_line(span_str(err->msg), &question);
		buf_str(&question, ". Edit it again? [y/N] ");
		st = buf_check(&question, "question", err);
		if (st == ST_OK)
			st = repl_confirm(r, question.p, err);
		buf_release(&question);
		if (st != ST_OK)
			return st;
		err_clear(err);
	}
}

static enum status write_agent(
	struct repl *r, struct span name, struct buf *text, struct err *err)
{
	struct buf path;
	enum status st;

	if (!term_get()->in || !term_get()->out)
		return err_set(err, ST_USAGE, "the editor needs a terminal");
	buf_init(&path, BUF_SMALL);
	st = agents_path(name, &path, err);
	if (st == ST_OK)
		st = edit_until_right(r, name, path.p, text, err);
	if (st == ST_OK)
		st = settle(r, err);
	if (st == ST_OK)
		st = file_mkdirs_above(path.p, 0700, err);
	if (st == ST_OK)
		st = file_replace(path.p, buf_view(text), 0600, err);
	if (st == ST_OK) {
		buf_str(&r->out, "Written: ");
		safe_line(buf_view(&path), &r->out);
		buf_fmt(&r->out, ". @%.*s asks it.\n", (int)name.n, name.p);
		repl_words(r);
	}
	buf_release(&path);
	return st;
}

static enum status make(struct repl *r, struct span name, struct err *err)
{
	struct buf text;
	enum status st;

	if (agent_find_name(&r->app->config, name) != NULL)
		return err_set(err, ST_USAGE,
			"there is an agent of that name; /agent edit %.*s "
			"changes it",
			(int)name.n, name.p);
	buf_init(&text, AGENTS_FILE_MAX);
	buf_fmt(&text, template, (int)name.n, name.p, (int)name.n, name.p,
		(int)name.n, name.p);
	st = write_agent(r, name, &text, err);
	buf_release(&text);
	return st;
}

static enum status change(struct repl *r, struct span name, struct err *err)
{
	const struct agent_conf *c = config_agent(&r->app->config, name);
	struct buf text;
	enum status st = ST_OK;

	if (c == NULL)
		return err_set(err, ST_USAGE,
			agent_find_name(&r->app->config, name) != NULL
				? "that agent is built in; an agent section of "
				  "its name in the configuration changes it"
				: "there is no agent of that name; /agent new "
				  "makes one");
	if (c->file == NULL)
		return err_set(err, ST_USAGE,
			"@%s is in the configuration file %s, and is changed "
			"there",
			c->name, r->app->config.file);
	buf_init(&text, AGENTS_FILE_MAX);
	st = file_read(c->file, &text, err);
	if (st == ST_OK)
		st = write_agent(r, name, &text, err);
	buf_release(&text);
	return st;
}

COMMAND(agent)
{
	struct span rest = args;
	struct span word = span_cut(&rest, ' ');
	struct span name = span_trim(rest);

	(void)next;
	if (name.n > 0 && name.p[0] == '@')
		name = span_of(name.p + 1, name.n - 1);
	if (span_caseis(word, "new") && name.n > 0)
		return make(r, name, err);
	if (span_caseis(word, "edit") && name.n > 0)
		return change(r, name, err);
	if (span_caseis(word, "show") || word.n == 0)
		return show(r, name, err);
	if (span_caseis(word, "new") || span_caseis(word, "edit"))
		return err_set(err, ST_USAGE, "which agent? /agent %.*s NAME",
			(int)word.n, word.p);
	if (name.n == 0)
		return show(r, word, err);
	return err_set(
		err, ST_USAGE, "/agent takes show, new or edit, and a name");
}
