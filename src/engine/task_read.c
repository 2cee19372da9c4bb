/* Parses a model's answers: plans and verdicts. */
#include "engine/task_priv.h"

#include <string.h>

#include "base/utf8.h"
#include "wire/json.h"
#include "wire/json_mend.h"

enum { WHY_MAX = 1000, SENTENCE_MAX = 2000 };

/* Parses JSON, mended if need be. */
static enum status parse(struct span answer, struct json **ret, struct err *err)
{
	struct buf mended;
	enum status st = json_parse(answer, ret, err);

	if (st == ST_OK && json_type(*ret) == JSON_OBJECT)
		return ST_OK;
	if (st == ST_OK)
		json_free(*ret);
	*ret = NULL;
	buf_init(&mended, BUF_LARGE);
	if (json_mend(answer, &mended))
		st = json_parse(buf_view(&mended), ret, err);
	else
		st = err_set(err, ST_SERVER, "there is no JSON object in it");
	buf_release(&mended);
	if (st != ST_OK && st != ST_NOMEM) {
		if (err != NULL)
			err->code = ST_SERVER;
		return ST_SERVER;
	}
	return st;
}

/* The text of an array's element, which may be bare or in an object. */
static struct span text_of(const struct json *j, const char *key)
{
	struct span s = {NULL, 0};

	if (!json_str(j, &s))
		s = json_get_str(j, key);
	return span_trim(s);
}

static void read_lines(const struct json *list, size_t max, struct buf *out)
{
	const struct json *j;
	size_t n = 0;

	for (j = json_first(list); j != NULL && n < max; j = json_next(j)) {
		struct span s = text_of(j, "text");

		if (s.n > 0 && outline_line(out, s))
			n++;
	}
}

/*
 * Plans
 */

static enum status read_steps(
	const struct json *list, struct outline *o, struct err *err)
{
	const struct json *j;
	const struct json *need;
	enum status st = ST_OK;
	size_t i = 0;

	for (j = json_first(list); j != NULL && st == ST_OK; j = json_next(j)) {
		struct outline_words w = {json_get_str(j, "id"),
			json_get_str(j, "title"),
			json_get_str(j, "instruction")};

		if (span_trim(w.work).n == 0)
			w.work = w.title;
		st = outline_add(o, &w, err);
	}
	for (j = json_first(list); j != NULL && st == ST_OK;
		j = json_next(j), i++) {
		need = json_first(json_get(j, "needs"));
		for (; need != NULL && st == ST_OK; need = json_next(need))
			st = outline_need(o, i, text_of(need, "id"), err);
	}
	return st == ST_OK ? outline_check(o, err) : st;
}

static void read_proposal(const struct json *plan, struct task_proposal *p)
{
	const struct json *j;
	size_t n = 0;

	for (j = json_first(json_get(plan, "readings"));
		j != NULL && n < TASK_READINGS_MAX; j = json_next(j)) {
		struct span s = text_of(j, "text");

		if (s.n == 0 || !outline_line(&p->readings, s))
			continue;
		if (json_get_bool(j, "recommended", false))
			p->recommended = n;
		n++;
	}
	/* A single reading leaves nothing to choose. */
	if (n < 2) {
		buf_reset(&p->readings);
		p->recommended = 0;
	}
	read_lines(
		json_get(plan, "questions"), TASK_QUESTIONS_MAX, &p->questions);
	read_lines(json_get(plan, "assumptions"), OUTLINE_LINES_MAX,
		&p->assumptions);
}

static bool proposal_bad(const struct task_proposal *p)
{
	return p->readings.bad || p->questions.bad || p->assumptions.bad;
}

/* What a plan sets in the outline. */
struct reading {
	struct outline made;
	struct task_proposal proposal;
};

static void reading_init(struct reading *r)
{
	memset(r, 0, sizeof(*r));
	outline_init(&r->made);
	buf_init(&r->proposal.readings, BUF_LARGE);
	buf_init(&r->proposal.questions, BUF_LARGE);
	buf_init(&r->proposal.assumptions, BUF_LARGE);
}

static void reading_release(struct reading *r)
{
	outline_release(&r->made);
	buf_release(&r->proposal.readings);
	buf_release(&r->proposal.questions);
	buf_release(&r->proposal.assumptions);
}

static void move_buf(struct buf *from, struct buf *to)
{
	struct buf was = *to;

	*to = *from;
	*from = was;
}

