#include "app/repl.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/complete.h"
#include "app/endpoint.h"
#include "app/history.h"
#include "app/inputlog.h"
#include "app/refs.h"
#include "app/unlock.h"
#include "base/file.h"
#include "engine/session.h"
#include "net/http.h"
#include "store/catalog.h"
#include "text/line.h"
#include "text/safe.h"
#include "tty/edit.h"
#include "tty/render.h"
#include "tty/term.h"

enum { AGENT_NAMES_MAX = 256 };

void repl_print(struct repl *r)
{
	/* A terminal that is gone is noticed by the editor. */
	if (!r->out.bad)
		(void)!fd_write_full(STDOUT_FILENO, r->out.p, r->out.len);
	buf_reset(&r->out);
}

/*
 * Conversations
 */

static void on_foreign(void *payload)
{
	struct repl *r = payload;

	render_notice(r->render,
		span_str("another process has added to this conversation; "
			 "/resume shows it all"));
}

static struct session_options options(struct repl *r)
{
	return (struct session_options){
		.http = r->app->http,
		.vault = r->app->storage.vault,
		.catalog = r->app->storage.catalog,
		.terminal = span_str(app_terminal()),
		.strict = r->app->args.strict,
		.foreign = on_foreign,
		.payload = r,
	};
}

enum status repl_new(struct repl *r, struct err *err)
{
	struct session_options o = options(r);
	struct session *fresh = NULL;
	enum status st = session_new(&fresh, &o, err);

	if (st != ST_OK)
		return st;
	session_free(r->session);
	r->session = fresh;
	return ST_OK;
}

/* The entry that `what` names. */
static enum status find(struct repl *r, struct span what,
	const struct catalog_entry **ret, struct err *err)
{
	struct catalog *c = r->app->storage.catalog;
	const struct catalog_entry *e;
	long long at;
	size_t n;
	enum status st;

	if (c == NULL)
		return err_set(err, ST_NOT_FOUND, "nothing is saved here");
	if (what.n == 0)
		return catalog_latest(c, span_str(app_terminal()), ret, err);
	if (what.n < 4 && span_int(what, 1, 999, &at)) {
		st = catalog_list(c, &e, &n, err);
		if (st == ST_OK && (size_t)at > n)
			st = err_set(err, ST_NOT_FOUND,
				"the list has %zu conversations; /list shows "
				"them",
				n);
		if (st == ST_OK)
			*ret = &e[at - 1];
		return st;
	}
	return catalog_find(c, what, ret, err);
}

/* The agent a resumed conversation was with, where it is still there. */
static void follow_agent(struct repl *r)
{
	struct span name = buf_view(&session_conv(r->session)->agent);
	struct app_agent *a;

	if (r->app->args.agent.agent != NULL || name.n == 0 ||
		agent_find_name(&r->app->config, name) == NULL ||
		r->app->args.verb == VERB_TOUR)
		return;
	if (app_agent(r->app, name, &a, NULL) == ST_OK)
		r->active = a;
}

static enum status show_last_turn(struct repl *r, struct err *err)
{
	const struct conv *c = session_conv(r->session);

	buf_str(&r->out, "Going on with \"");
	safe_line(buf_view(&c->title), &r->out);
	buf_fmt(&r->out, "\", %zu message%s.\n", c->n, c->n == 1 ? "" : "s");
	repl_print(r);
	return history_render_last(c, r->render, err);
}

enum status repl_resume(struct repl *r, struct span what, struct err *err)
{
	struct session_options o = options(r);
	const struct catalog_entry *e;
	struct session *old = NULL;
	struct buf notice;
	struct id id;
	enum status st = find(r, what, &e, err);

