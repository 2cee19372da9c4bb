/* What a task gives out at its end: an answer, a plan, or JSON. */
#include "app/task.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "app/members.h"
#include "app/task_charts.h"
#include "app/task_folder.h"
#include "base/file.h"
#include "engine/session.h"
#include "text/safe.h"
#include "tty/render.h"
#include "tty/term.h"
#include "wire/json.h"

#define OUT_MAX (4 * BUF_LARGE)

static void put(struct task_run *r, struct span s)
{
	if (s.n == 0 || r->gone)
		return;
	r->last = s.p[s.n - 1];
	if (!fd_write_full(STDOUT_FILENO, s.p, s.n))
		r->gone = true;
}

enum status task_on_event(
	const struct event *ev, void *payload, struct err *err)
{
	struct task_run *r = payload;

	if (ev->type == EVENT_NOTICE)
		task_note(r, "%.*s",
			(int)(ev->text.n > 2000 ? 2000 : ev->text.n),
			ev->text.p);
	if (ev->type == EVENT_REASONING && r->render != NULL && r->simple_out)
		render_reasoning(r->render, ev->text);
	if (ev->type != EVENT_TEXT || !r->simple_out)
		return r->render != NULL ? render_flush(r->render, err) : ST_OK;
	progress_hide(&r->progress);
	r->said_simple = true;
	if (r->render == NULL) {
		put(r, ev->text);
		return ST_OK;
	}
	render_text(r->render, ev->text);
	return render_flush(r->render, err);
}

/*
 * JSON
 */

static void add_lines(
	struct json_writer *w, const char *key, const struct buf *lines)
{
	struct span rest = buf_view(lines);

	json_key(w, key);
	json_open(w, '[');
	while (rest.n > 0)
		json_add_string(w, span_cut(&rest, '\n'));
	json_close(w, ']');
}

static void add_step(struct json_writer *w, const struct task_run *r, size_t i)
{
	static const char *const states[] = {
		[TASK_TODO] = "open",
		[TASK_RUNNING] = "open",
		[TASK_DONE] = "done",
		[TASK_SHORT] = "cut",
		[TASK_LOST] = "not done",
	};
	const struct outline *o = task_outline(r->task);
	const struct task_work *work = task_work(r->task, i);
	size_t k;

	json_open(w, '{');
	json_member_str(w, "id", buf_view(&o->steps[i].id));
	json_member_str(w, "title", buf_view(&o->steps[i].title));
	json_member_str(w, "instruction", buf_view(&o->steps[i].work));
	json_key(w, "needs");
	json_open(w, '[');
	for (k = 0; k < o->steps_n; k++)
		if ((o->steps[i].needs >> k & 1) != 0)
			json_add_string(w, buf_view(&o->steps[k].id));
	json_close(w, ']');
	json_member_str(w, "state", span_str(states[work->state]));
	if (work->result.len > 0)
		json_member_str(w, "result", buf_view(&work->result));
	if (work->why.len > 0)
		json_member_str(w, "why", buf_view(&work->why));
	if (work->model.len > 0) {
		json_member_str(w, "model", buf_view(&work->model));
		members_usage(w, &work->usage);
	}
	json_close(w, '}');
}

