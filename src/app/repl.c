#include "app/repl.h"

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
#include "engine/session.h"
#include "text/fill.h"
#include "tty/edit.h"
#include "tty/term.h"

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
		st = repl_turn(&r, err);
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
