/* Takes the answer to a question, or the lack of one. */
#include "engine/task_priv.h"

#include "base/clock.h"
#include "chat/msg.h"
#include "engine/route.h"
#include "engine/session.h"
#include "text/tokens.h"

void task_lose(struct task *t, size_t step)
{
	struct err err;

	t->work[step].state = TASK_LOST;
	if (task_keep_step(t, step, &err) != ST_OK)
		task_fail(t, err.code, err.msg);
	task_tell(t, TASK_NEWS_STEP, step, span_of(NULL, 0));
}

void task_take_answer(struct task *t, struct span text, const struct msg *reply)
{
	struct err err;

	buf_set(&t->answer, text);
	buf_reset(&t->doubts);
	t->answered = true;
	t->checked = false;
	t->tries = 0;
	buf_reset(&t->fault);
	if (task_keep_answer(t, reply, &err) != ST_OK)
		task_fail(t, err.code, err.msg);
}

/* Makes the results the answer, since none could be written. */
static void take_results(struct task *t, const char *why)
{
	struct buf text;
	size_t i;

	buf_init(&text, BUF_LARGE);
	buf_fmt(&text,
		"These are the results of the steps as they came: no answer "
		"could be made of them (%s).\n",
		why);
	for (i = 0; i < t->outline.steps_n; i++)
		if (t->work[i].result.len > 0)
			buf_fmt(&text, "\n## %s\n\n%s\n",
				t->outline.steps[i].title.p,
				t->work[i].result.p);
	t->unjoined = true;
	task_take_answer(t, buf_view(&text), NULL);
	buf_release(&text);
}

/* Whether the failure is the answer's own, and not of the way to it. */
static bool is_its_own(enum status st, bool timed_out)
{
	switch (st) {
	case ST_SERVER:
	case ST_CUT:
	case ST_LENGTH:
	case ST_FILTERED:
	case ST_WINDOW: return true;
	default: return st == ST_NET && timed_out;
	}
}

static bool has_fallback(const struct task *t)
{
	const struct route *r = t->with.agent->route;

	return r != NULL && r->fallback_n > 0;
}

static void missed_step(struct task *t, size_t step, const struct err *why)
{
	struct task_work *w = &t->work[step];

	buf_set(&w->why, span_str(why->msg));
	if (t->status != ST_OK) {
		w->state = TASK_TODO;
		return;
	}
	w->tries++;
	if (why->code != ST_WINDOW &&
		(w->tries < 2 || (w->tries == 2 && has_fallback(t)))) {
		w->state = TASK_TODO;
		task_tell(t, TASK_NEWS_AGAIN, step, buf_view(&w->why));
		return;
	}
	w->ms = clock_mono_ms() - w->ms;
	/* The result from before the check still holds. */
	if (w->better.len > 0 && w->result.len > 0) {
		buf_reset(&w->better);
		w->state = TASK_DONE;
		task_tell(t, TASK_NEWS_STEP, step, span_of(NULL, 0));
		return;
	}
	task_lose(t, step);
}

void task_missed(struct task *t, enum task_aim aim, size_t step, enum status st,
	const struct err *why)
{
	if (aim == AIM_STEP)
		t->work[step].state = TASK_TODO;
	if (!is_its_own(st, t->late)) {
		task_fail(t, st, why->msg);
		return;
	}
	if (aim == AIM_STEP) {
		missed_step(t, step, why);
		return;
	}
	buf_set(&t->fault, span_str(why->msg));
	if (st != ST_WINDOW && t->tries++ == 0)
		return;
	t->tries = 0;
	if (aim == AIM_PLAN) {
		task_fail(t, st, why->msg);
	} else if (aim == AIM_JOIN) {
		take_results(t, why->msg);
	} else {
		t->checked = true;
		task_tell(t, TASK_NEWS_NOTICE, SIZE_MAX,
			span_str("the answer could not be checked"));
	}
	buf_reset(&t->fault);
}

static void took_step(struct task *t, size_t step, const struct msg *reply)
{
	struct task_work *w = &t->work[step];
	bool cut = reply->outcome == OUTCOME_LENGTH;
	struct err err;

	w->too_long = cut;
	if (cut && w->tries == 0) {
		(void)err_set(&err, ST_LENGTH,
			"the result ends at the limit of tokens");
		missed_step(t, step, &err);
		return;
	}
	w->state = cut ? TASK_SHORT : TASK_DONE;
	w->ms = clock_mono_ms() - w->ms;
	w->tries = 0;
	buf_reset(&w->why);
	buf_reset(&w->better);
	buf_set(&w->result, span_trim(buf_view(&reply->text)));
	buf_set(&w->model, buf_view(&reply->model));
	t->answered = false;
	t->checked = false;
	if (task_keep_step(t, step, &err) != ST_OK)
		task_fail(t, err.code, err.msg);
	task_tell(t, TASK_NEWS_STEP, step, span_of(NULL, 0));
}

