#include "engine/task.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "chat/conv.h"
#include "engine/session.h"
#include "engine/task_priv.h"

/*
 * Life
 */

static void release_work(struct task *t)
{
	size_t i;

	for (i = 0; t->work != NULL && i < t->work_n; i++) {
		buf_release(&t->work[i].result);
		buf_release(&t->work[i].why);
		buf_release(&t->work[i].better);
		buf_release(&t->work[i].model);
	}
	for (i = 0; t->verdicts != NULL && i < t->verdicts_n; i++)
		buf_release(&t->verdicts[i].why);
	free(t->work);
	free(t->verdicts);
	t->work = NULL;
	t->verdicts = NULL;
	t->work_n = t->verdicts_n = 0;
}

enum status task_fit(struct task *t, struct err *err)
{
	size_t steps = t->outline.steps_n;
	size_t lines = outline_lines(&t->outline.check);
	struct task_work *work = calloc(steps + 1, sizeof(*work));
	struct task_verdict *verdicts = calloc(lines + 1, sizeof(*verdicts));
	size_t i;

	if (work == NULL || verdicts == NULL) {
		free(work);
		free(verdicts);
		return err_nomem(err);
	}
	release_work(t);
	t->work = work;
	t->work_n = steps;
	t->verdicts = verdicts;
	t->verdicts_n = lines;
	for (i = 0; i < steps; i++) {
		buf_init(&work[i].result, BUF_LARGE);
		buf_init(&work[i].why, BUF_SMALL);
		buf_init(&work[i].better, BUF_SMALL);
		buf_init(&work[i].model, BUF_SMALL);
	}
	for (i = 0; i < lines; i++) {
		buf_init(&verdicts[i].why, BUF_SMALL);
		verdicts[i].step = SIZE_MAX;
	}
	return ST_OK;
}

static struct task *make(const struct task_options *o)
{
	struct task *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->with = *o;
	if (t->with.jobs == 0)
		t->with.jobs = 1;
	outline_init(&t->outline);
	buf_init(&t->proposal.readings, BUF_LARGE);
	buf_init(&t->proposal.questions, BUF_LARGE);
	buf_init(&t->proposal.assumptions, BUF_LARGE);
	buf_init(&t->kept, BUF_LARGE);
	buf_init(&t->answer, BUF_LARGE);
	buf_init(&t->doubts, BUF_SMALL);
	buf_init(&t->fault, BUF_SMALL);
	buf_init(&t->past, BUF_LARGE);
	t->start_ms = clock_mono_ms();
	t->jobs = calloc(t->with.jobs, sizeof(*t->jobs));
	if (t->jobs == NULL || task_fit(t, NULL) != ST_OK) {
		task_free(t);
		return NULL;
	}
	return t;
}

void task_free(struct task *t)
{
	size_t i;

	if (t == NULL)
		return;
	t->with.tell = NULL;
	/* A reply to a simple task went to the owner's sink. */
	if (t->answering)
		session_stop(t->with.session);
	if (t->simple)
		session_mute(t->with.session);
	for (i = 0; t->jobs != NULL && i < t->with.jobs; i++)
		if (t->jobs[i].session != NULL)
			task_job_release(&t->jobs[i]);
	free(t->jobs);
	release_work(t);
	outline_release(&t->outline);
	buf_release(&t->proposal.readings);
	buf_release(&t->proposal.questions);
	buf_release(&t->proposal.assumptions);
	buf_release(&t->kept);
	buf_release(&t->answer);
	buf_release(&t->doubts);
	buf_release(&t->fault);
	buf_release(&t->past);
	msg_free(t->question);
	free(t);
}

/* Takes what was said so far as the past of the task. */
static enum status take_past(struct task *t, struct err *err)
{
	struct msg **path = NULL;
	size_t n = 0;
	enum status st = conv_path(
		session_conv(t->with.session), &path, &n, err);

	if (st == ST_OK)
		st = task_take_past(t, path, n, err);
	free(path);
	return st;
}

enum status task_new(struct task **ret, const struct task_options *o,
	struct msg *question, struct outline *outline, struct err *err)
{
	struct task *t = make(o);
	enum status st = ST_OK;

