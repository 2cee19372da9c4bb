#include "serve/call.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/id.h"
#include "store/box.h"

/*
 * The endpoint's side
 */

static void take_text(struct call *c, const struct event *ev)
{
	bool reasoning = ev->type == EVENT_REASONING;

	if (c->first_ms < 0) {
		c->first_ms = clock_mono_ms() - c->start_ms;
		metrics_time(&c->service->metrics, METRICS_FIRST, c->first_ms);
	}
	/* On disk before anybody sees it. */
	if (c->kept != NULL && !c->unsaved && !c->torn)
		c->torn = kept_delta(c->kept, reasoning, ev->text, NULL) !=
			ST_OK;
	if (!c->q.stream || c->x == NULL)
		return;
	call_begin_stream(c);
	c->face->text(c, reasoning, ev->text, &c->pending);
	call_wake(c);
	if (c->pending.len > CALL_PENDING_HIGH && !c->paused) {
		c->paused = true;
		session_pause(c->session, true);
	}
}

static void take_tool(struct call *c, const struct event *ev)
{
	size_t row = c->tools++;

	/* One that nobody offered is text of the reply. */
	if (!c->q.tools || !c->q.stream || c->x == NULL)
		return;
	call_begin_stream(c);
	c->face->tool(c, row, ev, &c->pending);
	call_wake(c);
}

static enum status on_event(
	const struct event *ev, void *payload, struct err *err)
{
	struct call *c = payload;

	(void)err;
	switch (ev->type) {
	case EVENT_TEXT:
	case EVENT_REASONING: take_text(c, ev); break;
	case EVENT_NOTICE:
		buf_fmt(&c->notice, "%s%.*s", c->notice.len > 0 ? "\n" : "",
			(int)(ev->text.n < 1024 ? ev->text.n : 1024),
			ev->text.p);
		break;
	case EVENT_FAILED:
		c->retry_after_ms = ev->failure->retry_after_ms;
		c->service->dirty = true;
		break;
	case EVENT_DONE: c->service->dirty = true; break;
	case EVENT_TOOL: take_tool(c, ev); break;
	case EVENT_META:
	case EVENT_USAGE: break;
	}
	return ST_OK;
}

/* Takes the outcome of the session, which has ended. */
static void judge(struct call *c)
{
	const struct session_result *r = session_result(c->session);

	c->result = r->reply;
	c->cached = r->cached;
	/* A reply that came to an end is passed on, even if it is reasoning
	 * alone. */
	if (r->reply != NULL &&
		(r->status == ST_FILTERED ||
			r->reply->outcome == OUTCOME_COMPLETE ||
			r->reply->outcome == OUTCOME_LENGTH))
		return;
	if (r->status == ST_OK) {
		c->problem = problem_of(err_set(&c->err, ST_SERVER,
			"the endpoint sent an empty reply; try again"));
		return;
	}
	c->problem = problem_of(r->status);
	if (r->timed_out)
		c->problem = &problem_timeout;
	c->err = r->err;
}

void call_step(struct call *c)
{
	if (c->state == CALL_QUEUED && c->dropped) {
		call_over(c);
		return;
	}
	if (c->state != CALL_ASKING)
		return;
	if (c->dropped || c->hurried)
		session_stop(c->session);
	session_step(c->session);
	if (session_active(c->session))
		return;
	judge(c);
	if (c->kept != NULL)
		call_close(c);
	else
		call_over(c);
}

void call_hurry(struct call *c)
{
	c->hurried = true;
	c->service->dirty = true;
}

static enum status preload(struct call *c, const struct msg *m, struct err *err)
{
	struct msg *copy = msg_dup(m);

	return copy == NULL ? err_nomem(err)
			    : session_preload(c->session, copy, err);
}

/* Loads the conversation so far and the messages of the request but for the
 * last one, which is the question. */
static enum status load(struct call *c, struct err *err)
{
	const struct conv *old = c->kept != NULL ? kept_conv(c->kept) : NULL;
	struct msg **path = NULL;
	size_t n = 0;
	size_t i;
	enum status st = ST_OK;

	if (old != NULL)
		st = conv_path(old, &path, &n, err);
	for (i = 0; i < n && st == ST_OK; i++)
		st = preload(c, path[i], err);
	free(path);
	for (i = 0; i + 1 < c->q.n && st == ST_OK; i++)
		st = preload(c, c->q.msgs[i], err);
	if (st == ST_OK && c->q.system.len > 0)
		st = session_set_system(
			c->session, buf_view(&c->q.system), err);
	else if (st == ST_OK && old != NULL && old->system.len > 0)
		st = session_set_system(
			c->session, buf_view(&old->system), err);
	return st;
}

static enum status make_session(struct call *c, struct err *err)
{
	struct service *s = c->service;
	struct session_options o = {
		.http = s->o.http,
		.known = s->o.known,
		.cache = s->o.cache,
		.tools = c->q.tools,
		.renew_key = s->o.renew_key,
		.payload = s->o.payload,
	};
	enum status st = session_new(&c->session, &o, err);

	return st == ST_OK ? load(c, err) : st;
}

void call_asks(struct call *c)
{
	struct service *s = c->service;
	struct msg *m = msg_dup(c->q.msgs[c->q.n - 1]);
	struct err err = {0};
	enum status st = m == NULL ? err_nomem(&err) : ST_OK;

	c->state = CALL_ASKING;
	if (st == ST_OK) {
		st = session_ask(
			c->session, m, &c->agent, c->key, on_event, c, &err);
		if (st != ST_OK)
			msg_free(m);
	}
	if (st != ST_OK)
		call_fail(c, problem_of(st), &err);
	s->dirty = true;
}