	if (st != ST_OK)
		return st;
	id = e->id;
	buf_init(&notice, BUF_LARGE);
	st = session_open(&old, &o, &id, &notice, err);
	if (st == ST_OK) {
		session_free(r->session);
		r->session = old;
		if (notice.len > 0)
			app_say(r->app, "%s", notice.p);
		follow_agent(r);
		st = show_last_turn(r, err);
	}
	buf_release(&notice);
	return st;
}

/*
 * Replies
 */

static enum status on_event(
	const struct event *ev, void *payload, struct err *err)
{
	struct repl *r = payload;

	switch (ev->type) {
	case EVENT_TEXT:
		r->waiting = false;
		render_text(r->render, ev->text);
		break;
	case EVENT_REASONING:
		r->waiting = false;
		render_reasoning(r->render, ev->text);
		break;
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

enum status repl_answer(struct repl *r, bool go_on, struct err *err)
{
	struct app_agent *a = r->active;
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

/* What to do next when a reply is not whole. */
static const char *next_step(const struct msg *reply)
{
	if (reply == NULL)
		return "; /retry asks again";
	switch (reply->outcome) {
	case OUTCOME_CUT:
	case OUTCOME_STOPPED:
	case OUTCOME_FAILED:
		return "; what arrived is kept: /continue goes on, /retry "
		       "asks again";
	case OUTCOME_NONE:
	case OUTCOME_COMPLETE:
	case OUTCOME_LENGTH:
	case OUTCOME_FILTERED: break;
	}
	return "";
}

static void tell_result(struct repl *r)
{
	const struct session_result *res = session_result(r->session);

	if (res->reply != NULL && res->reply->outcome == OUTCOME_LENGTH)
		app_note(r->app,
			"the reply reached the limit of tokens; "
			"/continue goes on");
	if (res->status == ST_OK)
		return;
	if (res->status == ST_STOPPED && r->stopped)
		app_note(r->app, "stopped%s", next_step(res->reply));
	else
		app_say(r->app, "%s%s", res->err.msg, next_step(res->reply));
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
		app_say(r->app, "%s", err.msg);
		r->queue_n = 0;
	}
}

static void reply_ended(struct repl *r)
{
	const struct session_result *res = session_result(r->session);
	struct err err;

	render_status(r->render, span_of(NULL, 0));
	if (render_end(r->render, &err) != ST_OK)
		r->quit = true;
	tell_result(r);
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

static enum status send_text(
	struct repl *r, const struct line *line, struct err *err)
{
	struct app_agent *a = r->queue[0];
	struct msg *m = msg_new(ROLE_USER);
	enum status st;

	if (m == NULL)
		return err_nomem(err);
	buf_span(&m->text, buf_view(&line->text));
	st = buf_check(&m->text, "message", err);
	if (st == ST_OK)
		st = refs_attach(r->app, line, session_conv(r->session), m,
			&r->out, err);
	if (st == ST_OK)
		repl_print(r);
	else
		buf_reset(&r->out);
	if (st == ST_OK)
		st = session_ask(
			r->session, m, &a->agent, a->key, on_event, r, err);
	if (st != ST_OK) {
		msg_free(m);
		return st;
	}
	r->queue_n--;
	memmove(r->queue, r->queue + 1, r->queue_n * sizeof(r->queue[0]));
	r->asked = a;
	r->stopped = false;
	if (session_active(r->session))
		show_waiting(r, a);
	else
		reply_ended(r);
	return ST_OK;
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
	if (span_trim(line).n == 0)
		return;
	edit_history_add(r->edit, line);
	if (r->log != NULL)
		(void)inputlog_add(
			r->log, line, &session_conv(r->session)->id, NULL);
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
	case LINE_SHELL:
		st = err_set(err, ST_USAGE,
			"commands of the shell are not run from here; to send "
			"a line that begins with !, put a blank before it");
		break;
	case LINE_TEXT: st = run_text(r, line, err); break;
	}
	return st;
}

static void took_line(struct repl *r)
{
	struct span names[AGENT_NAMES_MAX];
	struct line_names known = {.names = names};
	struct line line;
	struct err err;
	const char *name;
	enum status st;

	r->interrupts = 0;
	while (known.n_names < AGENT_NAMES_MAX &&
		(name = agent_name_at(&r->app->config, known.n_names)) != NULL)
		names[known.n_names++] = span_str(name);
	known.literal = edit_literal(r->edit, &known.n_literal);
	line_init(&line);
	remember(r, edit_line(r->edit));
	st = line_parse(&line, edit_line(r->edit), &known, &err);
	if (st == ST_OK)
		st = run_line(r, &line, &err);
	if (st != ST_OK)
		app_say(r->app, "%s", err.msg);
	line_release(&line);
}

/*
 * The loop
 */

static void took_edit(struct repl *r, enum edit_result result)
{
	switch (result) {
	case EDIT_MORE: return;
	case EDIT_LINE: took_line(r); return;
	case EDIT_EOF: r->quit = true; return;
	case EDIT_INTERRUPT: break;
	}
	if (edit_line(r->edit).n > 0) {
		r->interrupts = 0;
		return;
	}
	if (++r->interrupts >= 2)
		r->quit = true;
	else
		app_note(r->app, "Ctrl-C once more, or Ctrl-D, leaves");
}

static void took_signal(struct repl *r, int number)
{
	int columns;
	int rows;

	if (number == SIGTERM || number == SIGHUP) {
		r->quit = true;
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
	if (edit_active(r->edit))
		took_edit(r, edit_signal(r->edit, number));
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
	return ST_OK;
}

static int net_timeout(void *payload)
{
	struct repl *r = payload;
	int http = http_timeout_ms(r->app->http);
	int session = session_timeout_ms(r->session);

	return http < 0 || (session >= 0 && session < http) ? session : http;
}

static enum status net_ready(short revents, void *payload, struct err *err)
{
	struct repl *r = payload;

	(void)revents;
	return http_step(r->app->http, err);
}

static enum status prompt(struct repl *r, struct err *err)
{
	struct buf name;
	struct buf model;
	struct edit_piece pieces[3];
	enum status st;

	buf_init(&name, BUF_SMALL);
	buf_init(&model, BUF_SMALL);
	safe_line(span_str(r->active->agent.name), &name);
	if (r->active->agent.kind != AGENT_GUIDE) {
		buf_str(&model, " (");
		safe_line(span_str(r->active->agent.model), &model);
		buf_char(&model, ')');
	}
	pieces[0] = (struct edit_piece){name.p, EDIT_NAME};
	pieces[1] = (struct edit_piece){model.p, EDIT_DIM};
	pieces[2] = (struct edit_piece){
		r->app->storage.vault != NULL ? " > " : " [not saved] > ",
		EDIT_PLAIN};
	st = edit_start(r->edit, pieces, 3, err);
	buf_release(&name);
	buf_release(&model);
	return st;
}

static enum status turn_loop(struct repl *r, struct err *err)
{
	bool busy = session_active(r->session);
	enum status st = ST_OK;

	if (!busy && !edit_active(r->edit))
		st = prompt(r, err);
	if (st == ST_OK) {
		struct loop_source sources[] = {
			{r->app->signal_fd, POLLIN, NULL, signal_ready, r},
			{edit_active(r->edit) ? edit_fd(r->edit) : -1, POLLIN,
				edit_timeout, edit_ready, r},
			{http_fd(r->app->http), POLLIN, net_timeout, net_ready,
				r},
			app_guide_source(r->app),
		};

		st = loop_once(
			sources, sizeof(sources) / sizeof(sources[0]), err);
	}
	if (st != ST_OK)
		return st;
	if (busy) {
		session_step(r->session);
		if (!session_active(r->session))
			reply_ended(r);
	}
	return ST_OK;
}

/*
 * Start and end
 */

static void load_line(struct span line, void *payload)
{
	edit_history_add(payload, line);
}

static enum status make_parts(struct repl *r, struct err *err)
{
	const struct term *t = term_get();
	const struct args *args = &r->app->args;
	struct render_options o = {
		.terminal = t->out,
		.dumb = t->dumb,
		.plain = !t->styled_out,
		.raw = args->raw || !t->out,
		.markdown = true,
		.unsafe = args->unsafe,
		.accessible = t->accessible,
		.colour = t->colour_out,
	};
	struct edit_options e = {
		.name = "atllama",
		.complete = complete_line,
		.payload = r,
		.colour = t->colour_out,
		.styled = t->styled_out,
		.dumb = t->dumb,
		.accessible = t->accessible,
	};
	int rows;
	enum status st;

	term_size(&o.width, &rows);
	r->render = render_new(STDOUT_FILENO, &o);
	if (r->render == NULL)
		return err_nomem(err);
	st = edit_new(&e, &r->edit, err);
	if (st == ST_OK && r->app->storage.vault != NULL &&
		inputlog_open(&r->log, r->app->storage.vault, load_line,
			r->edit, NULL) != ST_OK)
		r->log = NULL;
	return st;
}

/* Whom plain lines go to: the tour is with the guide, and so is a chat on a
 * machine where no endpoint is known. */
static enum status choose_first(struct repl *r, struct err *err)
{
	struct span guide = span_str("guide");
	struct err why;
	enum status st;

	if (r->app->args.verb == VERB_TOUR)
		return app_agent(r->app, guide, &r->active, err);
	st = app_agent(r->app, span_of(NULL, 0), &r->active, &why);
	if (st == ST_CONFIG && r->active != NULL &&
		r->active->agent.url[0] == '\0') {
		if (endpoint_offer(r->app, r->active))
			return ST_OK;
		app_note(r->app, "%s", why.msg);
		return app_agent(r->app, guide, &r->active, err);
	}
	if (st != ST_OK && err != NULL)
		*err = why;
	return st;
}

static enum status first_session(struct repl *r, struct err *err)
{
	const struct args *a = &r->app->args;
	enum status st = repl_new(r, err);

	if (st == ST_OK && (a->cont || a->resume.set))
		st = repl_resume(r, span_str(a->resume.v), err);
	if (st == ST_OK && a->fork)
		st = session_fork(r->session, err);
	return st;
}

static void greet(struct repl *r)
{
	if (r->app->args.quiet)
		return;
	if (r->active->agent.kind == AGENT_GUIDE)
		buf_str(&r->out,
			"You are talking to the built-in guide. Ask how to "
			"do something, or type: tour\n");
	buf_str(&r->out, "/help lists the commands, Ctrl-D leaves.\n");
	repl_print(r);
}

static void release(struct repl *r)
{
	session_free(r->session);
	inputlog_close(r->log);
	edit_free(r->edit);
	render_free(r->render);
	buf_release(&r->out);
}

static enum status start(struct repl *r, struct err *err)
{
	enum status st = choose_first(r, err);

	if (st == ST_OK)
		st = unlock_storage(r->app, err);
	if (st == ST_OK)
		st = app_http(r->app, err);
	if (st == ST_OK)
		st = make_parts(r, err);
	if (st == ST_OK)
		st = first_session(r, err);
	if (st == ST_OK)
		greet(r);
	return st;
}

enum status repl_run(struct app *app, struct err *err)
{
	struct repl r = {.app = app};
	enum status st;

	if (!term_get()->in || (!term_get()->out && !term_get()->err))
		return err_set(err, ST_USAGE,
			"a chat needs a terminal; to ask once, give a prompt "
			"or pipe one in");
	buf_init(&r.out, BUF_LARGE);
	st = start(&r, err);
	while (st == ST_OK && !r.quit)
		st = turn_loop(&r, err);
	edit_stop(r.edit);
	term_quiet(false);
	release(&r);
	return st;
}
