#include "wire/reply.h"

#include <string.h>

#include "wire/reply_priv.h"

/* Blanks that may come before a body shows what it is. */
#define BLANK_MAX ((size_t)4096)

static enum status take_event(
	const struct sse_event *ev, void *payload, struct err *err);

void reply_init(struct reply *r, const struct reply_limits *limits,
	event_fn *sink, void *payload)
{
	size_t longest;

	memset(r, 0, sizeof(*r));
	r->limits = limits != NULL ? *limits : REPLY_LIMITS;
	r->sink = sink;
	r->payload = payload;
	buf_init(&r->body, r->limits.body_max);
	/* A bad byte becomes three, and a text may be a whole event. */
	longest = 3 *
		(r->limits.event_max > r->limits.body_max ? r->limits.event_max
							  : r->limits.body_max);
	buf_init(&r->scratch, longest);
	buf_init(&r->text, r->limits.text_max + longest);
	buf_init(&r->finish, REPLY_NAME_MAX);
	buf_init(&r->location, REPLY_NAME_MAX);
	buf_init(&r->error_type, REPLY_NAME_MAX);
	buf_init(&r->request_id, REPLY_NAME_MAX);
	r->usage = USAGE_UNKNOWN;
	r->should_retry = -1;
	r->retry_after_ms = -1;
	think_init(&r->think, longest);
	tools_init(&r->tools);
	fail_init(&r->fail);
	sse_init(&r->sse, r->limits.event_max, take_event, r);
}

void reply_release(struct reply *r)
{
	sse_release(&r->sse);
	buf_release(&r->body);
	buf_release(&r->scratch);
	buf_release(&r->text);
	buf_release(&r->finish);
	buf_release(&r->location);
	buf_release(&r->error_type);
	buf_release(&r->request_id);
	think_release(&r->think);
	tools_release(&r->tools);
	fail_release(&r->fail);
}

static enum status send(
	struct reply *r, const struct event *ev, struct err *err)
{
	enum status st;

	if (r->sink_status != ST_OK)
		return r->sink_status;
	st = r->sink(ev, r->payload, err);
	r->sink_status = st;
	return st;
}

enum status reply_flush(struct reply *r, struct err *err)
{
	struct event ev;
	enum status st;

	if (r->text.len == 0)
		return ST_OK;
	ev = (struct event){.type = r->text_as, .text = buf_view(&r->text)};
	st = send(r, &ev, err);
	buf_reset(&r->text);
	return st;
}

enum status reply_send(struct reply *r, const struct event *ev, struct err *err)
{
	enum status st = reply_flush(r, err);

	return st == ST_OK ? send(r, ev, err) : st;
}

enum status reply_notice(struct reply *r, const char *text, struct err *err)
{
	struct event ev = {.type = EVENT_NOTICE, .text = span_str(text)};

	return reply_send(r, &ev, err);
}

/* Sends the names that the endpoint gives; empty ones (Azure's first chunk) do
 * not count. */
static enum status add_meta(
	struct reply *r, const struct chunk *c, struct err *err)
{
	bool model = !r->has_model && c->model.raw.n > 0;
	bool id = !r->has_id && c->id.raw.n > 0;
	struct event ev = {.type = EVENT_META};
	size_t cut;

	if (!model && !id)
		return ST_OK;
	buf_reset(&r->scratch);
	if (model)
		scan_unescape(&c->model, &r->scratch);
	cut = r->scratch.len;
	if (id)
		scan_unescape(&c->id, &r->scratch);
	if (r->scratch.bad)
		return err_nomem(err);
	ev.model = span_of(r->scratch.p, cut);
	ev.id = span_of(r->scratch.p + cut, r->scratch.len - cut);
	r->has_model = r->has_model || model;
	r->has_id = r->has_id || id;
	return reply_send(r, &ev, err);
}

/* Takes the usage, from any of its places; the last chunk that has one
 * counts. */
static void add_usage(struct reply *r, const struct chunk *c)
{
	if ((c->usage.p != NULL && chunk_usage(c->usage, &r->usage)) ||
		(c->usage_groq.p != NULL &&
			chunk_usage(c->usage_groq, &r->usage)) ||
		(c->usage_choice.p != NULL &&
			chunk_usage(c->usage_choice, &r->usage)))
		r->has_usage = true;
}

