#include "wire/request.h"

#include <string.h>

#include "chat/image.h"
#include "wire/json.h"
#include "wire/sampling.h"

/* How a field is written. */
enum kind { KIND_USAGE, KIND_DOUBLE, KIND_INT, KIND_STOP, KIND_FORM };

/*
 * The optional fields, in the order of enum request_field, which is the order
 * in which they are sent.
 */
static const struct {
	const char *name;
	enum kind kind;
	size_t at; /* place of the value in struct request */
} fields[] = {
	{"stream_options", KIND_USAGE, 0},
	{"temperature", KIND_DOUBLE, offsetof(struct request, temperature)},
	{"max_tokens", KIND_INT, offsetof(struct request, max_tokens)},
	{"top_p", KIND_DOUBLE, offsetof(struct request, top_p)},
	{"seed", KIND_INT, offsetof(struct request, seed)},
	{"stop", KIND_STOP, 0},
	{"presence_penalty", KIND_DOUBLE,
		offsetof(struct request, presence_penalty)},
	{"frequency_penalty", KIND_DOUBLE,
		offsetof(struct request, frequency_penalty)},
	{"response_format", KIND_FORM, 0},
};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

unsigned request_field(struct span name)
{
	unsigned i;

	for (i = 0; i < FIELDS; i++)
		if (span_is(name, fields[i].name))
			return 1u << i;
	return 0;
}

const char *request_field_name(unsigned field)
{
	unsigned i;

	for (i = 0; i < FIELDS; i++)
		if (field == 1u << i)
			return fields[i].name;
	return NULL;
}

static void put_form(const struct request *req, struct json_writer *w)
{
	if (req->form != REQUEST_FORM_SCHEMA) {
		json_add_raw(w, span_str("{\"type\":\"json_object\"}"));
		return;
	}
	json_open(w, '{');
	json_member_str(w, "type", span_str("json_schema"));
	json_key(w, "json_schema");
	json_open(w, '{');
	json_member_str(w, "name", span_str("answer"));
	if (req->schema_strict) {
		json_member_bool(w, "strict", true);
	}
	json_key(w, "schema");
	json_add_raw(w, req->schema);
	json_close(w, '}');
	json_close(w, '}');
}

static void put_field(
	const struct request *req, unsigned i, struct json_writer *w)
{
	const char *value = (const char *)req + fields[i].at;
	int64_t whole;
	double real;
	size_t k;

	json_key(w, fields[i].name);
	switch (fields[i].kind) {
	case KIND_USAGE:
		json_add_raw(w, span_str("{\"include_usage\":true}"));
		break;
	case KIND_DOUBLE:
		memcpy(&real, value, sizeof(real));
		json_add_double(w, real);
		break;
	case KIND_INT:
		memcpy(&whole, value, sizeof(whole));
		json_add_int(w, whole);
		break;
	case KIND_STOP:
		json_open(w, '[');
		for (k = 0; k < req->stop_n && k < REQUEST_STOP_MAX; k++)
			json_add_string(w, req->stop[k]);
		json_close(w, ']');
		break;
	case KIND_FORM: put_form(req, w); break;
	}
}

static void put_params(const struct request *req, struct json_writer *w)
{
	struct buf name;
	size_t i;

	buf_init(&name, BUF_SMALL);
	for (i = 0; i < req->params_n; i++) {
		struct span value = span_str(req->params[i]);

		buf_set(&name, span_cut(&value, '='));
		json_key(w, name.p);
		json_add_raw(w, value);
	}
	buf_release(&name);
}

static bool is_prefilled(const struct request *req)
{
	return req->prefill > CONF_PREFILL_NO && req->messages_n >= 2 &&
		req->messages[req->messages_n - 2]->role == ROLE_ASSISTANT;
}

/* Number of messages that are sent. */
static size_t count_sent(const struct request *req)
{
	return req->messages_n - (is_prefilled(req) ? 1 : 0);
}

