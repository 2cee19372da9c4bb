#include "app/task.h"

#include <string.h>
#include <unistd.h>

#include "app/ask.h"
#include "app/change.h"
#include "app/refs.h"
#include "app/saved.h"
#include "app/screen.h"
#include "app/task_charts.h"
#include "app/task_data.h"
#include "app/task_folder.h"
#include "app/task_template.h"
#include "app/terminal.h"
#include "app/unlock.h"
#include "base/file.h"
#include "chat/msg.h"
#include "engine/session.h"
#include "store/catalog.h"
#include "tty/render.h"
#include "tty/term.h"

/*
 * What is to be done
 */

struct asked {
	struct input input;
	struct buf prompt;
	struct buf piped;
	struct template template;
	struct msg *question;
	struct task_tables tables;
};

static enum status read_stdin(
	struct asked *q, const struct app *app, struct err *err)
{
	struct input_doc *doc;
	size_t before = q->input.n;
	bool in_place = app->args.template != NULL ? q->template.takes_input
						   : q->prompt.len == 0;
	enum status st = input_fd(
		&q->input, STDIN_FILENO, "stdin", app->signal_fd, err);

	if (st != ST_OK || q->input.n == before || !in_place)
		return st;
	doc = &q->input.docs[before];
	buf_span(app->args.template != NULL ? &q->piped : &q->prompt,
		buf_view(&doc->text));
	buf_release(&doc->name);
	buf_release(&doc->text);
	q->input.n = before;
	return q->piped.bad || q->prompt.bad ? err_nomem(err) : ST_OK;
}

static enum status read_template(
	struct asked *q, const struct args *a, struct err *err)
{
	enum status st = task_template_load(a->template, &q->template, err);
	size_t i;

	for (i = 0; i < a->sets.n && st == ST_OK; i++) {
		st = input_check(span_str(a->sets.v[i]), "--set", err);
		if (st == ST_OK)
			st = template_set(
				&q->template, span_str(a->sets.v[i]), err);
	}
	if (st == ST_OK && term_get()->in && term_get()->err && !a->assume)
		st = task_template_ask(&q->template, err);
	return st;
}

static enum status make_question(
	struct asked *q, const struct app *app, struct err *err)
{
	bool template = app->args.template != NULL;
	struct msg *m = msg_new(ROLE_USER);
	enum status st = ST_OK;
	size_t i;

	if (m == NULL)
		return err_nomem(err);
	q->question = m;
	if (q->template.data)
		st = task_data_text(app, &q->piped, &q->tables, err);
	if (st == ST_OK && template)
		st = task_template_put(&q->template, buf_view(&q->piped),
			buf_view(&q->prompt), m, err);
	else
		buf_span(&m->text, buf_view(&q->prompt));
	for (i = 0; i < q->input.n && st == ST_OK; i++)
		st = msg_attach(m, buf_view(&q->input.docs[i].name),
			buf_view(&q->input.docs[i].text), err);
	if (st == ST_OK)
		st = task_data_documents(
			app, m, q->template.data, &q->tables, err);
	if (st == ST_OK)
		st = buf_check(&m->text, "task", err);
	if (st == ST_OK && span_trim(buf_view(&m->text)).n == 0)
		st = err_set(err, ST_USAGE,
			"there is nothing to do: say what, or pipe it in, or "
			"name a template with -T");
	return st;
}

static enum status gather(struct asked *q, struct app *app, struct err *err)
{
	const struct args *a = &app->args;
	enum status st = ST_OK;
	size_t i;

	args_prompt(a, &q->prompt);
	st = buf_check(&q->prompt, "task", err);
	if (st == ST_OK)
		st = input_check(buf_view(&q->prompt), "the task", err);
	if (st == ST_OK && a->template != NULL)
		st = read_template(q, a, err);
	for (i = 0; i < a->files.n && st == ST_OK; i++)
		st = input_file(&q->input, a->files.v[i], err);
	if (st == ST_OK)
		refs_note(app, &q->input);
	if (st == ST_OK && ask_takes_stdin(app))
		st = read_stdin(q, app, err);
	return st == ST_OK ? make_question(q, app, err) : st;
}

/*
 * Agent and conversation
 */

enum status task_check_agent(const struct app_agent *a, struct err *err)
{
	if (a->agent.kind != AGENT_GUIDE)
		return ST_OK;
	return err_set(err, ST_USAGE,
		"the guide answers from the manual and carries out no tasks; "
		"choose another agent");
}

static struct session_options session_of(const struct task_run *r)
{
	struct app *app = r->app;

	return (struct session_options){
		.http = app->http,
		.known = &app->known,
		.vault = app->storage.vault,
		.catalog = app->storage.catalog,
		.memory = app->args.no_memory ? NULL : app->storage.memory,
		.terminal = span_str(terminal_name()),
		.strict = app->args.strict,
		.max_wait_ms = r->ask ? -1 : 0,
	};
}

