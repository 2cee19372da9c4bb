/* Decides what happens next in a task. */
#include "engine/task_priv.h"

#include "base/clock.h"
#include "engine/session.h"

/*
 * Beginning
 */

static bool over_tokens(struct task *t)
{
	if (t->with.tokens_max <= 0 || t->usage.total < t->with.tokens_max)
		return false;
	task_fail(t, ST_LENGTH, "the limit of tokens is reached");
	return true;
}

/* Asks; what fails at once, such as ST_WINDOW, is taken like any failure. */
static void begin(struct task *t, enum task_aim aim, size_t step)
{
	struct err err;
	enum status st;

	if (over_tokens(t))
		return;
	if (aim == AIM_STEP) {
		t->work[step].state = TASK_RUNNING;
		t->work[step].ms = clock_mono_ms();
		task_tell(t, TASK_NEWS_BEGUN, step, span_of(NULL, 0));
	}
	st = task_ask(t, aim, step, &err);
	if (st != ST_OK)
		task_missed(t, aim, step, st, &err);
}

/* The first step that this one needs and that is not done, or with `lost` that
 * is lost; SIZE_MAX: none. */
static size_t lacks(const struct task *t, size_t step, bool lost)
{
	uint64_t needs = t->outline.steps[step].needs;
	size_t i;

	for (i = 0; i < t->outline.steps_n; i++) {
		enum task_state s = t->work[i].state;

		if ((needs >> i & 1) != 0 && s != TASK_DONE &&
			s != TASK_SHORT && (!lost || s == TASK_LOST))
			return i;
	}
	return SIZE_MAX;
}

/* Gives up a step that needs a lost one; false when there is none. */
static bool lose_one(struct task *t)
{
	size_t i;

	for (i = 0; i < t->outline.steps_n; i++) {
		size_t on;

		if (t->work[i].state != TASK_TODO)
			continue;
		on = lacks(t, i, true);
		if (on == SIZE_MAX)
			continue;
		buf_reset(&t->work[i].why);
		buf_fmt(&t->work[i].why, "it needs \"%s\", which was not done",
			t->outline.steps[on].title.p);
		task_lose(t, i);
		return true;
	}
	return false;
}

static void begin_steps(struct task *t)
{
	size_t i;

	while (t->status == ST_OK && lose_one(t))
		;
	for (i = 0; i < t->outline.steps_n; i++) {
		if (t->status != ST_OK || t->paused ||
			t->jobs_n >= t->with.jobs)
			return;
		if (t->work[i].state == TASK_TODO &&
			lacks(t, i, false) == SIZE_MAX)
			begin(t, AIM_STEP, i);
	}
}

/*
 * The way through
 */

/* Whether the result of the only step is the answer, since nothing else is
 * asked for. */
static bool is_answer(const struct task *t)
{
	return t->outline.steps_n == 1 && t->work[0].state == TASK_DONE &&
		t->doubts.len == 0 && t->outline.form.len == 0;
}

static void join(struct task *t)
{
	if (task_count(t, TASK_DONE) + task_count(t, TASK_SHORT) == 0) {
		task_fail(t, ST_SERVER,
			t->outline.steps_n > 0 ? t->work[0].why.p
					       : "there are no steps");
		return;
	}
	if (is_answer(t)) {
		task_take_answer(t, buf_view(&t->work[0].result), NULL);
		return;
	}
	task_set_phase(t, TASK_JOINING);
	begin(t, AIM_JOIN, 0);
}

static void check(struct task *t)
{
	if (t->verdicts_n == 0 || t->unjoined) {
		t->checked = true;
		task_apply_check(t);
		return;
	}
	task_set_phase(t, TASK_CHECKING);
	begin(t, AIM_CHECK, 0);
}

static void answer_simple(struct task *t)
{
	struct session *s = t->with.session;
	struct err err;
	enum status st;

	task_set_phase(t, TASK_ANSWERING);
	st = session_retry(s, &err);
	if (st == ST_OK)
		st = session_reply(s, t->with.agent, t->with.key, t->with.sink,
			t->with.payload, &err);
	if (st != ST_OK)
		task_fail(t, st, err.msg);
	else
		t->asked++;
	t->answering = st == ST_OK;
}

/* Takes the next step of the way, when nothing is under way. */
static void go_on(struct task *t)
{
	if (t->phase == TASK_PLANNING) {
		begin(t, AIM_PLAN, 0);
	} else if (t->simple) {
		if (t->answered)
			task_set_phase(t, TASK_ENDED);
		else
			answer_simple(t);
	} else if (task_count(t, TASK_TODO) > 0) {
		task_set_phase(t, TASK_WORKING);
		begin_steps(t);
	} else if (!t->answered) {
		join(t);
	} else if (!t->checked) {
		check(t);
	} else {
		task_set_phase(t, TASK_ENDED);
	}
}

static bool is_finished(const struct task *t)
{
	return t->answered &&
		(t->simple || (task_count(t, TASK_TODO) == 0 && t->checked));
}

void task_advance(struct task *t)
{
	for (;;) {
		size_t asked = t->asked;
		enum task_phase phase = t->phase;

		if (phase == TASK_ENDED || phase == TASK_REVIEW || t->answering)
			return;
		if (t->paused && t->jobs_n == 0 && !is_finished(t))
			task_fail(t, ST_STOPPED, "paused");
		if (t->status != ST_OK) {
			if (t->jobs_n == 0)
				task_set_phase(t, TASK_ENDED);
			return;
		}
		if (phase == TASK_WORKING && t->jobs_n > 0) {
			begin_steps(t);
			return;
		}
		if (t->jobs_n > 0)
			return;
		go_on(t);
		/* Stop when something is under way. Otherwise it was a step
		 * that needs no question (see is_answer()), and the next one
		 * follows. */
		if (t->asked != asked && t->jobs_n > 0)
			return;
	}
}
