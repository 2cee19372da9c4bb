#include "engine/turn.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine/link.h"
#include "engine/turn_priv.h"

/* How long the end of a stream may lag behind its finish reason. */
enum { GRACE_MS = 2000 };

/* How often a countdown is updated. */
enum { TICK_MS = 1000 };

static enum pool_end end_of(enum outcome outcome)
{
	if (outcome == OUTCOME_CUT)
		return POOL_FAULT;
	return outcome == OUTCOME_STOPPED ? POOL_UNKNOWN : POOL_GOOD;
}

/* The sink of the reader: takes its events in order. */
static enum status on_event(
	const struct event *ev, void *payload, struct err *err)
{
	struct turn *t = payload;

	switch (ev->type) {
	case EVENT_TEXT:
	case EVENT_REASONING:
		if (t->times.first_text_ms < 0)
			t->times.first_text_ms = clock_mono_ms() -
				t->times.start_ms;
		break;
	case EVENT_FAILED: return turn_failed(t, ev, err);
	case EVENT_DONE:
		turn_leave(t, end_of(ev->outcome), -1);
		turn_recall_keep(t, ev);
		return turn_done(t, ev, err);
	case EVENT_TOOL:
	case EVENT_META:
	case EVENT_USAGE:
	case EVENT_NOTICE: break;
	}
	return turn_forward(t, ev, err);
}

static void on_head(int status, struct span content_type, void *payload)
{
	struct turn *t = payload;

	reply_head(&t->reply, status, content_type);
}

static void on_header(struct span name, struct span value, void *payload)
{
	struct turn *t = payload;

	reply_header(&t->reply, name, value);
	retry_hint_header(&t->hint, name, value, clock_wall_ms());
}

static enum status on_body(struct span bytes, void *payload, struct err *err)
{
	struct turn *t = payload;

	turn_learn(t);
	return reply_feed(&t->reply, bytes, err);
}

/* Ends the transfer and lets the reader send its last events. */
static void finish(struct turn *t, enum reply_end how, const char *why)
{
	struct err err = {0};
	enum status st = reply_finish(&t->reply, how, why, &err);

	if (st == ST_OK || t->ended)
		return;
	/* The first fault is the cause. */
	if (why != NULL)
		(void)err_set(&err, st, "%s", why);
	if (t->sinking)
		turn_end(t, st, err.msg);
	else
		(void)turn_broke(t, st, &err);
}

static void on_note(struct span text, void *payload)
{
	struct turn *t = payload;
	struct event ev = {.type = EVENT_NOTICE, .text = text};
	struct err err;

	/* If the sink fails, the transfer ends with the next flush. */
	(void)turn_forward(t, &ev, &err);
}

static enum status on_flush(void *payload, struct err *err)
{
	struct turn *t = payload;
	enum status st = reply_flush(&t->reply, err);

	if (st != ST_OK)
		return st;
	if (reply_ended(&t->reply)) {
		http_drain(t->xfer);
		t->xfer = NULL;
		finish(t, REPLY_EOF, NULL);
	} else if (reply_finishing(&t->reply) && t->grace_at_ms < 0) {
		t->grace_at_ms = clock_mono_ms() + GRACE_MS;
	}
	return ST_OK;
}

/* Takes a failure below HTTP, before the endpoint said anything. */
static void on_no_answer(struct turn *t, const struct http_result *r)
{
	struct failure f = {
		.status = r->status,
		.retry = r->transient,
		.retry_after_ms = -1,
		.text = span_str(r->err.msg),
	};
	struct event ev = {.type = EVENT_FAILED, .text = f.text, .failure = &f};
	struct err err;

	(void)turn_failed(t, &ev, &err);
}

static void on_done(const struct http_result *r, void *payload)
{
	struct turn *t = payload;

	t->xfer = NULL;
	t->timed_out = r->fault == HTTP_FAULT_CONNECT_TIMEOUT ||
		r->fault == HTTP_FAULT_FIRST_BYTE_TIMEOUT ||
		r->fault == HTTP_FAULT_IDLE_TIMEOUT;
	log_debug("http %d, HTTP/%d, %s%llu bytes, first byte %lld us, "
		  "total %lld us%s%s",
		r->http_status, r->http_version, r->reused ? "reused, " : "",
		(unsigned long long)r->body_bytes, (long long)r->first_byte_us,
		(long long)r->total_us, r->status == ST_OK ? "" : ": ",
		r->status == ST_OK ? "" : r->err.msg);
	if (t->sinking)
		finish(t, REPLY_STOPPED, NULL);
	else if (r->status == ST_OK)
		finish(t, REPLY_EOF, NULL);
	else if (r->http_status == 0)
		on_no_answer(t, r);
	else
		finish(t, REPLY_BROKEN, r->err.msg);
}

