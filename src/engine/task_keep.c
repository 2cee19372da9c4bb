/* Saves a task in its conversation as it proceeds, and restores it. */
#include "engine/task_priv.h"

#include <string.h>

#include "chat/msg.h"
#include "engine/session.h"

/* Takes m in any case. */
static enum status add(struct task *t, struct msg *m, struct err *err)
{
	enum status st = buf_check(&m->text, "message", err);

	if (st == ST_OK)
		st = session_add(t->with.session, m, task_pass_notice, t, err);
	if (st != ST_OK)
		msg_free(m);
	return st;
}

static struct msg *new_part(const struct task *t, const char *part)
{
	struct msg *m = msg_new(ROLE_ASSISTANT);

	if (m == NULL)
		return NULL;
	m->outcome = OUTCOME_COMPLETE;
	buf_str(&m->agent, t->with.agent->name);
	buf_str(&m->task, part);
	return m;
}

enum status task_keep_question(
	struct task *t, struct msg *question, struct err *err)
{
	buf_set(&question->task, span_str("task"));
	if (question->agent.len == 0)
		buf_str(&question->agent, t->with.agent->name);
	return session_add(t->with.session, question, task_pass_notice, t, err);
}

enum status task_keep_plan(struct task *t, struct err *err)
{
	struct msg *m = new_part(t, "plan");

	if (m == NULL)
		return err_nomem(err);
	outline_write(&t->outline, &m->text);
	if (span_eq(buf_view(&m->text), buf_view(&t->kept))) {
		msg_free(m);
		return ST_OK;
	}
	buf_set(&t->kept, buf_view(&m->text));
	return add(t, m, err);
}

enum status task_keep_step(struct task *t, size_t step, struct err *err)
{
	const struct outline_step *s = &t->outline.steps[step];
	const struct task_work *w = &t->work[step];
	struct msg *m = new_part(t, "step ");

	if (m == NULL)
		return err_nomem(err);
	buf_span(&m->task, buf_view(&s->id));
	buf_span(&m->model, buf_view(&w->model));
	m->usage = w->usage;
	buf_fmt(&m->text, "## Step %zu of %zu: %s\n\n", step + 1,
		t->outline.steps_n, s->title.p);
	if (w->state == TASK_LOST) {
		m->outcome = OUTCOME_FAILED;
		buf_span(&m->note, buf_view(&w->why));
		buf_fmt(&m->text, "Not done: %s\n", w->why.p);
	} else {
		if (w->state == TASK_SHORT)
			m->outcome = OUTCOME_LENGTH;
		buf_span(&m->text, buf_view(&w->result));
		buf_char(&m->text, '\n');
	}
	return add(t, m, err);
}

enum status task_keep_answer(
	struct task *t, const struct msg *reply, struct err *err)
{
	struct msg *m = new_part(t, "answer");

	if (m == NULL)
		return err_nomem(err);
	if (reply != NULL) {
		buf_span(&m->model, buf_view(&reply->model));
		buf_span(&m->endpoint, buf_view(&reply->endpoint));
		m->usage = reply->usage;
		m->outcome = reply->outcome;
	}
	if (t->with.draw != NULL)
		t->with.draw(buf_view(&t->answer), &m->text, t->with.payload);
	else
		buf_span(&m->text, buf_view(&t->answer));
	return add(t, m, err);
}

/* "- met | The requirement | why", "- not met | ... | scope | why" */
enum status task_keep_check(struct task *t, struct err *err)
{
	static const char *const words[] = {
		[TASK_UNCHECKED] = "not checked",
		[TASK_MET] = "met",
		[TASK_UNMET] = "not met",
	};
	struct span rest = buf_view(&t->outline.check);
	struct msg *m = new_part(t, "check");
	size_t i;

