/* The loop of a chat: what wakes it, and what comes of that. */
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "app/repl_priv.h"
#include "app/screen.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "engine/session.h"
#include "net/http.h"
#include "text/safe.h"
#include "tty/edit.h"
#include "tty/term.h"

/* What Ctrl-C has thrown away comes back with Up until the chat ends; it is not
 * saved. */
static void keep_draft(struct repl *r)
{
	struct span line = edit_line(r->edit);
	const struct line_range *literal;
	size_t n;

	literal = edit_literal(r->edit, &n);
	if (span_trim(line).n > 0)
		edit_history_add(r->edit, line, literal, n);
}

static void took_edit(struct repl *r, enum edit_result result)
{
	switch (result) {
	case EDIT_MORE: return;
	case EDIT_LINE: repl_take_line(r); return;
	case EDIT_EOF: r->quit = true; return;
	case EDIT_INTERRUPT: break;
	}
	if (edit_line(r->edit).n > 0) {
		keep_draft(r);
		r->interrupts = 0;
		return;
	}
	if (++r->interrupts >= 2)
		r->quit = true;
	else
		app_note(r->app, "Ctrl-C once more, or Ctrl-D, leaves");
}

static bool editing(const struct repl *r)
{
	return r->edit != NULL && edit_active(r->edit);
}

static void took_signal(struct repl *r, int number)
{
	int columns;
	int rows;

	if (number == SIGTERM || number == SIGHUP) {
		r->quit = true;
		r->killed = true;
		return;
	}
	if (number == SIGWINCH) {
		term_size(&columns, &rows);
		render_resize(r->render, columns);
	}
	if (session_active(r->session)) {
		if (number == SIGINT) {
			r->stopped = true;
			r->queue_n = 0;
			session_stop(r->session);
		} else if (number == SIGTSTP) {
			term_stop();
		} else if (number == SIGCONT) {
			term_continue();
		}
		return;
	}
	if (editing(r))
		took_edit(r, edit_signal(r->edit, number));
	else if (number == SIGINT && script_active(&r->script))
		repl_fail(r, ST_STOPPED, "stopped");
}

static enum status signal_ready(short revents, void *payload, struct err *err)
{
	int number;

	(void)revents;
	(void)err;
	while ((number = term_next_signal()) != 0)
		took_signal(payload, number);
	return ST_OK;
}

static int edit_timeout(void *payload)
{
	struct repl *r = payload;

	return edit_timeout_ms(r->edit);
}

static enum status edit_ready(short revents, void *payload, struct err *err)
{
	struct repl *r = payload;

	(void)revents;
	(void)err;
	if (edit_active(r->edit))
		took_edit(r, edit_read(r->edit));
	if (edit_active(r->edit))
		warm_typed(&r->warm);
	return ST_OK;
}

static int script_timeout(void *payload)
{
	struct repl *r = payload;

	return script_ready(&r->script) ? 0 : -1;
}

/* Runs one message at most, since it may start a reply. */
static enum status script_run(short revents, void *payload, struct err *err)
{
	struct repl *r = payload;
	enum script_step step = SCRIPT_WAIT;
	struct err why;
	enum status st = ST_OK;

	(void)err;
	/* A signal may have ended the script. */
	if (!script_active(&r->script) || r->quit)
		return ST_OK;
	if (revents != 0 && !script_ready(&r->script))
		st = script_read(&r->script, &why);
	if (st == ST_OK)
		st = script_next(&r->script, &step, &why);
	if (st != ST_OK)
		repl_fail(r, st, why.msg);
	else if (step == SCRIPT_MESSAGE)
		repl_take_script(r);
	else if (step == SCRIPT_END && r->app->args.script != NULL)
		r->quit = true;
	return ST_OK;
}

static int net_timeout(void *payload)
{
	struct repl *r = payload;
	int ms = clock_sooner(
		http_timeout_ms(r->app->http), session_timeout_ms(r->session));

	return clock_sooner(ms, warm_timeout_ms(&r->warm));
}

static enum status net_ready(short revents, void *payload, struct err *err)
{
	struct repl *r = payload;
	enum status st;

	(void)revents;
	loop_rest(&r->pace);
	st = http_step(r->app->http, err);
	if (st == ST_OK)
		warm_step(&r->warm);
	return st;
}

/* Appends the model as the prompt shows it: what follows the maker's name, cut
 * so that there is room to type. */
static void put_model(const char *model, struct buf *out)
{
	struct buf text;
	struct span s;
	const char *slash = strrchr(model, '/');
	size_t room;
	int columns;
	int rows;

	term_size(&columns, &rows);
	room = columns > 56 ? (size_t)columns / 2 : 28;
	room -= 12; /* the agent's name, brackets and the prompt mark */
	buf_init(&text, BUF_SMALL);
	safe_line(
		span_str(slash != NULL && slash[1] != '\0' ? slash + 1 : model),
		&text);
	s = buf_view(&text);
	buf_str(out, " (");
	if (utf8_columns(s) <= room) {
		buf_span(out, s);
	} else {
		while (utf8_columns(s) > room - 3)
			s.n = utf8_floor(s, s.n - 1);
		buf_span(out, s);
		buf_str(out, "...");
	}
	buf_char(out, ')');
	buf_release(&text);
}

static enum status prompt(struct repl *r, struct err *err)
{
	const struct msg *last = conv_last(
		session_conv(r->session), ROLE_ASSISTANT);
	struct buf name;
	struct buf model;
	struct edit_piece pieces[3];
	enum status st;

	buf_init(&name, BUF_SMALL);
	buf_init(&model, BUF_SMALL);
	safe_line(span_str(r->active->agent.name), &name);
	if (r->active->agent.kind != AGENT_GUIDE)
		put_model(r->active->agent.model, &model);
	pieces[0] = (struct edit_piece){name.p, EDIT_NAME};
	pieces[1] = (struct edit_piece){model.p, EDIT_DIM};
	pieces[2] = (struct edit_piece){
		repl_saves(r) ? " > " : " [not saved] > ", EDIT_PLAIN};
	st = edit_start(r->edit, pieces, 3, err);
	warm_prompt(&r->warm, r->active,
		last != NULL ? buf_view(&last->endpoint) : span_of(NULL, 0));
	buf_release(&name);
	buf_release(&model);
	return st;
}

enum status repl_turn(struct repl *r, struct err *err)
{
	bool busy = r->replying;
	bool scripted = !busy && script_active(&r->script);
	enum status st = ST_OK;

	if (!busy && !scripted && !editing(r))
		st = prompt(r, err);
	if (st == ST_OK) {
		struct loop_source sources[] = {
			{r->app->signal_fd, POLLIN, NULL, signal_ready, r},
			{editing(r) ? edit_fd(r->edit) : -1, POLLIN,
				edit_timeout, edit_ready, r},
			{scripted ? script_fd(&r->script) : -1, POLLIN,
				script_timeout, script_run, r},
			{http_fd(r->app->http), POLLIN, net_timeout, net_ready,
				r},
			app_guide_source(r->app),
		};

		st = loop_once(
			sources, sizeof(sources) / sizeof(sources[0]), err);
	}
	/* A reply may have been begun, and have come to its end, just now. */
	if (st != ST_OK || !r->replying)
		return st;
	session_step(r->session);
	if (session_active(r->session)) {
		repl_show_wait(r);
	} else {
		warm_used(&r->warm);
		repl_reply_ended(r);
	}
	return ST_OK;
}
