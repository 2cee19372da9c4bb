#include "app/answer_priv.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/review.h"
#include "app/screen.h"
#include "base/file.h"
#include "tty/term.h"

/*
 * Output
 */

void answer_put(struct answer *a, struct span s)
{
	if (answer_over(a) || s.n == 0)
		return;
	if (fd_write_full(STDOUT_FILENO, s.p, s.n))
		return;
	if (errno == EPIPE)
		a->gone = true;
	else
		(void)err_sys(&a->failed, ST_IO, "cannot write the answer");
}

void answer_put_out(struct answer *a)
{
	if (a->out.bad)
		(void)err_nomem(&a->failed);
	else
		answer_put(a, buf_view(&a->out));
	buf_reset(&a->out);
}

void answer_check_render(
	struct answer *a, enum status st, const struct err *err)
{
	if (st == ST_OK)
		return;
	if (err->sys == EPIPE)
		a->gone = true;
	else
		a->failed = *err;
}

void answer_put_exact(struct answer *a, struct span s)
{
	if (s.n == 0)
		return;
	a->any = true;
	a->last = s.p[s.n - 1];
	if (!a->filter) {
		answer_put(a, s);
		return;
	}
	safe_feed(&a->safe, s, &a->out);
	answer_put_out(a);
}

static const char *const event_names[] = {
	[ATL_EVENT_TEXT] = "text",
	[ATL_EVENT_REASONING] = "reasoning",
	[ATL_EVENT_TOOL] = "tool",
	[ATL_EVENT_NOTICE] = "notice",
	[ATL_EVENT_DONE] = "done",
};

struct json_writer answer_writer(struct answer *a)
{
	/* JSON may land on a terminal as well. */
	return (struct json_writer){.out = &a->out, .safe = term_get()->out};
}

static void put_event(struct answer *a, const atl_event *event)
{
	struct json_writer w = answer_writer(a);

	if (event->type == ATL_EVENT_DONE)
		return; /* written with the result */
	json_open(&w, '{');
	json_member_str(&w, "type", span_str(event_names[event->type]));
	if (event->name != NULL)
		json_member_str(&w, "name", span_str(event->name));
	json_member_str(&w, "text", span_of(event->text, event->size));
	json_close(&w, '}');
	buf_char(&a->out, '\n');
	answer_put_out(a);
}

/* The last one goes on beyond -q, when it is so in the end. */
static void note_unsaved(struct answer *a, struct span text)
{
	if (span_starts(text, "NOT SAVED"))
		buf_set(&a->unsaved, text);
}

static void show_notice(struct answer *a, struct span text)
{
	note_unsaved(a, text);
	if (a->mode == MODE_RENDER)
		render_notice(a->render, text);
	else
		app_note(a->app, "%.*s",
			(int)(text.n > INT_MAX ? INT_MAX : text.n), text.p);
}

/* Tools are never offered here. */
static void show_call(struct answer *a, const char *name)
{
	struct buf line;

	buf_init(&line, BUF_LARGE);
	buf_fmt(&line, "the model asks for a tool that nobody offered: %s",
		name);
	show_notice(a, buf_view(&line));
	buf_release(&line);
}

/* On a terminal or into a file the words about the answer go to stderr. */
static void show(struct answer *a, const atl_event *event)
{
	struct span text = span_of(event->text, event->size);
	struct err err;

	switch (event->type) {
	case ATL_EVENT_TEXT:
		if (a->held)
			break;
		if (a->mode == MODE_RENDER)
			render_text(a->render, text);
		else if (a->mode == MODE_EXACT)
			answer_put_exact(a, text);
		break;
	case ATL_EVENT_REASONING:
		if (a->mode == MODE_RENDER)
			render_reasoning(a->render, text);
		break;
	case ATL_EVENT_NOTICE: show_notice(a, text); break;
	case ATL_EVENT_TOOL: show_call(a, event->name); break;
	case ATL_EVENT_DONE: break;
	}
	if (a->mode == MODE_RENDER) {
		enum status st = render_flush(a->render, &err);

		answer_check_render(a, st, &err);
	}
}

int answer_event(struct answer *a, const atl_event *event)
{
	if (a->mode == MODE_JSONL)
		put_event(a, event);
	else if (a->mode != MODE_JSON || event->type == ATL_EVENT_NOTICE)
		show(a, event);
	return answer_over(a);
}

void answer_resized(struct answer *a)
{
	int columns;
	int rows;

	if (a == NULL || a->render == NULL)
		return;
	term_size(&columns, &rows);
	render_resize(a->render, columns);
}

void answer_reader_gone(struct answer *a)
{
	/* With -o the answer does not go there. */
	if (a->mode != MODE_FILE)
		a->gone = true;
}

bool answer_over(const struct answer *a)
{
	return a->gone || a->failed.code != ST_OK;
}

/*
 * Life
 */

static enum answer_mode mode_of(const struct args *args)
{
	if (args->json)
		return MODE_JSON;
	if (args->jsonl)
		return MODE_JSONL;
	if (args_output_file(args) != NULL)
		return MODE_FILE;
	/* Markdown would take a "*" in JSON for its own. */
	return term_get()->out && args->schema == NULL ? MODE_RENDER
						       : MODE_EXACT;
}

static enum status new_render(struct answer *a, struct err *err)
{
	struct render_options o;

	if (a->app->args.unsafe)
		app_say(a->app,
			"the terminal is not protected from what the model "
			"writes (--unsafe)");
	screen_options(a->app, &o);
	a->render = render_new(STDOUT_FILENO, &o);
	return a->render != NULL ? ST_OK : err_nomem(err);
}

enum status answer_new(
	struct answer **ret, const struct app *app, struct err *err)
{
	const struct args *args = &app->args;
	struct answer *a;
	enum status st = ST_OK;

	if (args->jsonl && args->output != NULL)
		return err_set(err, ST_USAGE,
			"--jsonl writes events as they come, so it has no -o; "
			"redirect standard output");
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return err_nomem(err);
	a->app = app;
	a->mode = mode_of(args);
	a->held = args->schema != NULL;
	a->filter = args->safe || (a->held && term_get()->out && !args->unsafe);
	buf_init(&a->out, 4 * BUF_LARGE);
	buf_init(&a->unsaved, BUF_SMALL);
	safe_init(&a->safe, 0);
	if (a->mode == MODE_RENDER)
		st = new_render(a, err);
	else if (args_output_file(args) != NULL)
		st = file_output_check(args_output_file(args), err);
	if (st != ST_OK) {
		answer_free(a);
		return st;
	}
	*ret = a;
	return ST_OK;
}

void answer_free(struct answer *a)
{
	if (a == NULL)
		return;
	render_free(a->render);
	buf_release(&a->out);
	buf_release(&a->unsaved);
	free(a);
}

void answer_unsaved(struct answer *a)
{
	a->storeless = true;
}

bool answer_is_json(const struct answer *a)
{
	return a->mode == MODE_JSON || a->mode == MODE_JSONL;
}

void answer_reviewed(struct answer *a, const struct review *r)
{
	a->review = r;
}
