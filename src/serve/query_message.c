/* The messages of a query. */
#include <stdlib.h>

#include "base/vec.h"
#include "chat/image.h"
#include "serve/query_priv.h"

/* Reads an image, which must be in the request itself: nothing is fetched for a
 * client. */
static enum status read_image(
	const struct json *part, struct msg *m, struct err *err)
{
	struct span url = json_get_str(json_get(part, "image_url"), "url");
	struct image image;
	struct buf name;
	enum status st;

	if (!image_read(url, &image))
		return err_set(err, ST_USAGE,
			"an \"image_url\" is a data: URL of a PNG, JPEG, GIF "
			"or WebP in base64; nothing is fetched from addresses");
	buf_init(&name, BUF_SMALL);
	buf_fmt(&name, "image %zu", m->attach_n + 1);
	st = msg_attach(m, buf_view(&name), url, err);
	buf_release(&name);
	return st;
}

static enum status read_part(const struct json *part, struct msg *m,
	struct buf *out, struct err *err)
{
	struct span type = json_get_str(part, "type");
	struct span text;

	if (m != NULL && m->role == ROLE_USER && span_is(type, "image_url"))
		return read_image(part, m, err);
	if (!span_is(type, "text") || !json_str(json_get(part, "text"), &text))
		return err_set(err, ST_USAGE,
			"parts of type \"%.*s\" cannot be passed on in a "
			"message of this role",
			(int)(type.n < 64 ? type.n : 64),
			type.n > 0 ? type.p : "");
	buf_span(out, text);
	return query_check_text(text, "content", err);
}

/* Reads content: a text, or a list of parts whose texts are joined. `m` takes
 * the images; NULL: there can be none. */
static enum status read_content(const struct json *content, struct msg *m,
	struct buf *out, struct err *err)
{
	const struct json *part;
	struct span text;
	enum status st = ST_OK;

	if (json_str(content, &text)) {
		buf_span(out, text);
		return query_check_text(text, "content", err);
	}
	if (json_type(content) <= JSON_NULL)
		return ST_OK;
	if (json_type(content) != JSON_ARRAY)
		return err_set(err, ST_USAGE,
			"the content of a message is a text or a list of "
			"parts");
	for (part = json_first(content); part != NULL && st == ST_OK;
		part = json_next(part))
		st = read_part(part, m, out, err);
	return st;
}

/* Takes m. */
static enum status add_message(struct query *q, struct msg *m, struct err *err)
{
	if (!vec_grow(&q->msgs, &q->cap, q->n + 1, sizeof(*q->msgs),
		    QUERY_MESSAGES_MAX)) {
		msg_free(m);
		return err_set(err, ST_USAGE, "too many messages");
	}
	q->msgs[q->n++] = m;
	return ST_OK;
}

static enum status add_system(
	struct query *q, const struct json *content, struct err *err)
{
	if (q->system.len > 0)
		buf_str(&q->system, "\n\n");
	return read_content(content, NULL, &q->system, err);
}

/* Reads the calls of an assistant's message, or which call a tool's message
 * answers. */
static enum status read_calls(
	const struct json *j, struct msg *m, struct err *err)
{
	const struct json *calls = json_get(j, "tool_calls");
	struct json_writer w = {.out = &m->tools};
	struct span id;

	if (m->role == ROLE_TOOL) {
		id = json_get_str(j, "tool_call_id");
		if (id.n == 0)
			return err_set(err, ST_USAGE,
				"a message of a tool has the id of the call "
				"that it answers in \"tool_call_id\"");
		buf_span(&m->tools, id);
		return query_check_text(id, "tool_call_id", err);
	}
	if (m->role != ROLE_ASSISTANT || json_type(calls) <= JSON_NULL)
		return ST_OK;
	if (json_type(calls) != JSON_ARRAY)
		return err_set(err, ST_USAGE, "\"tool_calls\" is a list");
	if (json_count(calls) > 0)
		json_add_value(&w, calls);
	return buf_check(&m->tools, "tool_calls", err);
}

/* Refuses members that would be lost. */
static enum status check_lost(const struct json *j, struct err *err)
{
	static const char *const lost[] = {"audio", "function_call"};
	size_t i;

