#include "app/task.h"

#include <poll.h>
#include <signal.h>
#include <stdarg.h>

#include "app/task_charts.h"
#include "base/clock.h"
#include "engine/session.h"
#include "net/http.h"
#include "tty/render.h"
#include "tty/term.h"

/*
 * Saying how far it is
 */

void task_note(struct task_run *r, const char *fmt, ...)
{
	struct buf line;
	va_list ap;

	buf_init(&line, BUF_LARGE);
	va_start(ap, fmt);
	buf_vfmt(&line, fmt, ap);
	va_end(ap);
	progress_hide(&r->progress);
	app_note(r->app, "%s", line.p);
	buf_release(&line);
}

static void tell_phase(struct task_run *r)
{
	switch (task_phase(r->task)) {
	case TASK_JOINING: task_note(r, "writing the answer"); break;
	case TASK_CHECKING: task_note(r, "checking the answer"); break;
	case TASK_PLANNING:
	case TASK_REVIEW:
	case TASK_ANSWERING:
	case TASK_WORKING:
	case TASK_ENDED: break;
	}
}

static void tell_step(struct task_run *r, size_t step)
{
	const struct outline *o = task_outline(r->task);
	const struct task_work *w = task_work(r->task, step);
	const char *title = o->steps[step].title.p;

	if (w->state == TASK_LOST)
		task_note(r, "step %zu of %zu is not done: %s (%s)", step + 1,
			o->steps_n, title, w->why.p);
	else
		task_note(r, "step %zu of %zu: %s (%.1f s, %lld tokens)%s",
			step + 1, o->steps_n, title, (double)w->ms / 1000.0,
			(long long)w->usage.total,
			w->state == TASK_SHORT ? ", cut at the limit of tokens"
					       : "");
}

static void on_news(
	enum task_news news, size_t step, struct span text, void *payload)
{
	struct task_run *r = payload;
	const struct outline *o;

	if (r->task == NULL)
		return;
	switch (news) {
	case TASK_NEWS_PHASE: tell_phase(r); break;
	case TASK_NEWS_BEGUN:
		o = task_outline(r->task);
		if (task_work(r->task, step)->better.len > 0)
			task_note(r, "step %zu of %zu is done again: %s",
				step + 1, o->steps_n, o->steps[step].title.p);
		break;
	case TASK_NEWS_STEP: tell_step(r, step); break;
	case TASK_NEWS_AGAIN:
		o = task_outline(r->task);
		task_note(r, "step %zu of %zu is tried again: %s (%.*s)",
			step + 1, o->steps_n, o->steps[step].title.p,
			(int)text.n, text.p);
		break;
	case TASK_NEWS_NOTICE:
		task_note(r, "%.*s", (int)(text.n > 2000 ? 2000 : text.n),
			text.p);
		break;
	}
}

static bool renew_key(const struct agent *agent, void *payload)
{
	struct task_run *r = payload;

	return app_renew_key(r->app, agent);
}

static size_t jobs_of(const struct args *a)
{
	if (!a->jobs.set)
		return TASK_JOBS;
	return a->jobs.v < TASK_JOBS_MAX ? (size_t)a->jobs.v : TASK_JOBS_MAX;
}

struct task_options task_run_options(struct task_run *r)
{
	const struct args *a = &r->app->args;

	return (struct task_options){
		.http = r->app->http,
		.known = &r->app->known,
		.memory = a->no_memory ? NULL : r->app->storage.memory,
		.session = r->session,
		.agent = &r->agent->agent,
		.key = r->agent->key,
		.renew_key = renew_key,
		/* Whoever sits there and waits can end it. */
		.max_wait_ms = r->ask ? -1 : 0,
		.tell = on_news,
		.sink = task_on_event,
		.verify = task_charts_verify,
		.draw = task_charts_keep,
		.payload = r,
		.jobs = jobs_of(a),
		.rounds = a->rounds.set ? (int)a->rounds.v : TASK_ROUNDS,
		.steps_max = a->steps.set ? (size_t)a->steps.v : TASK_STEPS,
		.tokens_max = a->token_limit.set ? a->token_limit.v : 0,
		.time_ms = a->time_limit.set ? a->time_limit.v : 0,
	};
}