/* Writes a reply to be continued, without the space at its end, which templates
 * would cut: the model then writes it itself. */
static void put_unfinished(
	const struct request *req, struct json_writer *w, struct span content)
{
	while (content.n > 0 &&
		memchr(" \t\r\n", content.p[content.n - 1], 4) != NULL)
		content.n--;
	json_open(w, '{');
	json_member_str(w, "role", span_str(role_name(ROLE_ASSISTANT)));
	json_member_str(w, "content", content);
	if (req->prefill == CONF_PREFILL_PREFIX)
		json_member_bool(w, "prefix", true);
	json_close(w, '}');
}

static void put_message(
	struct json_writer *w, enum role role, struct span content)
{
	json_open(w, '{');
	json_member_str(w, "role", span_str(role_name(role)));
	json_member_str(w, "content", content);
	json_close(w, '}');
}

static bool is_blank(const struct buf *b)
{
	return span_trim(buf_view(b)).n == 0;
}

/* Appends a text to what the same speaker said before. */
static void add_turn(struct buf *turn, const struct buf *text)
{
	if (turn->len > 0)
		buf_str(turn, "\n\n");
	buf_span(turn, buf_view(text));
}

/* Whether one of these messages has an image that is sent. */
static bool has_images(const struct request *req, size_t from, size_t to)
{
	for (; from < to && req->images; from++)
		if (req->messages[from]->role == ROLE_USER &&
			msg_has_image(req->messages[from]))
			return true;
	return false;
}

static void put_image(struct json_writer *w, struct span url)
{
	json_open(w, '{');
	json_member_str(w, "type", span_str("image_url"));
	json_key(w, "image_url");
	json_open(w, '{');
	json_member_str(w, "url", url);
	json_close(w, '}');
	json_close(w, '}');
}

/* Writes content as parts, images first: hosts that take only one expect it
 * there. */
static void put_parts(const struct request *req, struct json_writer *w,
	size_t from, size_t to, struct span text)
{
	struct image image;
	size_t i;

	json_open(w, '{');
	json_member_str(w, "role", span_str(role_name(ROLE_USER)));
	json_key(w, "content");
	json_open(w, '[');
	for (; from < to; from++) {
		const struct msg *m = req->messages[from];

		for (i = 0; i < m->attach_n; i++) {
			struct span url = buf_view(&m->attach[i].text);

			if (image_read(url, &image))
				put_image(w, url);
		}
	}
	json_open(w, '{');
	json_member_str(w, "type", span_str("text"));
	json_member_str(w, "text", text);
	json_close(w, '}');
	json_close(w, ']');
	json_close(w, '}');
}

/* Writes a turn: what one speaker says in messages `from` to `to`. */
static void put_turn(const struct request *req, struct json_writer *w,
	size_t from, size_t to, enum role role, struct span text)
{
	if (role == ROLE_USER && has_images(req, from, to))
		put_parts(req, w, from, to, text);
	else
		put_message(w, role, text);
}

/* Writes all that the system says, wherever it stands, as one message. */
static void put_system(const struct request *req, struct json_writer *w,
	struct buf *turn, struct buf *text)
{
	size_t i;

	buf_set(turn, req->system);
	for (i = 0; i < req->messages_n; i++) {
		if (req->messages[i]->role != ROLE_SYSTEM)
			continue;
		buf_reset(text);
		msg_content(req->messages[i], text);
		if (!is_blank(text))
			add_turn(turn, text);
	}
	if (req->schema.n > 0 && req->form != REQUEST_FORM_SCHEMA) {
		buf_reset(text);
		buf_str(text,
			"Answer with JSON alone, without any other text, that "
			"fits this JSON Schema:\n");
		buf_span(text, req->schema);
		add_turn(turn, text);
	}
	if (!is_blank(turn))
		put_message(w, ROLE_SYSTEM, buf_view(turn));
}

/* Whether the message has calls of tools or a tool's result, and so is written
 * by itself. */
