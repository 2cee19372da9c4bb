#include "app/repl_priv.h"

#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/inputlog.h"
#include "app/presets.h"
#include "app/refs.h"
#include "app/screen.h"
#include "app/shell.h"
#include "base/file.h"
#include "engine/session.h"
#include "text/line.h"
#include "text/safe.h"
#include "tty/edit.h"
#include "tty/term.h"

enum { AGENT_NAMES_MAX = 256 };

void repl_print(struct repl *r)
{
	/* A terminal that is gone is noticed by the editor. */
	if (!r->out.bad)
		(void)!fd_write_full(STDOUT_FILENO, r->out.p, r->out.len);
	buf_reset(&r->out);
}

void repl_tell(struct repl *r)
{
	if (term_get()->out) {
		repl_print(r);
		return;
	}
	if (!r->app->args.quiet)
		(void)!fd_write_full(STDERR_FILENO, r->out.p, r->out.len);
	buf_reset(&r->out);
}

void repl_gap(struct repl *r)
{
	if (term_get()->out)
		buf_char(&r->out, '\n');
	repl_print(r);
}

/*
 * Replies
 */

/* Where it is not shown, the status says that it is under way. */
static void show_reasoning(struct repl *r, struct span text)
{
	struct buf line;

	render_reasoning(r->render, text);
	if (screen_reasoning(r->app) == RENDER_SHOWN) {
		r->waiting = false;
	} else if (r->waiting && r->asked != NULL) {
		buf_init(&line, BUF_SMALL);
		buf_fmt(&line, "@%s is reasoning ...", r->asked->agent.name);
		render_status(r->render, buf_view(&line));
		buf_release(&line);
	}
}

/* Where styles and places on the screen say nothing, words tell who speaks. */
static void show_speaker(struct repl *r)
{
	struct buf line;

	if (!r->waiting || r->asked == NULL || !term_get()->accessible)
		return;
	r->waiting = false;
	buf_init(&line, BUF_SMALL);
	buf_fmt(&line, "@%s answers:", r->asked->agent.name);
	render_notice(r->render, buf_view(&line));
	buf_release(&line);
}

static enum status on_event(
	const struct event *ev, void *payload, struct err *err)
{
	struct repl *r = payload;

	if (ev->type == EVENT_TEXT || ev->type == EVENT_REASONING)
		show_speaker(r);
	switch (ev->type) {
	case EVENT_TEXT:
		r->waiting = false;
		render_text(r->render, ev->text);
		break;
	case EVENT_REASONING: show_reasoning(r, ev->text); break;
	case EVENT_TOOL: {
		struct buf line;

		buf_init(&line, BUF_LARGE);
		buf_str(&line,
			"the model asks for a tool that nobody "
			"offered: ");
		buf_span(&line, ev->name);
		render_notice(r->render, buf_view(&line));
		buf_release(&line);
		break;
	}
	case EVENT_NOTICE: render_notice(r->render, ev->text); break;
	case EVENT_USAGE:
		if (ev->usage->prompt > 0)
			r->tokens_in += ev->usage->prompt;
		if (ev->usage->completion > 0)
			r->tokens_out += ev->usage->completion;
		break;
	case EVENT_META:
	case EVENT_DONE:
	case EVENT_FAILED: break;
	}
	return render_flush(r->render, err);
}

/* The status line until something comes. */
static void show_waiting(struct repl *r, const struct app_agent *a)
{
	struct buf line;

	buf_init(&line, BUF_SMALL);
	buf_fmt(&line, "waiting for @%s ...", a->agent.name);
	render_status(r->render, buf_view(&line));
	buf_release(&line);
	r->waiting = true;
	(void)!render_flush(r->render, NULL);
}

void repl_show_wait(struct repl *r)
{
	const struct term *t = term_get();
	struct buf line;

	buf_init(&line, BUF_SMALL);
	if (session_countdown(r->session, &line)) {
		/* Where no line can count down, the first one stands. */
		if (!r->counting && (t->accessible || t->dumb))
			render_notice(r->render, buf_view(&line));
		render_status(r->render, buf_view(&line));
		(void)!render_flush(r->render, NULL);
		r->counting = true;
	} else if (r->counting) {
		r->counting = false;
		show_waiting(r, r->asked);
	}
	buf_release(&line);
}

enum status repl_answer(
	struct repl *r, struct app_agent *a, bool go_on, struct err *err)
{
	enum status st = go_on ? session_continue(r->session, &a->agent, a->key,
					 on_event, r, err)
			       : session_reply(r->session, &a->agent, a->key,
					 on_event, r, err);

	if (st == ST_OK) {
		r->asked = a;
		r->stopped = false;
		show_waiting(r, a);
	}
	return st;
}

enum status repl_compact(struct repl *r, struct span hint, struct err *err)
{
	struct app_agent *a = r->active;
	enum status st = session_compact(
		r->session, &a->agent, a->key, hint, on_event, r, err);

	if (st == ST_OK) {
		r->asked = a;
		r->stopped = false;
		show_waiting(r, a);
	}
	return st;
}

/* What to do next when a reply is not whole. */
static const char *next_step(const struct msg *reply)
{
	if (reply == NULL)
		return "/retry asks again";
	switch (reply->outcome) {
	case OUTCOME_CUT:
	case OUTCOME_STOPPED:
	case OUTCOME_FAILED:
		return "what arrived is kept: /continue goes on, /retry asks "
		       "again";
	case OUTCOME_NONE:
	case OUTCOME_COMPLETE:
	case OUTCOME_LENGTH:
	case OUTCOME_FILTERED: break;
	}
	return "";
}

