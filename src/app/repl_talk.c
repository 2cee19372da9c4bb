#include "app/repl_priv.h"

#include <string.h>
#include <unistd.h>

#include "app/models.h"
#include "app/presets.h"
#include "app/screen.h"
#include "base/file.h"
#include "engine/session.h"
#include "text/fill.h"
#include "tty/term.h"

void repl_print(struct repl *r)
{
	/* The editor notices when the terminal is gone. */
	if (!r->out.bad)
		(void)!fd_write_full(STDOUT_FILENO, r->out.p, r->out.len);
	buf_reset(&r->out);
}

typedef void fill_fn(struct span text, size_t columns, struct buf *out);

/* Prints r->out, on a terminal in lines that `fill` breaks to its width. */
static void print_filled(struct repl *r, fill_fn *fill)
{
	struct buf out;
	int columns = 0;
	int rows;

	if (term_get()->out && !r->out.bad) {
		term_size(&columns, &rows);
		buf_init(&out, BUF_LARGE);
		fill(buf_view(&r->out), (size_t)columns, &out);
		if (!out.bad)
			buf_set(&r->out, buf_view(&out));
		buf_release(&out);
	}
	repl_print(r);
}

void repl_words(struct repl *r)
{
	print_filled(r, fill_rows);
}

static void fill_text(struct span text, size_t columns, struct buf *out)
{
	struct fill *fill = fill_new(columns);

	if (fill == NULL) {
		buf_span(out, text);
		return;
	}
	fill_feed(fill, text, out);
	fill_finish(fill, out);
	fill_free(fill);
}

void repl_fill(struct repl *r)
{
	print_filled(r, fill_text);
}

void repl_tell(struct repl *r)
{
	if (term_get()->out) {
		repl_words(r);
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

/* Reasoning that is not shown is told in the status line. */
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

/* Tells in words who speaks, where styles and positions on the screen
 * cannot. */
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

/* Shows a notice, on standard error where no terminal shows the reply. */
static void show_notice(struct repl *r, struct span text)
{
	enum { MOST = 2000 };
	struct buf line;

	buf_init(&line, BUF_SMALL);
	buf_add(&line, text.p, text.n < MOST ? text.n : MOST);
	if (span_starts(text, "NOT SAVED"))
		buf_str(&line, "; the text is kept until you leave");
	if (term_get()->out)
		render_notice(r->render, buf_view(&line));
	else
		app_note(r->app, "%s", line.p);
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
	case EVENT_NOTICE: show_notice(r, ev->text); break;
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

/* Sets the status line that stands until something comes. */
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

/* The agent's reply was begun. */
static void begin_wait(struct repl *r, struct app_agent *a)
{
	r->asked = a;
	r->replying = true;
	show_waiting(r, a);
}

void repl_show_wait(struct repl *r)
{
	const struct term *t = term_get();
	struct buf line;

	buf_init(&line, BUF_SMALL);
	if (session_countdown(r->session, &line)) {
		/* Where no line can count down, only the first one is shown. */
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
		r->stopped = false;
		begin_wait(r, a);
	}
	return st;
}

enum status repl_compact(struct repl *r, struct span hint, struct err *err)
{
	struct app_agent *a = r->active;
	enum status st = session_compact(
		r->session, &a->agent, a->key, hint, on_event, r, err);

	if (st == ST_OK) {
		r->stopped = false;
		begin_wait(r, a);
	}
	return st;
}

/* What the user can do next about a reply that is not whole. */
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

/* What joins the next step to a message: behind a question mark, a blank is
 * enough. */
static const char *joint(const char *text, const char *next)
{
	size_t n = strlen(text);

	if (next[0] == '\0')
		return "";
	return n > 0 && text[n - 1] == '?' ? " " : "; ";
}

/* Tells what the preset advises about a host that refuses the key or the
 * model. */
static void tell_advice(struct repl *r, enum status st)
{
	struct buf advice;

	/* For a pool, only the message knows which endpoint it was. */
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

	if (res->status == ST_OK && res->reply != NULL &&
		res->reply->outcome == OUTCOME_LENGTH)
		app_note(r->app, "%s; %s",
			res->reply->note.len > 0
				? res->reply->note.p
				: "the reply reached the limit of tokens",
			res->full ? "/compact makes room"
				  : "/continue goes on");
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

/* Shows times and tokens of a reply that did not fail; those of the guide mean
 * nothing. */
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

/* Asks the next agent of the queue. A failure ends the queue. */
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
			begin_wait(r, a);
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

	r->replying = false;
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

/* Warns of a chosen model that is not listed, once there is a list. */
static void doubt_model(struct repl *r, struct app_agent *a)
{
	struct buf text;

	if (!a->agent.model_given || a->agent.kind != AGENT_CHAT ||
		span_is(buf_view(&r->doubted), a->agent.model))
		return;
	buf_init(&text, BUF_SMALL);
	if (models_check(r->app, a, &text) == MODELS_OTHER) {
		buf_set(&r->doubted, span_str(a->agent.model));
		app_note(r->app, "%s", text.p);
	}
	buf_release(&text);
}

/* Takes m on success. */
static enum status ask(
	struct repl *r, struct app_agent *a, struct msg *m, struct err *err)
{
	enum status st;

	doubt_model(r, a);
	st = session_ask(r->session, m, &a->agent, a->key, on_event, r, err);

	if (st != ST_OK)
		return st;
	r->said = true;
	r->stopped = false;
	r->asked = a;
	if (session_active(r->session))
		begin_wait(r, a);
	else
		repl_reply_ended(r);
	return ST_OK;
}

enum status repl_ask(struct repl *r, struct msg *m, struct err *err)
{
	r->queue_n = 0;
	return ask(r, r->active, m, err);
}

enum status repl_take_turn(struct repl *r, struct msg *m, struct err *err)
{
	struct app_agent *a = r->queue[0];

	r->queue_n--;
	memmove(r->queue, r->queue + 1, r->queue_n * sizeof(r->queue[0]));
	return ask(r, a, m, err);
}