static void took_plan(struct task *t, struct span answer)
{
	struct err err;
	enum status st = task_read_plan(t, answer, &err);

	if (st == ST_OK)
		st = task_fit(t, &err);
	if (st != ST_OK) {
		if (st == ST_SERVER)
			err_prefix(&err, "the model gave no plan");
		task_missed(t, AIM_PLAN, 0, st, &err);
		return;
	}
	t->tries = 0;
	buf_reset(&t->fault);
	task_set_phase(t, t->simple ? TASK_ANSWERING : TASK_REVIEW);
}

static void took_check(struct task *t, struct span answer)
{
	struct err err;
	enum status st = task_read_check(t, answer, &err);

	if (st != ST_OK) {
		task_missed(t, AIM_CHECK, 0, st, &err);
		return;
	}
	t->tries = 0;
	buf_reset(&t->fault);
	t->checked = true;
	if (task_keep_check(t, &err) != ST_OK)
		task_fail(t, err.code, err.msg);
	task_apply_check(t);
}

/* Finds what needs no model to be found; then the answer alone is written
 * again. */
static bool verify(struct task *t)
{
	struct buf wrong;
	struct span rest;
	bool any;

	if (t->with.verify == NULL)
		return false;
	buf_init(&wrong, BUF_SMALL);
	t->with.verify(buf_view(&t->answer), &wrong, t->with.payload);
	any = !wrong.bad && wrong.len > 0;
	for (rest = buf_view(&wrong); any && rest.n > 0;) {
		struct span line = span_cut(&rest, '\n');

		buf_str(&t->doubts, "- ");
		buf_span(&t->doubts, line);
		buf_char(&t->doubts, '\n');
	}
	buf_release(&wrong);
	return any;
}

/* Adds "the requirement: why it is not met", a line each, to what is done
 * again. */
void task_apply_check(struct task *t)
{
	struct span rest = buf_view(&t->outline.check);
	bool again;
	size_t i;

	if (t->rounds >= t->with.rounds || t->unjoined)
		return;
	again = verify(t);
	for (i = 0; i < t->verdicts_n; i++) {
		const struct task_verdict *v = &t->verdicts[i];
		struct span line = span_cut(&rest, '\n');
		struct buf *to = &t->doubts;

		if (v->met != TASK_UNMET)
			continue;
		again = true;
		task_tell_unmet(t, line, v);
		if (v->step != SIZE_MAX &&
			t->work[v->step].state != TASK_LOST) {
			t->work[v->step].state = TASK_TODO;
			t->work[v->step].tries = 0;
			to = &t->work[v->step].better;
		}
		buf_str(to, "- ");
		buf_span(to, line);
		buf_fmt(to, "%s%s\n", v->why.len > 0 ? ": " : "", v->why.p);
	}
	if (!again)
		return;
	t->rounds++;
	t->answered = false;
}

static void add_usage(struct usage *to, const struct usage *from)
{
	to->prompt += from->prompt;
	to->completion += from->completion;
	to->total += from->total;
}

/* The usage as counted by the endpoint or else estimated. */
static struct usage usage_of(const struct session_result *r)
{
	struct usage u = r->reply != NULL ? r->reply->usage : USAGE_UNKNOWN;

	if (u.prompt < 0)
		u.prompt = r->prompt_tokens > 0 ? r->prompt_tokens : 0;
	if (u.completion < 0)
		u.completion = r->reply != NULL
			? tokens_estimate(buf_view(&r->reply->text))
			: 0;
	u.total = u.prompt + u.completion;
	return u;
}

void task_took(struct task *t, struct task_job *j)
{
	const struct session_result *r = session_result(j->session);
	struct usage u = usage_of(r);
	struct err err = r->err;
	enum status st = r->status;

	add_usage(&t->usage, &u);
	if (j->aim == AIM_STEP)
		add_usage(&t->work[j->step].usage, &u);
	t->late = r->timed_out;
	if (st == ST_OK &&
		(r->reply == NULL ||
			span_trim(buf_view(&r->reply->text)).n == 0))
		st = err_set(&err, ST_SERVER, "the model answered nothing");
	if (st != ST_OK) {
		err.code = st;
		task_missed(t, j->aim, j->step, st, &err);
		return;
	}
	switch (j->aim) {
	case AIM_PLAN: took_plan(t, buf_view(&r->reply->text)); break;
	case AIM_STEP: took_step(t, j->step, r->reply); break;
	case AIM_JOIN:
		task_take_answer(
			t, span_trim(buf_view(&r->reply->text)), r->reply);
		break;
	case AIM_CHECK: took_check(t, buf_view(&r->reply->text)); break;
	}
}

void task_took_simple(struct task *t)
{
	const struct session_result *r = session_result(t->with.session);
	struct usage u = usage_of(r);

	add_usage(&t->usage, &u);
	t->answering = false;
	if (r->reply != NULL)
		buf_set(&t->answer, buf_view(&r->reply->text));
	t->answered = true;
	if (r->status != ST_OK)
		task_fail(t, r->status, r->err.msg);
}