static void add_verdicts(struct json_writer *w, const struct task_run *r)
{
	static const char *const words[] = {
		[TASK_UNCHECKED] = "not checked",
		[TASK_MET] = "met",
		[TASK_UNMET] = "not met",
	};
	struct span rest = buf_view(&task_outline(r->task)->check);
	size_t i;

	json_key(w, "verdicts");
	json_open(w, '[');
	for (i = 0; rest.n > 0; i++) {
		const struct task_verdict *v = task_verdict(r->task, i);

		json_open(w, '{');
		json_member_str(w, "requirement", span_cut(&rest, '\n'));
		json_member_str(w, "verdict",
			span_str(words[v != NULL ? v->met : TASK_UNCHECKED]));
		json_member_str(w, "why",
			v != NULL ? buf_view(&v->why) : span_of(NULL, 0));
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void add_plan(struct json_writer *w, const struct task_run *r)
{
	const struct outline *o = task_outline(r->task);
	size_t i;

	json_member_str(w, "goal", buf_view(&o->goal));
	add_lines(w, "given", &o->given);
	json_key(w, "steps");
	json_open(w, '[');
	for (i = 0; i < o->steps_n; i++)
		add_step(w, r, i);
	json_close(w, ']');
	if (r->plan_only)
		add_lines(w, "requirements", &o->check);
	else
		add_verdicts(w, r);
}

static void put_json(const struct task_run *r, const struct buf *answer,
	const struct task_charts *charts, enum status st, const struct err *err,
	struct buf *out)
{
	struct json_writer w = {.out = out, .safe = term_get()->out};
	char hex[ID_HEX + 1];
	size_t asked;
	struct usage usage = task_usage(r->task, &asked);

	id_hex(&session_conv(r->session)->id, hex);
	json_open(&w, '{');
	json_member_str(
		&w, "id", span_str(session_saved(r->session) ? hex : ""));
	json_member_bool(&w, "simple", task_simple(r->task));
	if (!task_simple(r->task))
		add_plan(&w, r);
	if (answer->len > 0)
		json_member_str(&w, "answer", buf_view(answer));
	if (charts->files.len > 0)
		add_lines(&w, "files", &charts->files);
	if (r->tables.n > 0)
		add_lines(&w, "wrong_figures", &charts->wrong);
	members_usage(&w, &usage);
	json_member_int(&w, "requests", (int64_t)asked);
	json_member_bool(&w, "saved", session_saved(r->session));
	if (st != ST_OK)
		members_error(&w, st, err);
	json_close(&w, '}');
	buf_char(out, '\n');
}

/*
 * The end
 */

/* What joins a hint to a text: behind a question mark, a blank is enough. */
static const char *joint(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && text[n - 1] == '?' ? " " : "; ";
}

/* Tells how a saved task is taken up again. */
static void add_next_step(
	const struct task_run *r, enum status st, struct err *err)
{
	char hex[ID_HEX + 1];

	if (!session_saved(r->session) || task_simple(r->task) ||
		session_conv(r->session)->n == 0 || st == ST_USAGE)
		return;
	if (r->chat) {
		err_hint(err, "%s/task goes on", joint(err->msg));
		return;
	}
	id_hex(&session_conv(r->session)->id, hex);
	hex[8] = '\0';
	err_hint(err, "%satllama task --resume=%s %s", joint(err->msg), hex,
		st == ST_FAIL ? "tries it again" : "goes on");
}

static enum status write_text(
	struct task_run *r, const struct buf *out, struct err *err)
{
	const struct args *a = &r->app->args;
	struct buf safe;

	if (args_output_file(a) != NULL)
		return file_output(
			args_output_file(a), buf_view(out), 0600, err);
	if (r->render != NULL && !a->json) {
		render_text(r->render, buf_view(out));
		return render_end(r->render, err);
	}
	buf_init(&safe, out->max);
	if (a->safe && !a->json)
		safe_text(buf_view(out), &safe);
	put(r, a->safe && !a->json ? buf_view(&safe) : buf_view(out));
	buf_release(&safe);
	return ST_OK;
}

/* A simple answer has been shown as it came; only its end is missing. */
static enum status end_simple(struct task_run *r, struct err *err)
{
	if (r->render != NULL)
		return render_end(r->render, err);
	if (r->last != '\n')
		put(r, span_of("\n", 1));
	return ST_OK;
}

/* A plan is not Markdown, so it does not go through the renderer. */
static enum status write_plan(
	struct task_run *r, const struct buf *out, struct err *err)
{
	struct render *was = r->render;
	struct buf shown;
	enum status st;

	if (was == NULL || r->app->args.output != NULL)
		return write_text(r, out, err);
	buf_init(&shown, out->max);
	task_fill(buf_view(out), &shown);
	r->render = NULL;
	st = write_text(r, &shown, err);
	r->render = was;
	buf_release(&shown);
	return st;
}

static enum status write_all(
	struct task_run *r, const struct buf *out, struct err *err)
{
	enum status st = buf_check(out, "answer", err);

	if (st != ST_OK)
		return st;
	if (r->said_simple)
		return end_simple(r, err);
	if (out->len == 0)
		return ST_OK;
	return r->plan_only && !task_simple(r->task) ? write_plan(r, out, err)
						     : write_text(r, out, err);
}

/* Tells when all requirements are met. Those that are not stand in the
 * answer. */
static void tell_check(struct task_run *r)
{
	size_t n = outline_lines(&task_outline(r->task)->check);
	size_t i;

	if (n == 0 || task_simple(r->task))
		return;
	for (i = 0; i < n; i++) {
		const struct task_verdict *v = task_verdict(r->task, i);

		if (v == NULL || v->met != TASK_MET)
			return;
	}
	if (n == 1)
		task_note(r, "checked: the requirement is met");
	else
		task_note(r, "checked: all %zu requirements are met", n);
}

/* Makes the answer, with its charts drawn and, with --out, written to files. */
static enum status make_answer(struct task_run *r, struct buf *answer,
	struct task_charts *charts, struct err *err)
{
	enum status st;

	task_answer(r->task, answer);
	st = task_charts_make(charts, r, answer, err);
	return st == ST_OK ? task_folder_report(charts, r, err) : st;
}

/* What is written at the end: JSON, the plan, or the answer. `st` and `err` are
 * how the task ended; the status is that of the files of --out, and *ret_err
 * tells of them. */
static enum status build_output(struct task_run *r, enum status st,
	const struct err *err, struct buf *out, struct err *ret_err)
{
	bool json = r->app->args.json;
	bool plan = r->plan_only && !task_simple(r->task);
	struct task_charts charts;
	struct buf answer;
	enum status filed = ST_OK;

	task_charts_init(&charts);
	buf_init(&answer, OUT_MAX);
	if (!plan)
		filed = make_answer(r, &answer, &charts, ret_err);
	else if (!json && task_outline(r->task)->steps_n > 0)
		task_put_plan_text(r, &answer);
	if (json)
		put_json(r, &answer, &charts, st, err, out);
	else
		buf_span(out,
			buf_view(charts.drawn.len > 0 ? &charts.drawn
						      : &answer));
	if (out->len > 0 && out->p[out->len - 1] != '\n')
		buf_char(out, '\n');
	buf_release(&answer);
	task_charts_release(&charts);
	return filed;
}

enum status task_write(struct task_run *r, enum status st, struct err *err)
{
	struct buf out;
	struct err why;
	enum status filed;
	enum status written;

	if (st != ST_OK)
		add_next_step(r, st, err);
	buf_init(&out, OUT_MAX);
	filed = build_output(r, st, err, &out, &why);
	if (st == ST_OK && !r->plan_only)
		tell_check(r);
	/* The answer is written all the same when a file was not. */
	written = write_all(r, &out, filed == ST_OK ? &why : NULL);
	buf_release(&out);
	if (filed != ST_OK)
		written = filed;
	else if (written != ST_OK && why.sys == EPIPE)
		written = ST_OK; /* the reader wanted no more */
	if (st != ST_OK || written == ST_OK)
		return st;
	*err = why;
	return written;
}