static enum status add_tools(struct reply *r, struct span json, struct err *err)
{
	enum status st;

	if (json.p == NULL)
		return ST_OK;
	st = tools_add(&r->tools, json, &r->bytes, err);
	if (r->bytes > r->limits.text_max) {
		r->bytes = r->limits.text_max;
		r->full = true;
	}
	return st;
}

enum status reply_fail(struct reply *r, struct span body, struct err *err)
{
	struct fail_source from = {
		.http = r->http,
		.body = body,
		.location = buf_view(&r->location),
		.error_type = buf_view(&r->error_type),
	};

	r->failed = true;
	return fail_read(&r->fail, &from, err);
}

enum status reply_fail_with(struct reply *r, enum status status, bool retry,
	const char *text, struct err *err)
{
	r->failed = true;
	return fail_set(&r->fail, status, r->http, retry, text, err);
}

enum status reply_chunk(struct reply *r, const struct chunk *c, struct err *err)
{
	enum status st;

	r->has_chunk = r->has_chunk || c->has_choices;
	st = add_meta(r, c, err);
	add_usage(r, c);
	if (st == ST_OK && c->has_choice)
		st = reply_content(r, c, err);
	if (st == ST_OK)
		st = add_tools(r, c->tools, err);
	if (st == ST_OK)
		st = add_tools(r, c->call, err);
	if (st != ST_OK)
		return st;
	if (c->error.p != NULL)
		return reply_fail(r, c->error_body, err);
	if (c->finish.raw.n > 0 && r->finish.len == 0 &&
		c->finish.raw.n <= REPLY_NAME_MAX / 3) {
		scan_unescape(&c->finish, &r->finish);
		if (r->finish.bad)
			return err_nomem(err);
	}
	return ST_OK;
}

/* Takes the first element of an array of chunks: Google streams errors like
 * that. */
static bool unwrap_array(struct span *data)
{
	struct scan s;
	struct span first;

	scan_init(&s, *data);
	if (!scan_enter(&s, '[') || !scan_element(&s) || !scan_skip(&s, &first))
		return false;
	*data = first;
	return true;
}

enum status reply_unreadable(struct reply *r, struct span data, struct err *err)
{
	buf_reset(&r->scratch);
	buf_str(&r->scratch, "the endpoint sent what cannot be read: ");
	scan_repair(span_of(data.p, data.n < 200 ? data.n : 200), &r->scratch);
	if (r->scratch.bad)
		return err_nomem(err);
	return reply_fail_with(r, ST_SERVER, false, r->scratch.p, err);
}

static enum status take_data(struct reply *r, const struct sse_event *ev,
	struct span data, struct err *err)
{
	bool named = ev->event.n > 0 && !span_is(ev->event, "message");
	const struct chunk *next;
	struct chunk c;

	if (span_is(ev->event, "error"))
		return reply_fail(r, data, err);
	next = chunk_read_next(&r->form, data);
	if (next != NULL) {
		if (named && !next->has_choices && next->error.p == NULL)
			return ST_OK;
		return reply_chunk(r, next, err);
	}
	if (named || ev->partial)
		return ST_OK;
	if (!chunk_is_other(data))
		return reply_unreadable(r, data, err);
	if (unwrap_array(&data) && chunk_read(data, &c) && c.error.p != NULL)
		return reply_chunk(r, &c, err);
	return ST_OK;
}

static enum status take_event(
	const struct sse_event *ev, void *payload, struct err *err)
{
	struct reply *r = payload;
	struct span data = span_trim(ev->data);

	if (ev->comment || reply_ended(r))
		return ST_OK;
	if (ev->error.n > 0)
		return reply_fail(r, ev->error, err);
	if (data.n == 0)
		return ST_OK;
	if (span_starts(data, "[DONE]")) {
		r->done = true;
		return ST_OK;
	}
	return take_data(r, ev, data, err);
}

/* The fields with which an event stream may begin. */
static const char *const field_names[] = {
	":",
	"data:",
	"event:",
	"id:",
	"retry:",
	"error:",
};

static bool begins_field(struct span s, bool *maybe)
{
	size_t i;

	for (i = 0; i < sizeof(field_names) / sizeof(field_names[0]); i++) {
		if (span_starts(s, field_names[i]))
			return true;
		if (s.n < strlen(field_names[i]) &&
			memcmp(s.p, field_names[i], s.n) == 0)
			*maybe = true;
	}
	return false;
}