/*
 * The loop
 */

static void took_interrupt(struct task_run *r)
{
	enum task_phase phase = task_phase(r->task);

	/* Only while steps run is there something worth waiting for. */
	if (r->interrupts++ > 0 || phase != TASK_WORKING) {
		task_stop(r->task);
		return;
	}
	task_pause(r->task);
	if (task_phase(r->task) != TASK_ENDED)
		task_note(r,
			"it pauses after the steps under way; Ctrl-C once more "
			"stops it now");
}

static void resized(struct task_run *r)
{
	int columns;
	int rows;

	if (r->render == NULL)
		return;
	term_size(&columns, &rows);
	render_resize(r->render, columns);
}

static enum status signal_ready(short revents, void *payload, struct err *err)
{
	struct task_run *r = payload;
	int number;

	(void)revents;
	(void)err;
	while ((number = term_next_signal()) != 0) {
		if (number == SIGINT)
			took_interrupt(r);
		else if (number == SIGTERM || number == SIGHUP)
			task_stop(r->task);
		else if (number == SIGWINCH)
			resized(r);
		else if (number == SIGTSTP)
			term_stop();
		else if (number == SIGCONT)
			term_continue();
	}
	return ST_OK;
}

static int net_timeout(void *payload)
{
	struct task_run *r = payload;
	int ms = http_timeout_ms(r->app->http);

	ms = clock_sooner(ms, task_timeout_ms(r->task));
	if (!r->progress.off)
		ms = clock_sooner(ms, PROGRESS_EVERY_MS);
	return ms;
}

static enum status net_ready(short revents, void *payload, struct err *err)
{
	struct task_run *r = payload;

	(void)revents;
	return http_step(r->app->http, err);
}

/* While steps run they are counted, else the seconds are. */
static void start_progress(struct task_run *r, enum task_phase phase)
{
	progress_stop(&r->progress);
	r->shown = phase;
	r->since_ms = clock_mono_ms();
	progress_start(&r->progress,
		phase == TASK_WORKING		 ? "working"
			: phase == TASK_PLANNING ? "planning"
						 : "waiting",
		phase == TASK_WORKING ? "steps" : "s", r->app->args.quiet);
}

static void show_progress(struct task_run *r)
{
	enum task_phase phase = task_phase(r->task);

	if (phase != r->shown)
		start_progress(r, phase);
	if (phase == TASK_WORKING)
		progress_at(&r->progress,
			task_count(r->task, TASK_DONE) +
				task_count(r->task, TASK_SHORT) +
				task_count(r->task, TASK_LOST),
			task_outline(r->task)->steps_n);
	else if (!r->said_simple && phase != TASK_REVIEW)
		progress_at(&r->progress,
			(uint64_t)(clock_mono_ms() - r->since_ms) / 1000, 0);
}

static enum status once(struct task_run *r, struct err *err)
{
	struct loop_source sources[] = {
		{r->app->signal_fd, POLLIN, NULL, signal_ready, r},
		{http_fd(r->app->http), POLLIN, net_timeout, net_ready, r},
		app_guide_source(r->app),
	};
	enum status st = loop_once(
		sources, sizeof(sources) / sizeof(sources[0]), err);

	task_step(r->task);
	show_progress(r);
	return st;
}

enum status task_drive(struct task_run *r, struct err *err)
{
	enum status st = ST_OK;

	start_progress(r, task_phase(r->task));
	while (st == ST_OK && task_phase(r->task) != TASK_ENDED &&
		!(r->plan_only && task_phase(r->task) >= TASK_WORKING)) {
		if (task_phase(r->task) == TASK_REVIEW) {
			progress_hide(&r->progress);
			st = task_review(r, err);
			if (st == ST_OK && r->plan_only)
				break;
		} else {
			st = once(r, err);
		}
	}
	progress_stop(&r->progress);
	if (st == ST_OK && !(r->plan_only && !task_simple(r->task)))
		st = task_status(r->task, err);
	return st;
}
