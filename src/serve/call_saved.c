/* The steps of a call that wait for the disk: the worker's part, and the loop's
 * part behind it. */
#include "serve/call.h"

#include <stddef.h>

#include "base/clock.h"
#include "base/id.h"
#include "engine/session.h"

static struct call *call_of(struct worker_job *job)
{
	return (struct call *)(void *)((char *)job -
		offsetof(struct call, job));
}

static void post(struct call *c, enum call_state state,
	void (*work)(struct worker_job *), void (*done)(struct worker_job *))
{
	c->state = state;
	c->job.work = work;
	c->job.done = done;
	c->job_status = ST_OK;
	c->waited_ms -= clock_mono_ms();
	worker_post(c->service->worker, &c->job);
}

static struct call *back(struct worker_job *job)
{
	struct call *c = call_of(job);

	c->waited_ms += clock_mono_ms();
	return c;
}

/*
 * Opening
 */

static void open_work(struct worker_job *job)
{
	struct call *c = call_of(job);

	c->job_status = kept_open(&c->kept, &c->service->store,
		buf_view(&c->q.thread), c, &c->job_err);
}

static void tell_unsaved(struct call *c, const char *why)
{
	buf_fmt(&c->notice, "%sNOT SAVED: %s", c->notice.len > 0 ? "\n" : "",
		why);
}

/* Whether the call goes on without being saved, which --strict forbids. */
static bool goes_on_unsaved(struct call *c)
{
	if (c->service->o.strict || c->dropped)
		return false;
	c->unsaved = true;
	tell_unsaved(c, c->job_err.msg);
	return true;
}

static void open_done(struct worker_job *job)
{
	struct call *c = back(job);

	if (c->job_status == ST_OK && c->thread.len == 0) {
		char hex[ID_HEX + 1];

		id_hex(&kept_conv(c->kept)->id, hex);
		buf_str(&c->thread, hex);
	}
	if (c->job_status == ST_OK && (c->dropped || c->hurried)) {
		(void)err_set(&c->err, ST_STOPPED, "the server is stopping");
		call_fail(c, &problem_stopping, &c->err);
	} else if (c->job_status == ST_OK) {
		call_opened(c);
	} else if (c->q.thread.len == 0 && c->job_status == ST_IO &&
		goes_on_unsaved(c)) {
		call_opened(c);
	} else {
		call_fail(c, problem_of(c->job_status), &c->job_err);
	}
}

void call_open(struct call *c)
{
	post(c, CALL_OPENING, open_work, open_done);
}

/*
 * The question, and the beginning of its reply
 */

static enum status begin_reply(struct call *c, struct err *err)
{
	struct msg *m = msg_new(ROLE_ASSISTANT);
	enum status st;

	if (m == NULL)
		return err_nomem(err);
	buf_str(&m->agent, c->agent.name);
	buf_str(&m->model, c->agent.model);
	st = kept_begin(c->kept, m, err);
	msg_free(m);
	/* The question is saved, and the whole reply may be. */
	if (st == ST_IO && !c->service->o.strict) {
		c->torn = true;
		st = ST_OK;
	}
	return st;
}

static void save_work(struct worker_job *job)
{
	struct call *c = call_of(job);
	struct err *err = &c->job_err;
	size_t i;
	enum status st = kept_describe(
		c->kept, span_str(c->agent.name), buf_view(&c->q.system), err);

	for (i = 0; i < c->q.n && st == ST_OK; i++) {
		struct msg *m = c->q.msgs[i];

		buf_set(&m->agent, span_str(c->agent.name));
		st = kept_add(c->kept, m, err);
	}
	if (st == ST_OK)
		st = begin_reply(c, err);
	c->job_status = st;
}

static void save_done(struct worker_job *job)
{
	struct call *c = back(job);

	if (c->job_status != ST_OK && !goes_on_unsaved(c))
		call_fail(c, &problem_not_saved, &c->job_err);
	else
		call_asks(c);
}

void call_save(struct call *c)
{
	post(c, CALL_SAVING, save_work, save_done);
}

/*
 * The reply
 */

static void close_work(struct worker_job *job)
{
	struct call *c = call_of(job);

	/* A reply that could not be copied is left to recovery. */
	if (c->reply != NULL || c->result == NULL)
		c->job_status = kept_end(c->kept, c->reply, &c->job_err);
	kept_free(c->kept);
	c->kept = NULL;
}

static void close_done(struct worker_job *job)
{
	struct call *c = back(job);

	if (c->job_status != ST_OK && !c->unsaved)
		tell_unsaved(c, c->job_err.msg);
	call_over(c);
}

void call_close(struct call *c)
{
	const struct msg *m = c->result;

	/* The refusal is saved, so that later prompts leave out the
	 * question. */
	if (m == NULL && c->session != NULL)
		m = session_result(c->session)->refusal;
	if (m != NULL) {
		c->reply = msg_dup(m);
		if (c->reply == NULL)
			tell_unsaved(c, "out of memory");
	}
	post(c, CALL_CLOSING, close_work, close_done);
}