	if (t == NULL)
		return err_nomem(err);
	t->question = msg_dup(question);
	if (t->question == NULL)
		st = err_nomem(err);
	if (st == ST_OK)
		st = take_past(t, err);
	if (st == ST_OK && outline != NULL) {
		outline_release(&t->outline);
		t->outline = *outline;
		outline_init(outline);
		t->template = true;
		if (t->outline.steps_n > 0)
			t->phase = TASK_REVIEW;
		st = task_fit(t, err);
	}
	if (st == ST_OK)
		st = task_keep_question(t, question, err);
	if (st != ST_OK) {
		task_free(t);
		return st;
	}
	*ret = t;
	task_advance(t);
	return ST_OK;
}

/* Loads the task from its question on. */
static enum status load(
	struct task *t, struct msg *const *path, size_t n, struct err *err)
{
	size_t first = n;
	enum status st = ST_OK;
	size_t i;

	while (first > 0 && !span_is(buf_view(&path[first - 1]->task), "task"))
		first--;
	if (first == 0)
		return err_set(err, ST_NOT_FOUND,
			"there is no task in this conversation");
	t->question = msg_dup(path[first - 1]);
	if (t->question == NULL)
		return err_nomem(err);
	st = task_take_past(t, path, first - 1, err);
	for (i = first; i < n && st == ST_OK; i++)
		st = task_load_part(t, path[i], i == first, err);
	/* A plan of which nothing was done yet can be reviewed again. */
	if (t->phase == TASK_WORKING && !t->begun)
		t->phase = TASK_REVIEW;
	return st;
}

enum status task_load(
	struct task **ret, const struct task_options *o, struct err *err)
{
	struct task *t = make(o);
	struct msg **path = NULL;
	size_t n = 0;
	enum status st;

	if (t == NULL)
		return err_nomem(err);
	st = conv_path(session_conv(o->session), &path, &n, err);
	if (st == ST_OK)
		st = load(t, path, n, err);
	free(path);
	if (st != ST_OK) {
		task_free(t);
		return st;
	}
	*ret = t;
	task_advance(t);
	return ST_OK;
}

/*
 * Looks at it
 */

enum task_phase task_phase(const struct task *t)
{
	return t->phase;
}

bool task_simple(const struct task *t)
{
	return t->simple;
}

const struct outline *task_outline(const struct task *t)
{
	return &t->outline;
}

const struct task_work *task_work(const struct task *t, size_t step)
{
	return &t->work[step];
}

const struct task_verdict *task_verdict(const struct task *t, size_t line)
{
	return line < t->verdicts_n ? &t->verdicts[line] : NULL;
}

const struct task_proposal *task_proposal(const struct task *t)
{
	return &t->proposal;
}

struct usage task_usage(const struct task *t, size_t *ret_asked)
{
	if (ret_asked != NULL)
		*ret_asked = t->asked;
	return t->usage;
}

size_t task_count(const struct task *t, enum task_state state)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < t->work_n; i++)
		n += t->work[i].state == state;
	return n;
}

/*
 * Review
 */

static enum status in_review(const struct task *t, struct err *err)
{
	return t->phase == TASK_REVIEW
		? ST_OK
		: err_set(err, ST_BUSY, "the task is under way");
}

enum status task_given(struct task *t, struct span line, struct err *err)
{
	enum status st = in_review(t, err);

	if (st == ST_OK && !outline_line(&t->outline.given, line))
		st = err_set(err, ST_USAGE, "more than %zu lines",
			OUTLINE_LINES_MAX);
	return st == ST_OK ? buf_check(&t->outline.given, "line", err) : st;
}

enum status task_replan(struct task *t, struct err *err)
{
	enum status st = in_review(t, err);

	if (st != ST_OK)
		return st;
	t->decided = true;
	t->phase = TASK_PLANNING;
	task_advance(t);
	return ST_OK;
}

enum status task_edit(struct task *t, struct span text, struct err *err)
{
	struct outline fresh;
	struct outline was;
	enum status st = in_review(t, err);

	if (st != ST_OK)
		return st;
	outline_init(&fresh);
	st = outline_read(&fresh, text, OUTLINE_PLAN, "the plan", 1, err);
	if (st == ST_OK && fresh.steps_n == 0)
		st = err_set(err, ST_USAGE, "the plan has no steps left");
	if (st != ST_OK) {
		outline_release(&fresh);
		return st;
	}
	was = t->outline;
	t->outline = fresh;
	st = task_fit(t, err);
	if (st != ST_OK) {
		t->outline = was;
		was = fresh;
	}
	outline_release(&was);
	return st;
}

