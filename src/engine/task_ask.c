/* One question of a task. */
#include "engine/task_priv.h"

#include <string.h>

#include "base/utf8.h"
#include "chat/msg.h"
#include "engine/route.h"
#include "engine/session.h"

/* Bytes of a document that the planning model is shown. */
enum { LOOK = 2000 };

static enum status attach(
	const struct task *t, bool whole, struct msg *m, struct err *err)
{
	const struct msg *q = t->question;
	enum status st = ST_OK;
	struct buf look;
	size_t i;

	buf_init(&look, BUF_SMALL);
	for (i = 0; i < q->attach_n && st == ST_OK; i++) {
		struct span text = buf_view(&q->attach[i].text);

		if (!whole && text.n > LOOK) {
			buf_set(&look, span_of(text.p, utf8_floor(text, LOOK)));
			buf_fmt(&look, "\n[... of %zu bytes]\n", text.n);
			text = buf_view(&look);
		}
		st = msg_attach(m, buf_view(&q->attach[i].name), text, err);
	}
	if (st == ST_OK && t->past.len > 0)
		st = msg_attach(
			m, span_str(TASK_PAST), buf_view(&t->past), err);
	buf_release(&look);
	return st;
}

static enum status put_question(const struct task *t, enum task_aim aim,
	size_t step, struct msg *m, struct err *err)
{
	enum status st;

	switch (aim) {
	case AIM_PLAN: task_put_plan(t, &m->text); break;
	case AIM_STEP: task_put_step(t, step, &m->text); break;
	case AIM_JOIN: task_put_join(t, &m->text); break;
	case AIM_CHECK: task_put_check(t, &m->text); break;
	}
	st = buf_check(&m->text, "question", err);
	if (st == ST_OK && (aim == AIM_PLAN || aim == AIM_STEP))
		st = attach(t, aim == AIM_STEP, m, err);
	return st;
}

/* Sets up the agent: with the role of the task where it writes text, with a
 * schema and no creativity where it writes JSON. */
static void set_agent(struct task *t, struct task_job *j)
{
	const struct agent *own = t->with.agent;
	const struct route *r = own->route;
	struct agent *a = &j->agent;

	*a = *own;
	a->own_url = NULL;
	if (j->aim == AIM_PLAN || j->aim == AIM_CHECK) {
		a->system = "";
		a->schema = j->aim == AIM_PLAN ? task_plan_schema
					       : task_check_schema;
		a->schema_strict = true;
		a->temperature = 0;
		return;
	}
	if (t->outline.role.len > 0) {
		buf_set(&j->system, buf_view(&t->outline.role));
		a->system = j->system.p;
	}
	if (j->aim == AIM_STEP && t->work[j->step].tries > 1 && r != NULL &&
		r->fallback_n > 0)
		a->model = r->fallback[0];
}

void task_job_release(struct task_job *j)
{
	session_free(j->session);
	buf_release(&j->system);
	memset(j, 0, sizeof(*j));
}

enum status task_ask(
	struct task *t, enum task_aim aim, size_t step, struct err *err)
{
	struct session_options o = {
		.http = t->with.http,
		.known = t->with.known,
		.memory = t->with.memory,
		.max_wait_ms = t->with.max_wait_ms,
		.renew_key = t->with.renew_key,
		.payload = t->with.payload,
	};
	struct task_job *j = t->jobs;
	struct msg *m = msg_new(ROLE_USER);
	enum status st;

	if (m == NULL)
		return err_nomem(err);
	while (j->session != NULL)
		j++; /* there is a free job, or nothing would be asked */
	j->aim = aim;
	j->step = step;
	buf_init(&j->system, BUF_LARGE);
	set_agent(t, j);
	st = put_question(t, aim, step, m, err);
	if (st == ST_OK)
		st = session_new(&j->session, &o, err);
	if (st == ST_OK)
		st = session_ask(j->session, m, &j->agent, t->with.key,
			task_pass_notice, t, err);
	if (st != ST_OK) {
		msg_free(m);
		task_job_release(j);
		return st;
	}
	t->jobs_n++;
	t->asked++;
	return ST_OK;
}