/* Checks that the question can be sent, before anything of it is stored. */
static enum status check(struct call *c, struct err *err)
{
	struct buf body;
	enum status st;

	if (c->kept == NULL)
		return ST_OK;
	buf_init(&body, 2 * BUF_LARGE);
	st = session_request(
		c->session, c->q.msgs[c->q.n - 1], &c->agent, &body, err);
	buf_release(&body);
	return st;
}

void call_opened(struct call *c)
{
	struct err err = {0};
	enum status st = make_session(c, &err);

	if (st == ST_OK)
		st = check(c, &err);
	if (st != ST_OK)
		call_fail(c, problem_of(st), &err);
	else if (c->kept != NULL)
		call_save(c);
	else
		call_asks(c);
}

/*
 * The end
 */

static void count(struct call *c)
{
	struct metrics *m = &c->service->metrics;
	struct span agent = span_str(c->agent.name);
	const struct usage *u = c->result != NULL ? &c->result->usage : NULL;

	metrics_count(m, METRICS_REPLIES, agent,
		span_str(c->dropped ? "abandoned"
				: c->problem != NULL
				? c->problem->code
				: outcome_name(c->result->outcome)),
		1);
	if (u != NULL && u->prompt > 0)
		metrics_count(m, METRICS_TOKENS, agent, span_str("prompt"),
			(uint64_t)u->prompt);
	if (u != NULL && u->completion > 0)
		metrics_count(m, METRICS_TOKENS, agent, span_str("completion"),
			(uint64_t)u->completion);
}

/* The oldest call that waits for this one's thread; NULL when none does. */
static struct call *find_next(const struct call *c)
{
	struct call *other;
	struct call *oldest = NULL;

	/* New calls stand at the front. */
	for (other = c->service->calls; other != NULL; other = other->next)
		if (other->state == CALL_QUEUED &&
			span_eq(buf_view(&other->q.thread),
				buf_view(&c->q.thread)))
			oldest = other;
	return oldest;
}

void call_over(struct call *c)
{
	bool first = c->state != CALL_QUEUED;
	struct call *next;

	count(c);
	c->state = CALL_OVER;
	c->service->n_calls--;
	if (c->waited_ms > 0)
		metrics_time(&c->service->metrics, METRICS_SAVE, c->waited_ms);
	next = first && c->q.thread.len > 0 && c->face->saves ? find_next(c)
							      : NULL;
	if (next != NULL)
		call_open(next);
	if (c->x != NULL)
		call_answer(c);
	else
		call_free(c);
}

void call_fail(struct call *c, const struct problem *p, const struct err *err)
{
	if (c->problem == NULL) {
		c->problem = p;
		c->err = *err;
	}
	if (c->kept != NULL)
		call_close(c);
	else
		call_over(c);
}

void call_free(struct call *c)
{
	*c->link = c->next;
	if (c->next != NULL)
		c->next->link = c->link;
	session_free(c->session);
	msg_free(c->reply);
	query_release(&c->q);
	buf_release(&c->thread);
	buf_release(&c->notice);
	buf_release(&c->pending);
	free(c);
}

/*
 * The beginning
 */

static bool thread_is_busy(const struct call *c)
{
	const struct call *other;

	for (other = c->next; other != NULL; other = other->next)
		if (other->state != CALL_OVER && other->face->saves &&
			span_eq(buf_view(&other->q.thread),
				buf_view(&c->q.thread)))
			return true;
	return false;
}

static void link_call(struct service *s, struct call *c)
{
	c->next = s->calls;
	c->link = &s->calls;
	if (s->calls != NULL)
		s->calls->link = &c->next;
	s->calls = c;
	s->n_calls++;
}

static void name_call(struct service *s, struct call *c)
{
	struct id id;
	char hex[ID_HEX + 1];

	box_random_id(&id);
	id_hex(&id, hex);
	(void)snprintf(c->id, sizeof(c->id), "atl-%s", hex);
	s->numbered++;
	c->created_s = clock_wall_ms() / 1000;
}

void call_start(struct service *s, struct exchange *x, const struct face *face,
	struct query *q, const struct service_agent *a)
{
	struct call *c = calloc(1, sizeof(*c));
	struct err err = {0};

	if (c == NULL) {
		query_release(q);
		return;
	}
	c->service = s;
	c->x = x;
	c->face = face;
	c->q = *q;
	query_init(q);
	c->key = a->key;
	c->first_ms = -1;
	c->retry_after_ms = -1;
	c->start_ms = clock_mono_ms();
	buf_init(&c->thread, BUF_SMALL);
	buf_init(&c->notice, BUF_SMALL);
	buf_init(&c->pending, CALL_PENDING_MAX);
	buf_span(&c->thread, buf_view(&c->q.thread));
	name_call(s, c);
	link_call(s, c);
	exchange_defer(x, call_gone, c);
	if (query_apply(&c->q, a->agent, &c->agent, &err) != ST_OK)
		call_fail(c, problem_of(err.code), &err);
	else if (s->worker == NULL || !face->saves)
		call_opened(c);
	else if (c->q.thread.len == 0 || !thread_is_busy(c))
		call_open(c);
}