enum status task_keep(struct task *t, struct err *err)
{
	enum status st = in_review(t, err);

	return st == ST_OK ? task_keep_plan(t, err) : st;
}

enum status task_go(struct task *t, struct err *err)
{
	enum status st = task_keep(t, err);

	if (st != ST_OK)
		return st;
	task_set_phase(t, TASK_WORKING);
	task_advance(t);
	return ST_OK;
}

/*
 * Running
 */

void task_tell(
	struct task *t, enum task_news news, size_t step, struct span text)
{
	if (t->with.tell != NULL)
		t->with.tell(news, step, text, t->with.payload);
}

void task_tell_unmet(
	struct task *t, struct span requirement, const struct task_verdict *v)
{
	struct buf text;

	buf_init(&text, BUF_LARGE);
	buf_str(&text, "not met: ");
	buf_span(&text, requirement);
	buf_fmt(&text, "%s%s", v->why.len > 0 ? ": " : "", v->why.p);
	task_tell(t, TASK_NEWS_NOTICE, SIZE_MAX, buf_view(&text));
	buf_release(&text);
}

enum status task_pass_notice(
	const struct event *ev, void *payload, struct err *err)
{
	(void)err;
	if (ev->type == EVENT_NOTICE)
		task_tell(payload, TASK_NEWS_NOTICE, SIZE_MAX, ev->text);
	return ST_OK;
}

void task_set_phase(struct task *t, enum task_phase phase)
{
	if (t->phase == phase)
		return;
	t->phase = phase;
	task_tell(t, TASK_NEWS_PHASE, SIZE_MAX, span_of(NULL, 0));
}

void task_fail(struct task *t, enum status st, const char *msg)
{
	if (t->status != ST_OK)
		return;
	t->status = st;
	(void)err_set(&t->err, st, "%s", msg);
}

void task_pause(struct task *t)
{
	t->paused = true;
	if (t->phase == TASK_REVIEW)
		task_fail(t, ST_STOPPED, "stopped");
	if (t->phase == TASK_REVIEW)
		task_set_phase(t, TASK_ENDED);
}

static void stop(struct task *t, enum status st, const char *msg)
{
	size_t i;

	task_fail(t, st, msg);
	for (i = 0; i < t->with.jobs; i++)
		if (t->jobs[i].session != NULL)
			session_stop(t->jobs[i].session);
	if (t->answering)
		session_stop(t->with.session);
}

void task_stop(struct task *t)
{
	stop(t, ST_STOPPED, "stopped");
	task_step(t);
}

/* Takes what has ended, even when the task is about to end. */
static void take(struct task *t, struct task_job *j)
{
	if (session_result(j->session)->status != ST_STOPPED)
		task_took(t, j);
	else if (j->aim == AIM_STEP)
		t->work[j->step].state = TASK_TODO;
	task_job_release(j);
	t->jobs_n--;
}

void task_step(struct task *t)
{
	size_t i;

	if (t->with.time_ms > 0 && t->status == ST_OK &&
		t->phase != TASK_REVIEW && t->phase != TASK_ENDED &&
		clock_mono_ms() - t->start_ms >= t->with.time_ms)
		stop(t, ST_LENGTH, "the limit of time is reached");
	for (i = 0; i < t->with.jobs; i++) {
		struct task_job *j = &t->jobs[i];

		if (j->session == NULL)
			continue;
		session_step(j->session);
		if (!session_active(j->session))
			take(t, j);
	}
	if (t->answering) {
		session_step(t->with.session);
		if (!session_active(t->with.session))
			task_took_simple(t);
	}
	task_advance(t);
}

int task_timeout_ms(const struct task *t)
{
	int ms = -1;
	size_t i;

	for (i = 0; i < t->with.jobs; i++)
		if (t->jobs[i].session != NULL)
			ms = clock_sooner(
				ms, session_timeout_ms(t->jobs[i].session));
	if (t->answering)
		ms = clock_sooner(ms, session_timeout_ms(t->with.session));
	if (t->with.time_ms > 0) {
		int64_t left = t->with.time_ms -
			(clock_mono_ms() - t->start_ms);

		ms = clock_sooner(ms,
			left < 0	      ? 0
				: left > 1000 ? 1000
					      : (int)left);
	}
	return ms;
}
