#include "app/repl_priv.h"

#include <string.h>

#include "app/command.h"
#include "app/inputlog.h"
#include "app/refs.h"
#include "app/shell.h"
#include "engine/session.h"
#include "text/line.h"
#include "text/safe.h"
#include "tty/edit.h"
#include "tty/term.h"

enum { AGENT_NAMES_MAX = 256 };

/* The agents a line goes to: those it names, else the active one. */
static enum status choose(
	struct repl *r, const struct line *line, struct err *err)
{
	size_t i;

	r->queue_n = 0;
	for (i = 0; i < line->n_names && i < REPL_QUEUE_MAX; i++) {
		struct app_agent *a;
		enum status st = app_agent(r->app, line->names[i], &a, err);

		if (st != ST_OK) {
			r->queue_n = 0;
			return st;
		}
		r->queue[r->queue_n++] = a;
	}
	if (r->queue_n > 0)
		r->active = r->queue[0];
	else
		r->queue[r->queue_n++] = r->active;
	return ST_OK;
}

/* Asks whether that many documents are meant. */
static enum status confirm(struct repl *r, const struct msg *m, struct err *err)
{
	const struct agent *a = &r->queue[0]->agent;
	int64_t known = known_window(
		known_host(&r->app->known, a->url), span_str(a->model));

	return refs_confirm(r->app, m,
		!a->context_given && known > 0 ? known : a->context, err);
}

static enum status send_text(
	struct repl *r, const struct line *line, struct err *err)
{
	struct msg *m = msg_new(ROLE_USER);
	enum status st;

	if (m == NULL)
		return err_nomem(err);
	buf_span(&m->text, buf_view(&line->text));
	st = buf_check(&m->text, "message", err);
	if (st == ST_OK)
		st = refs_attach_input(&r->files, m, &r->out, err);
	if (st == ST_OK)
		st = refs_attach(r->app, line, session_conv(r->session), m,
			&r->out, err);
	if (st == ST_OK)
		repl_tell(r);
	else
		buf_reset(&r->out);
	if (st == ST_OK)
		st = confirm(r, m, err);
	if (st == ST_OK)
		st = repl_take_turn(r, m, err);
	if (st == ST_OK)
		input_release(&r->files);
	else
		msg_free(m);
	return st;
}

static enum status run_text(
	struct repl *r, const struct line *line, struct err *err)
{
	enum status st = choose(r, line, err);

	if (st == ST_OK && span_trim(buf_view(&line->text)).n == 0) {
		r->queue_n = 0; /* "@coder" alone chooses the agent */
		return ST_OK;
	}
	if (st == ST_OK)
		st = send_text(r, line, err);
	if (st != ST_OK)
		r->queue_n = 0;
	return st;
}

static void remember(struct repl *r, struct span line)
{
	const struct line_range *literal;
	size_t n;

	if (span_trim(line).n == 0)
		return;
	literal = edit_literal(r->edit, &n);
	edit_history_add(r->edit, line, literal, n);
	if (r->log != NULL && repl_saves(r))
		(void)inputlog_add(r->log, line, literal, n,
			&session_conv(r->session)->id, NULL);
}

static enum status run_line(
	struct repl *r, const struct line *line, struct err *err)
{
	enum next next = NEXT_STAY;
	enum status st = ST_OK;

	switch (line->kind) {
	case LINE_EMPTY:
	case LINE_ERROR: break;
	case LINE_COMMAND:
		st = command_run(r, line->word, line->rest, &next, err);
		if (next == NEXT_QUIT)
			r->quit = true;
		break;
	case LINE_SHELL: st = shell_run(r, line->rest, err); break;
	case LINE_TEXT: st = run_text(r, line, err); break;
	}
	return st;
}

static void take(struct repl *r, struct span text,
	const struct line_range *literal, size_t n_literal)
{
	struct span names[AGENT_NAMES_MAX];
	struct line_names known = {
		.names = names, .literal = literal, .n_literal = n_literal};
	struct line line;
	struct err err;
	const char *name;
	enum status st;

	while (known.n_names < AGENT_NAMES_MAX &&
		(name = agent_name_at(&r->app->config, known.n_names)) != NULL)
		names[known.n_names++] = span_str(name);
	line_init(&line);
	st = line_parse(&line, text, &known, &err);
	if (st == ST_OK)
		st = run_line(r, &line, &err);
	if (st != ST_OK)
		repl_fail(r, st, err.msg);
	line_release(&line);
}

void repl_take_line(struct repl *r)
{
	const struct line_range *literal;
	size_t n;

	r->interrupts = 0;
	literal = edit_literal(r->edit, &n);
	remember(r, edit_line(r->edit));
	take(r, edit_line(r->edit), literal, n);
}

void repl_take_script(struct repl *r)
{
	const struct draft *d = &r->script.draft;

	if (term_get()->out) {
		buf_str(&r->out, "> ");
		safe_text(buf_view(&d->text), &r->out);
		buf_char(&r->out, '\n');
		repl_print(r);
	}
	take(r, buf_view(&d->text), d->literal, d->n_literal);
}
