#include "app/repl.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "app/change.h"
#include "app/complete.h"
#include "app/endpoint.h"
#include "app/inputlog.h"
#include "app/learn.h"
#include "app/refs.h"
#include "app/repl_priv.h"
#include "app/screen.h"
#include "app/setup.h"
#include "app/unlock.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "engine/session.h"
#include "net/http.h"
#include "text/fill.h"
#include "text/safe.h"
#include "tty/edit.h"
#include "tty/term.h"

/*
 * The loop
 */

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

static enum status turn_loop(struct repl *r, struct err *err)
{
	bool busy = session_active(r->session);
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
	if (st != ST_OK)
		return st;
	if (busy) {
		session_step(r->session);
		if (session_active(r->session)) {
			repl_show_wait(r);
		} else {
			warm_used(&r->warm);
			repl_reply_ended(r);
		}
	}
	return ST_OK;
}

/*
 * Start and end
 */

static void load_line(struct span line, const struct line_range *literal,
	size_t n, void *payload)
{
	edit_history_add(payload, line, literal, n);
}

void repl_load_history(struct repl *r)
{
	inputlog_close(r->log);
	r->log = NULL;
	if (r->edit == NULL)
		return;
	edit_history_clear(r->edit);
	if (r->app->storage.vault != NULL &&
		inputlog_open(&r->log, r->app->storage.vault, load_line,
			r->edit, NULL) != ST_OK)
		r->log = NULL;
}

static enum status make_render(struct repl *r, struct err *err)
{
	bool out = term_get()->out;
	struct render_options o;
	struct render *fresh;

	screen_options(r->app, &o);
	o.terminal = out;
	o.raw = o.raw || !out;
	fresh = render_new(STDOUT_FILENO, &o);
	if (fresh == NULL)
		return err_nomem(err);
	render_free(r->render);
	r->render = fresh;
	return ST_OK;
}

static enum status make_edit(struct repl *r, struct err *err)
{
	const struct term *t = term_get();
	struct edit_options e = {
		.name = "atllama",
		.complete = complete_line,
		.payload = r,
		.colour = t->colour_out,
		.styled = t->styled_out,
		.dumb = t->dumb,
	};
	enum status st;

	st = edit_new(&e, &r->edit, err);
	if (st == ST_OK)
		repl_load_history(r);
	return st;
}

enum status repl_screen_changed(struct repl *r, struct err *err)
{
	const struct term *t = term_get();

	app_screen(r->app);
	if (r->edit != NULL)
		edit_look(r->edit, t->colour_out, t->styled_out);
	return make_render(r, err);
}

/* Lets the user set up an endpoint. ST_NOT_FOUND when none was. */
static enum status set_up_first(struct repl *r, struct err *err)
{
	bool done = false;
	enum status st = setup_first(r->app, &done, err);

	if (st != ST_OK)
		return st;
	r->active = NULL;
	return done ? app_agent(r->app, span_of(NULL, 0), &r->active, err)
		    : ST_NOT_FOUND;
}

/* Chooses the agent of plain lines: the guide in a tour and where no endpoint
 * is known, else the default one. */
static enum status choose_first(struct repl *r, struct err *err)
{
	struct span guide = span_str("guide");
	struct err why;
	enum status st;

