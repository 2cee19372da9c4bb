/* Sums up a task: its answer, what is missing in it, and its status. */
#include "engine/task_priv.h"

static void put_steps(const struct task *t, enum task_state state,
	const char *head, struct buf *out)
{
	size_t i;

	if (task_count(t, state) == 0)
		return;
	buf_fmt(out, "\n%s\n\n", head);
	for (i = 0; i < t->work_n; i++)
		if (t->work[i].state == state)
			buf_fmt(out, "- %s%s%s\n", t->outline.steps[i].title.p,
				t->work[i].why.len > 0 ? ": " : "",
				t->work[i].why.p);
}

static size_t count_met(const struct task *t, enum task_met met)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < t->verdicts_n; i++)
		n += t->verdicts[i].met == met;
	return n;
}

static void put_verdicts(const struct task *t, enum task_met met,
	const char *head, struct buf *out)
{
	struct span rest = buf_view(&t->outline.check);
	size_t i;

	if (count_met(t, met) == 0)
		return;
	buf_fmt(out, "\n%s\n\n", head);
	for (i = 0; i < t->verdicts_n; i++) {
		struct span line = span_cut(&rest, '\n');

		if (t->verdicts[i].met != met)
			continue;
		buf_str(out, "- ");
		buf_span(out, line);
		buf_fmt(out, "%s%s\n", t->verdicts[i].why.len > 0 ? ": " : "",
			t->verdicts[i].why.p);
	}
}

/* Whether something is missing in the answer and has to be told. */
static bool has_gaps(const struct task *t)
{
	return !t->simple &&
		(t->unjoined || task_count(t, TASK_LOST) > 0 ||
			task_count(t, TASK_SHORT) > 0 ||
			count_met(t, TASK_MET) < t->verdicts_n);
}

void task_answer(const struct task *t, struct buf *out)
{
	buf_span(out, buf_view(&t->answer));
	if (t->answer.len == 0 || !has_gaps(t))
		return;
	if (out->p[out->len - 1] != '\n')
		buf_char(out, '\n');
	if (t->checked || t->verdicts_n > 0 || task_count(t, TASK_LOST) > 0)
		buf_str(out, "\n---\n");
	put_steps(t, TASK_LOST, "Not done:", out);
	put_steps(t, TASK_SHORT, "Cut at the limit of tokens:", out);
	put_verdicts(t, TASK_UNMET, "Not met:", out);
	put_verdicts(t, TASK_UNCHECKED, "Not checked:", out);
}

static enum status gaps(const struct task *t, struct err *err)
{
	size_t lost = task_count(t, TASK_LOST);
	size_t cut = task_count(t, TASK_SHORT);
	size_t unmet = count_met(t, TASK_UNMET);
	size_t open = count_met(t, TASK_UNCHECKED);

	if (lost > 0)
		return err_set(err, ST_FAIL,
			"%zu of %zu steps %s not done; the answer says which",
			lost, t->work_n, lost == 1 ? "was" : "were");
	if (unmet > 0)
		return err_set(err, ST_FAIL,
			"%zu of %zu requirements %s not met; the answer says "
			"which",
			unmet, t->verdicts_n, unmet == 1 ? "is" : "are");
	if (t->unjoined)
		return err_set(err, ST_FAIL,
			"no answer could be made of the results, which stand "
			"as they came");
	if (cut > 0)
		return err_set(err, ST_FAIL,
			"%zu of %zu results %s at the limit of tokens; raise "
			"it with -n",
			cut, t->work_n, cut == 1 ? "ends" : "end");
	if (open > 0)
		return err_set(err, ST_FAIL,
			"%zu of %zu requirements were not checked", open,
			t->verdicts_n);
	return ST_OK;
}

enum status task_status(const struct task *t, struct err *err)
{
	if (t->status == ST_OK)
		return t->simple ? ST_OK : gaps(t, err);
	if (err != NULL)
		*err = t->err;
	return t->status;
}