	for (i = 0; i < sizeof(lost) / sizeof(lost[0]); i++)
		if (json_type(json_get(j, lost[i])) > JSON_NULL)
			return err_set(err, ST_USAGE,
				"\"%s\" of a message cannot be passed on",
				lost[i]);
	return ST_OK;
}

static enum status unknown_role(
	const struct query *q, struct span word, struct err *err)
{
	return err_set(err, ST_USAGE,
		"unknown role \"%.*s\"; user, assistant%s and system are known",
		(int)(word.n < 64 ? word.n : 64), word.p,
		q->openai ? ", tool" : "");
}

static enum status read_message(
	struct query *q, const struct json *j, struct err *err)
{
	struct span word = json_get_str(j, "role");
	const struct json *content = json_get(j, "content");
	enum role role;
	struct msg *m;
	enum status st;

	if (span_is(word, "developer"))
		word = span_str("system");
	if (json_type(j) != JSON_OBJECT || word.n == 0)
		return err_set(err, ST_USAGE,
			"messages is a list of objects with role and content");
	if (!role_parse(word, &role) || (role == ROLE_TOOL && !q->openai))
		return unknown_role(q, word, err);
	if (role == ROLE_SYSTEM)
		return add_system(q, content, err);
	m = msg_new(role);
	if (m == NULL)
		return err_nomem(err);
	st = read_content(content, m, &m->text, err);
	if (st == ST_OK)
		st = buf_check(&m->text, "message", err);
	if (st == ST_OK && q->openai)
		st = check_lost(j, err);
	if (st == ST_OK && q->openai)
		st = read_calls(j, m, err);
	if (st != ST_OK) {
		msg_free(m);
		return st;
	}
	/* The outcome is not part of the request; the client took the reply for
	 * whole. */
	if (role == ROLE_ASSISTANT)
		m->outcome = OUTCOME_COMPLETE;
	return add_message(q, m, err);
}

/* Checks who speaks last: the user, or a tool that a model called. */
static enum status check_last(const struct query *q, struct err *err)
{
	const struct msg *last = q->n > 0 ? q->msgs[q->n - 1] : NULL;

	if (last != NULL && last->role == ROLE_TOOL)
		return ST_OK;
	if (last == NULL || last->role != ROLE_USER)
		return err_set(
			err, ST_USAGE, "the last message has to be the user's");
	if (span_trim(buf_view(&last->text)).n == 0 && last->attach_n == 0)
		return err_set(err, ST_USAGE, "the last message is empty");
	return ST_OK;
}

static enum status asked_twice(struct err *err)
{
	return err_set(err, ST_USAGE,
		"only one of message, prompt and messages, and that once");
}

enum status query_messages(
	struct query *q, const struct json *list, struct err *err)
{
	const struct json *j;
	enum status st = ST_OK;

	if (q->n > 0)
		return asked_twice(err);
	if (json_type(list) != JSON_ARRAY || json_count(list) == 0)
		return err_set(err, ST_USAGE,
			"messages is a list of objects with role and content");
	for (j = json_first(list); j != NULL && st == ST_OK; j = json_next(j))
		st = read_message(q, j, err);
	if (st == ST_OK)
		st = check_last(q, err);
	return st == ST_OK ? buf_check(&q->system, "system prompt", err) : st;
}

enum status query_text(struct query *q, const struct json *j, struct err *err)
{
	struct span name = json_name(j);
	struct span text;
	struct msg *m;
	enum status st;

	if (q->n > 0)
		return asked_twice(err);
	if (!json_str(j, &text) || span_trim(text).n == 0)
		return err_set(err, ST_USAGE,
			"\"%.*s\" is a text that is not empty", (int)name.n,
			name.p);
	st = query_check_text(text, "the message", err);
	if (st != ST_OK)
		return st;
	m = msg_new(ROLE_USER);
	if (m == NULL)
		return err_nomem(err);
	buf_span(&m->text, text);
	st = buf_check(&m->text, "message", err);
	if (st != ST_OK) {
		msg_free(m);
		return st;
	}
	return add_message(q, m, err);
}