static const struct http_ops ops = {
	.head = on_head,
	.header = on_header,
	.body = on_body,
	.flush = on_flush,
	.note = on_note,
	.done = on_done,
};

int64_t turn_patience_ms(const struct turn *t)
{
	return t->with.max_wait_ms != 0 ? t->with.max_wait_ms : RETRY_WAIT_MS;
}

void turn_learn(struct turn *t)
{
	if (t->learned || !t->way.held)
		return;
	t->learned = true;
	pool_learn(turn_pool(t), t->way.member, &t->hint, clock_mono_ms());
}

void turn_again_in(struct turn *t, enum turn_wait why, int64_t ms)
{
	t->waiting = why;
	t->again_at_ms = clock_mono_ms() + ms;
}

enum status turn_post(struct turn *t, struct err *err)
{
	const struct agent *a = &t->way.at;
	struct http_options options;
	struct http_request req = {
		.url = t->url.p,
		.key = t->way.key,
		.auth_header = a->auth_header,
		.n_headers = a->headers_n,
		.accept = "text/event-stream, application/json",
		.options = &options,
		.off_record = a->kind == AGENT_GUIDE,
	};
	struct http_header *headers = NULL;
	enum status st;

	link_options(a, &options);
	buf_reset(&t->body);
	st = request_body(&t->request, &t->body, err);
	if (st == ST_OK)
		st = link_headers(a, &headers, err);
	if (st != ST_OK)
		return st;
	req.headers = headers;
	req.body = buf_view(&t->body);
	reply_release(&t->reply);
	reply_init(&t->reply, NULL, on_event, t);
	retry_hint_init(&t->hint);
	t->learned = false;
	t->grace_at_ms = -1;
	t->again_at_ms = -1;
	t->waiting = WAIT_NOTHING;
	st = http_start(t->with.http, &req, &ops, t, &t->xfer, err);
	free(headers);
	return st;
}

static enum status copy_path(struct turn *t, const struct msg *const *path,
	size_t n, struct err *err)
{
	t->msgs = calloc(n + 1, sizeof(*t->msgs));
	if (t->msgs == NULL)
		return err_nomem(err);
	for (; t->msgs_n < n; t->msgs_n++) {
		t->msgs[t->msgs_n] = msg_dup(path[t->msgs_n]);
		if (t->msgs[t->msgs_n] == NULL)
			return err_nomem(err);
	}
	return ST_OK;
}

enum status turn_start(struct turn **ret, const struct turn_options *o,
	const struct msg *const *path, size_t n, struct err *err)
{
	struct turn *t = calloc(1, sizeof(*t));
	enum status st;

	if (t == NULL)
		return err_nomem(err);
	t->with = *o;
	t->again_at_ms = -1;
	t->grace_at_ms = -1;
	t->loading_since_ms = -1;
	t->times = (struct turn_times){clock_mono_ms(), -1, -1};
	buf_init(&t->url, BUF_SMALL);
	buf_init(&t->body, 2 * BUF_LARGE);
	buf_init(&t->model, BUF_SMALL);
	buf_init(&t->why, BUF_SMALL);
	reply_init(&t->reply, NULL, on_event, t);
	cached_init(&t->recall.reply);
	turn_guard_init(t);
	st = copy_path(t, path, n, err);
	if (st == ST_OK && !turn_guard_begin(t) && !turn_recall(t))
		st = turn_begin(t, err);
	if (st != ST_OK) {
		turn_free(t);
		return st;
	}
	*ret = t;
	return ST_OK;
}

bool turn_ended(const struct turn *t)
{
	return t->ended;
}

void turn_pause(struct turn *t, bool on)
{
	if (on)
		http_pause(t->xfer);
	else
		http_resume(t->xfer);
}

bool turn_timed_out(const struct turn *t)
{
	return t->timed_out;
}