	if (r->app->args.verb == VERB_TOUR)
		return app_agent(r->app, guide, &r->active, err);
	st = app_agent(r->app, span_of(NULL, 0), &r->active, &why);
	if (st == ST_CONFIG && r->active != NULL &&
		r->active->agent.url[0] == '\0' &&
		r->app->args.script == NULL) {
		if (endpoint_offer(r->app, r->active))
			return ST_OK;
		st = set_up_first(r, err);
		if (st != ST_NOT_FOUND)
			return st;
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
	struct span what = span_str(a->resume.set ? a->resume.v : NULL);
	bool pick = a->resume.set && what.n == 0 && !a->cont;
	enum status st = repl_new(r, err);

	if (st == ST_OK && pick && a->fork)
		return err_set(err, ST_USAGE,
			"--fork needs to know of which conversation: -c, or "
			"-r with an ID or a title");
	if (st == ST_OK && pick)
		return repl_pick(r, span_of(NULL, 0), err);
	if (st == ST_OK && (a->cont || a->resume.set))
		st = repl_resume(r, what, err);
	if (st == ST_OK && a->fork)
		st = session_fork(r->session, err);
	return st;
}

static void greet(struct repl *r)
{
	static const char guide[] =
		"You are talking to the built-in guide. Ask how to do "
		"something, or type: tour";
	const struct args *a = &r->app->args;
	int columns;
	int rows;

	/* Whoever continues a conversation has been here before. */
	if (a->quiet || a->cont || a->resume.set || a->script != NULL)
		return;
	term_size(&columns, &rows);
	if (r->active->agent.kind == AGENT_GUIDE) {
		fill_line(span_str(guide), (size_t)columns, 0, 0, &r->out);
		buf_char(&r->out, '\n');
	}
	buf_str(&r->out, "/help lists the commands, Ctrl-D leaves.\n");
	repl_print(r);
}

static void release(struct repl *r)
{
	warm_release(&r->warm);
	session_free(r->session);
	inputlog_close(r->log);
	edit_free(r->edit);
	render_free(r->render);
	input_release(&r->files);
	script_release(&r->script);
	app_agent_release(&r->once);
	switches_release(&r->switches);
	buf_release(&r->out);
	buf_release(&r->doubted);
}

/* What is typed before the first prompt is for that; beside a script it is the
 * shell's, unless it is the script. */
static void hush(const struct repl *r)
{
	const char *script = r->app->args.script;

	if (script == NULL)
		(void)term_quiet(true);
	else if (strcmp(script, "-") != 0)
		term_mute();
}

static enum status start(struct repl *r, struct err *err)
{
	const struct args *a = &r->app->args;
	enum status st;
	size_t i;

	hush(r);
	st = choose_first(r, err);
	hush(r);
	if (st == ST_OK)
		st = unlock_storage(r->app, err);
	if (st == ST_OK)
		st = app_http(r->app, err);
	if (st == ST_OK)
		st = make_render(r, err);
	if (st == ST_OK)
		st = r->app->args.script != NULL
			? script_open(&r->script, r->app->args.script, err)
			: make_edit(r, err);
	if (st == ST_OK)
		st = first_session(r, err);
	for (i = 0; i < a->files.n && st == ST_OK; i++)
		st = input_file(&r->files, a->files.v[i], err);
	if (st == ST_OK)
		change_retire(r->app, &session_conv(r->session)->id);
	if (st == ST_OK)
		greet(r);
	if (st == ST_OK) {
		refs_list(&r->files, "next message", &r->out);
		repl_tell(r);
	}
	return st;
}

enum status repl_run(struct app *app, struct err *err)
{
	struct repl r = {.app = app};
	enum status st;

	if (app->args.script == NULL &&
		(!term_get()->in || (!term_get()->out && !term_get()->err)))
		return err_set(err, ST_USAGE,
			"a chat needs a terminal; to ask once, give a prompt "
			"or pipe one in");
	buf_init(&r.out, BUF_LARGE);
	buf_init(&r.doubted, BUF_SMALL);
	input_init(&r.files);
	r.files.stop_fd = app->signal_fd;
	script_init(&r.script);
	app_agent_init(&r.once);
	switches_init(&r.switches, app);
	warm_init(&r.warm, app);
	st = start(&r, err);
	while (st == ST_OK && !r.quit)
		st = turn_loop(&r, err);
	if (st == ST_OK && r.killed)
		st = err_set(err, ST_STOPPED, "%s", "");
	if (st == ST_OK && r.failed != ST_OK)
		st = err_set(err, r.failed, "%s", "");
	if (r.edit != NULL)
		edit_stop(r.edit);
	term_quiet(false);
	/* With a script there is nobody to ask. */
	if (st == ST_OK && r.edit != NULL)
		learn_at_end(&r);
	release(&r);
	return st;
}