/* What joins it to a message: one that ends in a question needs nothing. */
static const char *joint(const char *text, const char *next)
{
	size_t n = strlen(text);

	if (next[0] == '\0')
		return "";
	return n > 0 && text[n - 1] == '?' ? " " : "; ";
}

/* What a preset knows of a host that refuses the key or the model. */
static void tell_advice(struct repl *r, enum status st)
{
	struct buf advice;

	/* Which one of a pool it was is in the message alone. */
	if ((st != ST_AUTH && st != ST_MODEL) || r->asked == NULL ||
		r->asked->agent.pool != NULL)
		return;
	buf_init(&advice, BUF_SMALL);
	presets_advice(r->app, r->asked->agent.url, &advice);
	if (advice.len > 0)
		app_note(r->app, "%s", advice.p);
	buf_release(&advice);
}

void repl_fail(struct repl *r, enum status st, const char *message)
{
	struct buf place;

	if (!script_active(&r->script)) {
		app_say(r->app, "%s", message);
		return;
	}
	buf_init(&place, BUF_SMALL);
	script_place(&r->script, &place);
	app_say(r->app, "%s: %s", place.p, message);
	buf_release(&place);
	script_stop(&r->script);
	if (r->app->args.script != NULL) {
		r->failed = st;
		r->quit = true;
	}
}

static void tell_result(struct repl *r)
{
	const struct session_result *res = session_result(r->session);
	const char *next = r->app->args.script == NULL ? next_step(res->reply)
						       : "";
	struct buf text;

	if (res->reply != NULL && res->reply->outcome == OUTCOME_LENGTH)
		app_note(r->app,
			"the reply reached the limit of tokens; "
			"/continue goes on");
	if (res->status == ST_OK)
		return;
	if (res->compacting)
		next = "";
	if (res->status == ST_STOPPED && r->stopped &&
		!script_active(&r->script)) {
		app_note(r->app, "stopped%s%s", joint("", next), next);
		return;
	}
	buf_init(&text, BUF_SMALL);
	buf_fmt(&text, "%s%s%s",
		res->status == ST_STOPPED && r->stopped ? "stopped"
							: res->err.msg,
		joint(res->err.msg, next), next);
	repl_fail(r, res->status, text.p);
	buf_release(&text);
	tell_advice(r, res->status);
}

/* Times and tokens of a reply that did not fail; the guide has none that would
 * tell anything. */
static void show_status(struct repl *r, const struct session_result *res)
{
	struct buf line;

	if (r->app->args.quiet || r->asked == NULL ||
		r->asked->agent.kind == AGENT_GUIDE ||
		(res->status != ST_OK && res->status != ST_STOPPED))
		return;
	buf_init(&line, BUF_SMALL);
	screen_status(r->app, NULL, res, &line);
	if (line.len > 0) {
		render_notice(r->render, buf_view(&line));
		(void)!render_flush(r->render, NULL);
	}
	buf_release(&line);
}

/* Each of the queue in turn; the first failure ends it. */
static void ask_next(struct repl *r)
{
	while (r->queue_n > 0) {
		struct app_agent *a = r->queue[0];
		struct buf head;
		struct err err;

		r->queue_n--;
		memmove(r->queue, r->queue + 1,
			r->queue_n * sizeof(r->queue[0]));
		buf_init(&head, BUF_SMALL);
		buf_fmt(&head, "-- @%s", a->agent.name);
		render_notice(r->render, buf_view(&head));
		buf_release(&head);
		if (session_reply(r->session, &a->agent, a->key, on_event, r,
			    &err) == ST_OK) {
			r->asked = a;
			show_waiting(r, a);
			return;
		}
		repl_fail(r, err.code, err.msg);
		r->queue_n = 0;
	}
}

void repl_reply_ended(struct repl *r)
{
	const struct session_result *res = session_result(r->session);
	struct err err;

	render_status(r->render, span_of(NULL, 0));
	if (render_end(r->render, &err) != ST_OK)
		r->quit = true;
	tell_result(r);
	if (res->reply != NULL) {
		show_status(r, res);
		repl_gap(r);
	}
	if (res->status != ST_OK || r->quit)
		r->queue_n = 0;
	ask_next(r);
}

/*
 * Lines
 */

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

/* Takes m on success. */
static enum status ask(
	struct repl *r, struct app_agent *a, struct msg *m, struct err *err)
{
	enum status st = session_ask(
		r->session, m, &a->agent, a->key, on_event, r, err);

	if (st != ST_OK)
		return st;
	r->asked = a;
	r->said = true;
	r->stopped = false;
	if (session_active(r->session))
		show_waiting(r, a);
	else
		repl_reply_ended(r);
	return ST_OK;
}

enum status repl_ask(struct repl *r, struct msg *m, struct err *err)
{
	r->queue_n = 0;
	return ask(r, r->active, m, err);
}

/* The first of the queue answers m, the others after it. */
static enum status take_turn(struct repl *r, struct msg *m, struct err *err)
{
	struct app_agent *a = r->queue[0];

	r->queue_n--;
	memmove(r->queue, r->queue + 1, r->queue_n * sizeof(r->queue[0]));
	return ask(r, a, m, err);
}

/* Whether so many documents are meant. */
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
		st = take_turn(r, m, err);
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
		r->queue_n = 0; /* "@coder" alone chooses */
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
	if (r->log != NULL)
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