	if (m == NULL)
		return err_nomem(err);
	buf_str(&m->text, "## Check\n\n");
	for (i = 0; i < t->verdicts_n; i++) {
		const struct task_verdict *v = &t->verdicts[i];
		struct span line = span_cut(&rest, '\n');
		const char *step = v->met == TASK_UNMET && v->step != SIZE_MAX
			? t->outline.steps[v->step].id.p
			: "-";

		buf_fmt(&m->text, "- %s | %s | %s | ", words[v->met], step,
			v->why.len > 0 ? v->why.p : "-");
		buf_span(&m->text, line);
		buf_char(&m->text, '\n');
	}
	return add(t, m, err);
}

/*
 * Reading it again
 */

static void load_step(struct task *t, const struct msg *m)
{
	struct span rest = buf_view(&m->text);
	size_t i = outline_find(
		&t->outline, span_of(m->task.p + 5, m->task.len - 5));
	struct task_work *w;

	if (i == SIZE_MAX)
		return;
	t->begun = true;
	w = &t->work[i];
	buf_reset(&w->why);
	buf_reset(&w->better);
	if (m->outcome == OUTCOME_FAILED) {
		w->state = TASK_TODO;
		return;
	}
	/* The result stands behind the title and an empty line. */
	(void)span_cut(&rest, '\n');
	(void)span_cut(&rest, '\n');
	w->state = m->outcome == OUTCOME_LENGTH ? TASK_SHORT : TASK_DONE;
	if (m->usage.total >= 0)
		w->usage = m->usage;
	buf_set(&w->result, span_trim(rest));
	buf_set(&w->model, buf_view(&m->model));
	t->answered = false;
	t->checked = false;
}

static void load_check(struct task *t, const struct msg *m)
{
	struct span rest = buf_view(&m->text);
	size_t i = 0;

	while (rest.n > 0 && i < t->verdicts_n) {
		struct span line = span_cut(&rest, '\n');
		struct task_verdict *v = &t->verdicts[i];
		struct span word;
		struct span why;

		if (!span_starts(line, "- "))
			continue;
		word = span_trim(span_cut(&line, '|'));
		v->met = span_is(word, "- met")	     ? TASK_MET
			: span_is(word, "- not met") ? TASK_UNMET
						     : TASK_UNCHECKED;
		v->step = outline_find(
			&t->outline, span_trim(span_cut(&line, '|')));
		why = span_trim(span_cut(&line, '|'));
		buf_reset(&v->why);
		if (!span_is(why, "-"))
			buf_set(&v->why, why);
		i++;
	}
	t->checked = true;
	task_apply_check(t);
}

static enum status load_plan(
	struct task *t, const struct msg *m, struct err *err)
{
	enum status st;

	outline_release(&t->outline);
	st = outline_read(&t->outline, buf_view(&m->text), OUTLINE_PLAN,
		"the saved plan", 1, err);
	if (st == ST_OK)
		st = task_fit(t, err);
	if (st == ST_OK)
		t->phase = TASK_WORKING;
	t->begun = false;
	buf_set(&t->kept, buf_view(&m->text));
	t->answered = false;
	t->checked = false;
	t->rounds = 0;
	buf_reset(&t->answer);
	return st;
}

enum status task_load_part(
	struct task *t, const struct msg *m, bool first, struct err *err)
{
	bool planned = t->phase == TASK_WORKING;

	if (span_is(buf_view(&m->task), "plan"))
		return load_plan(t, m, err);
	if (first && m->role == ROLE_ASSISTANT && m->task.len == 0) {
		t->simple = true;
		t->phase = TASK_ANSWERING;
		t->answered = m->outcome == OUTCOME_COMPLETE ||
			m->outcome == OUTCOME_LENGTH;
		if (t->answered)
			buf_set(&t->answer, buf_view(&m->text));
		return ST_OK;
	}
	if (!planned)
		return ST_OK;
	if (span_starts(buf_view(&m->task), "step ")) {
		load_step(t, m);
	} else if (span_is(buf_view(&m->task), "answer")) {
		buf_set(&t->answer, buf_view(&m->text));
		buf_reset(&t->doubts);
		t->answered = true;
		t->checked = false;
	} else if (span_is(buf_view(&m->task), "check")) {
		load_check(t, m);
	}
	return ST_OK;
}