void turn_stop(struct turn *t)
{
	if (t->ended)
		return;
	http_cancel(t->xfer);
	t->xfer = NULL;
	rest_free(t->listing);
	t->listing = NULL;
	t->again_at_ms = -1;
	t->recall.hit = false;
	turn_guard_drop(t);
	finish(t, REPLY_STOPPED, NULL);
	if (!t->ended) {
		/* Stopped between two tries: the reader of the last one has
		 * ended. */
		struct event ev = {
			.type = EVENT_DONE, .outcome = OUTCOME_STOPPED};
		struct err err;

		turn_end(t, ST_OK, "");
		(void)turn_forward(t, &ev, &err);
	}
}

/* Takes the status of what the turn did next. */
static void go_on(struct turn *t, enum status st, struct err *err)
{
	struct failure f = {
		.status = st, .retry_after_ms = -1, .text = span_str(err->msg)};
	struct event ev = {.type = EVENT_FAILED, .text = f.text, .failure = &f};

	if (st == ST_OK)
		return;
	turn_end(t, st, err->msg);
	(void)turn_forward(t, &ev, err);
}

/* Goes on after a pause. */
static void resume(struct turn *t)
{
	struct err err = {0};

	go_on(t, turn_go(t, &err), &err);
}

void turn_set_off(struct turn *t)
{
	struct err err = {0};

	go_on(t, turn_begin(t, &err), &err);
}

void turn_step(struct turn *t)
{
	int64_t now = clock_mono_ms();

	if (t->ended || turn_guard_step(t) || turn_recall_step(t))
		return;
	if (t->xfer == NULL && t->again_at_ms >= 0 &&
		(now >= t->again_at_ms ||
			(t->waiting == WAIT_POOL && turn_has_other(t)))) {
		resume(t);
	} else if (t->xfer != NULL && t->grace_at_ms >= 0 &&
		now >= t->grace_at_ms) {
		http_cancel(t->xfer);
		t->xfer = NULL;
		finish(t, REPLY_EOF, NULL);
	}
}

int turn_timeout_ms(const struct turn *t)
{
	bool idle = t->xfer == NULL;
	int64_t at = idle ? t->again_at_ms : t->grace_at_ms;
	int64_t left;

	if (!t->ended && turn_guard_timeout_ms(t) >= 0)
		return turn_guard_timeout_ms(t);
	if (!t->ended && turn_recall_timeout_ms(t) >= 0)
		return turn_recall_timeout_ms(t);
	if (t->ended || at < 0)
		return -1;
	left = at - clock_mono_ms();
	if (idle && left > TICK_MS)
		left = (left - 1) % TICK_MS + 1;
	return left < 0 ? 0 : (int)left;
}

bool turn_countdown(const struct turn *t, struct buf *out)
{
	int64_t now = clock_mono_ms();
	int64_t left = t->again_at_ms - now;

	if (t->ended || t->again_at_ms < 0)
		return false;
	switch (t->waiting) {
	case WAIT_NOTHING:
	case WAIT_CACHE: return false;
	case WAIT_RETRY:
	case WAIT_POOL:
		if (left > TICK_MS)
			buf_fmt(out, "trying again in %lld s (Ctrl-C stops)",
				(long long)(left + TICK_MS - 1) / TICK_MS);
		else if (t->waiting == WAIT_POOL)
			buf_str(out,
				"every endpoint of the pool is busy (Ctrl-C "
				"stops)");
		else
			return false;
		return true;
	case WAIT_LOADING:
		buf_fmt(out,
			"the model is loading, %lld s so far (Ctrl-C stops)",
			(long long)(now - t->loading_since_ms) / TICK_MS);
		return true;
	}
	return false;
}

const struct agent *turn_agent(const struct turn *t)
{
	return &t->way.at;
}

struct known_host *turn_host(const struct turn *t)
{
	return t->way.host;
}

struct span turn_request_id(const struct turn *t)
{
	return reply_request_id(&t->reply);
}

const struct turn_times *turn_times(const struct turn *t)
{
	return &t->times;
}

void turn_free(struct turn *t)
{
	size_t i;

	if (t == NULL)
		return;
	turn_leave(t, POOL_UNKNOWN, -1);
	turn_recall_end(t, false);
	cached_release(&t->recall.reply);
	turn_guard_release(t);
	http_cancel(t->xfer);
	rest_free(t->listing);
	reply_release(&t->reply);
	for (i = 0; i < t->msgs_n; i++)
		msg_free(t->msgs[i]);
	free(t->msgs);
	buf_release(&t->url);
	buf_release(&t->body);
	buf_release(&t->model);
	buf_release(&t->why);
	free(t);
}