/* Moves the plan into the task, whose own sections stay. */
static void take_reading(struct task *t, struct reading *r)
{
	struct outline *o = &t->outline;
	struct outline was = *o;

	o->steps = r->made.steps;
	o->steps_n = r->made.steps_n;
	o->steps_cap = r->made.steps_cap;
	r->made.steps = was.steps;
	r->made.steps_n = was.steps_n;
	r->made.steps_cap = was.steps_cap;
	move_buf(&r->made.goal, &o->goal);
	if (o->check.len == 0)
		move_buf(&r->made.check, &o->check);
	if (t->decided) {
		buf_reset(&r->proposal.readings);
		buf_reset(&r->proposal.questions);
	}
	move_buf(&r->proposal.readings, &t->proposal.readings);
	move_buf(&r->proposal.questions, &t->proposal.questions);
	move_buf(&r->proposal.assumptions, &t->proposal.assumptions);
	t->proposal.recommended = r->proposal.recommended;
}

static enum status read_plan(const struct task *t, const struct json *plan,
	struct reading *r, bool simple, struct err *err)
{
	static const struct outline_words whole = {{"answer", 6}, {"Answer", 6},
		{"Carry out the task as a whole.", 30}};
	enum status st;

	utf8_one_line(json_get_str(plan, "goal"), SENTENCE_MAX, &r->made.goal);
	read_lines(json_get(plan, "requirements"), OUTLINE_LINES_MAX,
		&r->made.check);
	read_proposal(plan, &r->proposal);
	if (r->made.goal.bad || r->made.check.bad || proposal_bad(&r->proposal))
		return err_nomem(err);
	/* A task from a template is never just an answer. */
	if (simple)
		return outline_add(&r->made, &whole, err);
	st = read_steps(json_get(plan, "steps"), &r->made, err);
	if (st == ST_OK && r->made.steps_n == 0)
		st = err_set(err, ST_SERVER, "there are no steps in it");
	if (st == ST_OK && r->made.steps_n > t->with.steps_max)
		st = err_set(err, ST_SERVER,
			"it has %zu steps, and %zu are allowed",
			r->made.steps_n, t->with.steps_max);
	return st;
}

enum status task_read_plan(struct task *t, struct span answer, struct err *err)
{
	struct json *plan = NULL;
	const struct json *steps;
	struct reading r;
	enum status st = parse(answer, &plan, err);
	bool simple;

	if (st != ST_OK)
		return st;
	reading_init(&r);
	/* A plan of nothing says that there is nothing to plan. */
	steps = json_get(plan, "steps");
	simple = json_count(steps) < 2 &&
		(json_get_bool(plan, "simple", false) ||
			(json_type(steps) == JSON_ARRAY &&
				json_count(steps) == 0));
	st = read_plan(t, plan, &r, simple, err);
	if (st == ST_OK) {
		t->simple = simple && !t->template;
		take_reading(t, &r);
	} else if (st == ST_USAGE) {
		err->code = ST_SERVER;
		st = ST_SERVER;
	}
	reading_release(&r);
	json_free(plan);
	return st;
}

/*
 * Verdicts
 */

/* Takes a verdict; of two on one requirement the worse holds. */
static void take_verdict(
	struct task *t, struct task_verdict *v, const struct json *j)
{
	bool met = json_get_bool(j, "met", false);

	if (v->met == TASK_UNMET || (v->met == TASK_MET && met))
		return;
	v->met = met ? TASK_MET : TASK_UNMET;
	v->step = outline_find(&t->outline, json_get_str(j, "step"));
	buf_reset(&v->why);
	utf8_one_line(json_get_str(j, "why"), WHY_MAX, &v->why);
}

enum status task_read_check(struct task *t, struct span answer, struct err *err)
{
	struct json *check = NULL;
	const struct json *j;
	enum status st = parse(answer, &check, err);
	size_t any = 0;
	size_t i;

	if (st != ST_OK)
		return st;
	for (i = 0; i < t->verdicts_n; i++) {
		t->verdicts[i].met = TASK_UNCHECKED;
		t->verdicts[i].step = SIZE_MAX;
		buf_reset(&t->verdicts[i].why);
	}
	for (j = json_first(json_get(check, "verdicts")); j != NULL;
		j = json_next(j)) {
		int64_t n = json_get_int(j, "requirement", 0);

		if (n < 1 || (uint64_t)n > t->verdicts_n)
			continue;
		take_verdict(t, &t->verdicts[n - 1], j);
		any++;
	}
	if (any == 0)
		st = err_set(err, ST_SERVER, "there are no verdicts in it");
	json_free(check);
	return st;
}
