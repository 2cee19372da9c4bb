/* The client's side of a call: its stream, its whole answer, its going away. */
#include "base/clock.h"
#include "serve/call.h"

enum {
	SILENCE_MS = 15000, /* of a stream, after which it gets a comment */
	HEAD_MS = 10000, /* after which a stream begins without a text */
};

static enum stream_state fill(void *stream, struct buf *out)
{
	struct call *c = stream;

	buf_span(out, buf_view(&c->pending));
	if (c->pending.cap > CALL_PENDING_HIGH)
		buf_release(&c->pending);
	else
		buf_reset(&c->pending);
	if (c->paused) {
		c->paused = false;
		session_pause(c->session, false);
	}
	return c->state == CALL_OVER ? STREAM_END : STREAM_WAIT;
}

/* Adds to the log, as the exchange ends. */
static void put_notes(struct call *c)
{
	struct json_writer w = {.out = exchange_notes(c->x), .more = true};

	json_key(&w, "agent");
	json_add_string(&w, span_str(c->agent.name));
	json_key(&w, "outcome");
	if (c->problem != NULL)
		json_add_string(&w, span_str(c->problem->code));
	else if (c->state != CALL_OVER)
		json_add_string(&w, span_str("abandoned"));
	else
		json_add_string(&w, span_str(outcome_name(c->result->outcome)));
	if (c->first_ms >= 0) {
		json_key(&w, "first_ms");
		json_add_int(&w, c->first_ms);
	}
}

void call_gone(void *payload)
{
	struct call *c = payload;

	put_notes(c);
	c->x = NULL;
	if (c->state == CALL_OVER) {
		call_free(c);
		return;
	}
	/* The session is not stopped here: this may be within an event of the
	 * reply. */
	c->dropped = true;
	c->service->dirty = true;
}

static const struct stream_ops stream_ops = {fill, call_gone};

void call_begin_stream(struct call *c)
{
	if (c->streaming || c->x == NULL)
		return;
	c->streaming = true;
	c->face->begin(c, &c->pending);
	exchange_stream(c->x, &stream_ops, c);
}

void call_wake(struct call *c)
{
	c->sent_ms = clock_mono_ms();
	if (c->x != NULL)
		exchange_wake(c->x);
}

void call_tick(struct call *c, int64_t now_ms)
{
	if (!c->q.stream || c->x == NULL || c->state == CALL_OVER)
		return;
	if (!c->streaming) {
		if (now_ms - c->start_ms >= HEAD_MS) {
			call_begin_stream(c);
			call_wake(c);
		}
	} else if (now_ms - c->sent_ms >= SILENCE_MS && c->pending.len == 0) {
		buf_str(&c->pending, ": waiting\n\n");
		call_wake(c);
	}
}

static const char *retry_after(const struct call *c)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {{1000, "1"}, {2000, "2"}, {5000, "5"}, {10000, "10"},
		{30000, "30"}, {60000, "60"}, {300000, "300"}};
	size_t i;

	for (i = 0; i + 1 < sizeof(rows) / sizeof(rows[0]); i++)
		if (c->retry_after_ms <= rows[i].ms)
			break;
	return rows[i].text;
}

void call_answer(struct call *c)
{
	enum { TOO_MANY = 429, UNAVAILABLE = 503 };
	int http = c->problem != NULL ? c->problem->http : 200;
	struct buf out;

	if (c->q.stream && c->problem == NULL)
		call_begin_stream(c);
	if (c->streaming) {
		c->face->end(c, &c->pending);
		call_wake(c);
		return;
	}
	buf_init(&out, CALL_PENDING_MAX);
	c->face->whole(c, &out);
	if (c->cached)
		exchange_header(c->x, "Atllama-Cache", "hit");
	if (http == TOO_MANY || http == UNAVAILABLE)
		exchange_header(c->x, "Retry-After", retry_after(c));
	if (out.bad)
		exchange_error(c->x, 500, "server_error", "internal_error",
			"the answer is too long");
	else
		exchange_json(c->x, http, buf_view(&out));
	buf_release(&out);
}