static bool is_of_tools(const struct msg *m)
{
	return m->tools.len > 0 || m->role == ROLE_TOOL;
}

static void put_of_tools(
	struct json_writer *w, const struct msg *m, struct span text)
{
	json_open(w, '{');
	json_member_str(w, "role", span_str(role_name(m->role)));
	if (m->role == ROLE_TOOL)
		json_member_str(w, "tool_call_id", buf_view(&m->tools));
	json_key(w, "content");
	if (text.n > 0 || m->role == ROLE_TOOL)
		json_add_string(w, text);
	else
		json_add_null(w);
	if (m->role != ROLE_TOOL) {
		json_key(w, "tool_calls");
		json_add_raw(w, buf_view(&m->tools));
	}
	json_close(w, '}');
}

/* Writes all other messages, one for each run of one role, and counts them. */
static size_t put_turns(const struct request *req, struct json_writer *w,
	struct buf *turn, struct buf *text)
{
	enum role role = ROLE_SYSTEM;
	size_t first = 0;
	size_t count = 0;
	size_t i;

	buf_reset(turn);
	for (i = 0; i < count_sent(req); i++) {
		const struct msg *m = req->messages[i];

		if (m->role == ROLE_SYSTEM)
			continue;
		buf_reset(text);
		msg_content(m, text);
		if (is_blank(text) && !is_of_tools(m))
			continue;
		if ((m->role != role || is_of_tools(m)) && turn->len > 0) {
			put_turn(req, w, first, i, role, buf_view(turn));
			buf_reset(turn);
			count++;
		}
		if (is_of_tools(m)) {
			put_of_tools(w, m, buf_view(text));
			count++;
			continue;
		}
		if (turn->len == 0)
			first = i;
		role = m->role;
		add_turn(turn, text);
	}
	if (turn->len > 0) {
		if (is_prefilled(req))
			put_unfinished(req, w, buf_view(turn));
		else
			put_turn(req, w, first, i, role, buf_view(turn));
		count++;
	}
	return count;
}

enum status request_body(
	const struct request *req, struct buf *out, struct err *err)
{
	unsigned send = req->set & ~req->dropped;
	struct json_writer w = {.out = out};
	enum status st = ST_OK;
	size_t before = out->len;
	struct buf turn;
	struct buf text;
	unsigned i;

	buf_init(&turn, out->max);
	buf_init(&text, out->max);
	if (!req->stream)
		send &= ~(unsigned)REQUEST_STREAM_OPTIONS;
	if (req->stop_n == 0)
		send &= ~(unsigned)REQUEST_STOP;
	if (req->schema.n == 0 || req->form == REQUEST_FORM_WORDS)
		send &= ~(unsigned)REQUEST_RESPONSE_FORMAT;
	json_open(&w, '{');
	json_member_str(&w, "model", req->model);
	json_key(&w, "messages");
	json_open(&w, '[');
	put_system(req, &w, &turn, &text);
	if (put_turns(req, &w, &turn, &text) == 0)
		st = err_set(err, ST_USAGE, "there is no message to send");
	json_close(&w, ']');
	json_member_bool(&w, "stream", req->stream);
	for (i = 0; i < FIELDS; i++)
		if ((send & 1u << i) != 0)
			put_field(req, i, &w);
	put_params(req, &w);
	if (is_prefilled(req) && req->prefill == CONF_PREFILL_CONTINUE) {
		json_member_bool(&w, "add_generation_prompt", false);
		json_member_bool(&w, "continue_final_message", true);
	}
	json_close(&w, '}');
	if (st == ST_OK)
		st = sampling_check(req->params, req->params_n, err);
	if (turn.bad || text.bad)
		out->bad = true;
	if (out->bad)
		st = buf_check(out, "the request", err);
	if (st != ST_OK)
		buf_truncate(out, before);
	buf_release(&turn);
	buf_release(&text);
	return st;
}