/* What kind of body this is, after a success status; REPLY_SNIFF: more bytes
 * are needed. */
static enum reply_mode sniff(struct span s, bool typed_stream)
{
	static const char bom[] = "\xef\xbb\xbf";
	bool maybe = false;
	struct span rest;
	size_t blanks;

	if (s.n < 3 && memcmp(s.p, bom, s.n) == 0)
		return REPLY_SNIFF;
	if (span_starts(s, bom)) {
		s.p += 3;
		s.n -= 3;
	}
	rest = span_trim(s);
	if (rest.n == 0)
		blanks = s.n;
	else
		blanks = (size_t)(rest.p - s.p);
	if (blanks >= BLANK_MAX)
		return typed_stream ? REPLY_STREAM : REPLY_ERROR;
	if (rest.n == 0)
		return REPLY_SNIFF;
	if (rest.p[0] == '{' || rest.p[0] == '[')
		return REPLY_JSON;
	if (rest.p[0] == '<')
		return REPLY_ERROR;
	if (typed_stream || begins_field(rest, &maybe))
		return REPLY_STREAM;
	return maybe ? REPLY_SNIFF : REPLY_ERROR;
}

static enum status feed_stream(
	struct reply *r, struct span bytes, struct err *err)
{
	struct err why;
	enum status st;

	err_clear(&why);
	st = sse_feed(&r->sse, bytes.p, bytes.n, &why);
	if (st == ST_OK)
		return ST_OK;
	if (r->sink_status == ST_OK && st == ST_SERVER)
		return reply_fail_with(r, ST_SERVER, false, why.msg, err);
	if (err != NULL)
		*err = why;
	return st;
}

static enum status feed_json(
	struct reply *r, struct span bytes, struct err *err)
{
	if (bytes.n > r->limits.body_max - r->body.len)
		return reply_fail_with(r, ST_SERVER, false,
			"the endpoint sent a reply that is too large", err);
	buf_span(&r->body, bytes);
	return r->body.bad ? err_nomem(err) : ST_OK;
}

/* Keeps the beginning of a body that is not an answer. */
static enum status feed_error(
	struct reply *r, struct span bytes, struct err *err)
{
	size_t max = FAIL_BODY_MAX < r->limits.body_max ? FAIL_BODY_MAX
							: r->limits.body_max;
	size_t room = r->body.len < max ? max - r->body.len : 0;

	buf_add(&r->body, bytes.p, bytes.n < room ? bytes.n : room);
	return r->body.bad ? err_nomem(err) : ST_OK;
}

static enum status feed_sniff(
	struct reply *r, struct span bytes, struct err *err)
{
	enum status st;

	/* Looks at the piece itself first, so that a large one need not be
	 * copied. */
	if (r->body.len == 0) {
		r->mode = sniff(bytes, r->typed_stream);
		if (r->mode != REPLY_SNIFF)
			return reply_feed(r, bytes, err);
	}
	st = feed_json(r, bytes, err);
	if (st != ST_OK || r->failed)
		return st;
	r->mode = sniff(buf_view(&r->body), r->typed_stream);
	if (r->mode != REPLY_STREAM)
		return ST_OK;
	st = feed_stream(r, buf_view(&r->body), err);
	buf_release(&r->body);
	return st;
}

enum status reply_feed(struct reply *r, struct span bytes, struct err *err)
{
	if (r->sink_status != ST_OK)
		return err_set(err, r->sink_status, "the reply was given up");
	if (bytes.n == 0 || r->over || reply_ended(r))
		return ST_OK;
	switch (r->mode) {
	case REPLY_SNIFF: return feed_sniff(r, bytes, err);
	case REPLY_STREAM: return feed_stream(r, bytes, err);
	case REPLY_JSON: return feed_json(r, bytes, err);
	case REPLY_ERROR: return feed_error(r, bytes, err);
	}
	return ST_OK;
}

bool reply_ended(const struct reply *r)
{
	return r->done || r->failed || r->full;
}

bool reply_finishing(const struct reply *r)
{
	return r->finish.len > 0;
}

bool reply_has_text(const struct reply *r)
{
	return r->has_text;
}

struct span reply_request_id(const struct reply *r)
{
	return buf_view(&r->request_id);
}