static enum status begin(struct task_run *r, struct asked *q, struct err *err)
{
	struct session_options so = session_of(r);
	struct task_options o;
	enum status st = session_new(&r->session, &so, err);

	if (st != ST_OK)
		return st;
	o = task_run_options(r);
	st = task_new(&r->task, &o, q->question,
		r->app->args.template != NULL ? &q->template.outline : NULL,
		err);
	if (st == ST_OK)
		q->question = NULL;
	return st;
}

/* A saved task keeps no tables: whoever wants its charts again names the files
 * again. */
static enum status read_tables(
	struct task_run *r, struct input *input, struct err *err)
{
	const struct opt_list *files = &r->app->args.files;
	enum status st = ST_OK;
	size_t i;

	for (i = 0; i < files->n && st == ST_OK; i++)
		st = input_file(input, files->v[i], err);
	if (st == ST_OK)
		task_data_again(r->app, input, &r->tables);
	return st;
}

static enum status resume(struct task_run *r, struct err *err)
{
	struct session_options so = session_of(r);
	const struct catalog_entry *e = NULL;
	const char *what = r->app->args.resume.v;
	struct task_options o;
	struct buf notice;
	enum status st;

	if (r->app->args.private)
		return err_set(err, ST_USAGE,
			"--private stores nothing, so there is nothing to "
			"resume");
	/* Without an ID, the latest. */
	r->app->args.last = what == NULL || what[0] == '\0';
	st = saved_find(r->app, span_str(what), &e, err);
	buf_init(&notice, BUF_SMALL);
	if (st == ST_OK)
		st = session_open(&r->session, &so, &e->id, &notice, err);
	if (notice.len > 0)
		app_say(r->app, "%s", notice.p);
	buf_release(&notice);
	if (st != ST_OK)
		return st;
	if (session_others(r->session).n > 0)
		app_note(r->app, "the task is open in %s, too",
			session_others(r->session).p);
	o = task_run_options(r);
	st = task_load(&r->task, &o, err);
	if (st == ST_NOT_FOUND && r->app->args.last)
		err_hint(err,
			"; say which one as --resume=ID (atllama list shows "
			"them)");
	return st;
}

static enum status make_render(struct task_run *r, struct err *err)
{
	const struct args *a = &r->app->args;
	struct render_options o;

	r->simple_out = !a->json && args_output_file(a) == NULL && !a->safe;
	if (!term_get()->out || a->json || a->output != NULL)
		return ST_OK;
	screen_options(r->app, &o);
	r->render = render_new(STDOUT_FILENO, &o);
	r->simple_out = true;
	return r->render != NULL ? ST_OK : err_nomem(err);
}

static enum status open_all(struct task_run *r, struct err *err)
{
	struct app *app = r->app;
	enum status st = app_agent(app, span_of(NULL, 0), &r->agent, err);

	if (st == ST_OK)
		st = task_check_agent(r->agent, err);
	if (st == ST_OK)
		st = unlock_storage(app, err);
	if (st == ST_OK)
		st = app_http(app, err);
	if (st == ST_OK)
		st = make_render(r, err);
	if (st == ST_OK && args_output_file(&app->args) != NULL)
		st = file_output_check(args_output_file(&app->args), err);
	return st;
}

enum status task_run_verb(struct app *app, struct err *err)
{
	struct task_run r = {.app = app};
	struct asked q = {.question = NULL};
	bool resumes = app->args.resume.set;
	enum status st = ST_OK;

	if (app->args.list)
		return task_template_list(app, err);
	term_mute();
	r.ask = term_get()->in && term_get()->err;
	r.review = !app->args.yes;
	r.plan_only = app->args.plan_only;
	input_init(&q.input);
	q.input.stop_fd = app->signal_fd;
	buf_init(&q.prompt, INPUT_MAX + BUF_SMALL);
	buf_init(&q.piped, INPUT_MAX + BUF_SMALL);
	template_init(&q.template);
	st = resumes ? read_tables(&r, &q.input, err) : gather(&q, app, err);
	if (!resumes)
		r.tables = q.tables;
	if (st == ST_OK)
		st = task_folder_prepare(&r, err);
	if (st == ST_OK)
		st = open_all(&r, err);
	/* Charts are drawn, and files written, of a whole answer. */
	if (r.tables.n > 0 || app->args.out_folder != NULL)
		r.simple_out = false;
	if (st == ST_OK)
		st = resumes ? resume(&r, err) : begin(&r, &q, err);
	if (st == ST_OK) {
		st = task_drive(&r, err);
		st = task_write(&r, st, err);
		change_retire(app, &session_conv(r.session)->id);
	}
	task_free(r.task);
	task_tables_release(&r.tables);
	session_free(r.session);
	render_free(r.render);
	msg_free(q.question);
	input_release(&q.input);
	buf_release(&q.prompt);
	buf_release(&q.piped);
	template_release(&q.template);
	return st;
}
