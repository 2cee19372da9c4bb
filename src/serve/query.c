#include "serve/query.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/vec.h"
#include "wire/json.h"

void query_init(struct query *q)
{
	memset(q, 0, sizeof(*q));
	buf_init(&q->system, BUF_LARGE);
	buf_init(&q->thread, QUERY_THREAD_MAX);
	buf_init(&q->model, BUF_SMALL);
}

void query_release(struct query *q)
{
	size_t i;

	for (i = 0; i < q->n; i++)
		msg_free(q->msgs[i]);
	free(q->msgs);
	for (i = 0; i < q->params_n; i++)
		free(q->params[i]);
	free(q->params);
	free(q->both);
	buf_release(&q->system);
	buf_release(&q->thread);
	buf_release(&q->model);
	query_init(q);
}

/* NULs have no place in what people and models write. */
static enum status check_text(
	struct span text, const char *name, struct err *err)
{
	if (memchr(text.p != NULL ? text.p : "", '\0', text.n) != NULL)
		return err_set(err, ST_USAGE,
			"%s has a NUL in it, so it is not text", name);
	return ST_OK;
}

/*
 * Messages
 */

/* A text, or a list of parts of type text, which are joined. */
static enum status read_content(
	const struct json *content, struct buf *out, struct err *err)
{
	const struct json *part;
	struct span text;

	if (json_str(content, &text)) {
		buf_span(out, text);
		return check_text(text, "content", err);
	}
	if (json_type(content) == JSON_NULL)
		return ST_OK;
	if (json_type(content) != JSON_ARRAY)
		return err_set(err, ST_USAGE,
			"the content of a message is a text or a list of "
			"parts");
	for (part = json_first(content); part != NULL; part = json_next(part)) {
		enum status st;

		if (!span_is(json_get_str(part, "type"), "text") ||
			!json_str(json_get(part, "text"), &text))
			return err_set(err, ST_USAGE,
				"of a message's parts only those of type "
				"\"text\" can be passed on");
		buf_span(out, text);
		st = check_text(text, "content", err);
		if (st != ST_OK)
			return st;
	}
	return ST_OK;
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
	return read_content(content, &q->system, err);
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
	if (!role_parse(word, &role) || role == ROLE_TOOL)
		return err_set(err, ST_USAGE,
			"unknown role \"%.*s\"; user, assistant and system "
			"are known",
			(int)(word.n < 64 ? word.n : 64), word.p);
	if (role == ROLE_SYSTEM)
		return add_system(q, content, err);
	m = msg_new(role);
	if (m == NULL)
		return err_nomem(err);
	st = read_content(content, &m->text, err);
	if (st == ST_OK)
		st = buf_check(&m->text, "message", err);
	if (st != ST_OK) {
		msg_free(m);
		return st;
	}
	/* What it was is not said; the client has taken it for whole. */
	if (role == ROLE_ASSISTANT)
		m->outcome = OUTCOME_COMPLETE;
	return add_message(q, m, err);
}

static enum status asked_twice(struct err *err)
{
	return err_set(err, ST_USAGE,
		"only one of message, prompt and messages, and that once");
}

static enum status read_messages(
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
	if (st == ST_OK && (q->n == 0 || q->msgs[q->n - 1]->role != ROLE_USER))
		st = err_set(
			err, ST_USAGE, "the last message has to be the user's");
	if (st == ST_OK && span_trim(buf_view(&q->msgs[q->n - 1]->text)).n == 0)
		st = err_set(err, ST_USAGE, "the last message is empty");
	return st == ST_OK ? buf_check(&q->system, "system prompt", err) : st;
}

static enum status read_text(
	struct query *q, const struct json *j, struct err *err)
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
	st = check_text(text, "the message", err);
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

/*
 * Settings
 */

static enum status read_temperature(
	struct query *q, const struct json *j, struct err *err)
{
	double v;

	if (!json_double(j, &v) || v < 0 || v > CONF_TEMPERATURE_MAX)
		return err_set(err, ST_USAGE,
			"\"temperature\" is a number from 0 to %d",
			CONF_TEMPERATURE_MAX);
	q->temperature.set = true;
	q->temperature.v = v;
	return ST_OK;
}

static enum status read_max_tokens(
	struct query *q, const struct json *j, struct err *err)
{
	struct span name = json_name(j);
	int64_t v;

	if (!json_int(j, &v) || v < 1 || v > CONF_TOKENS_MAX)
		return err_set(err, ST_USAGE,
			"\"%.*s\" is a whole number from 1 to %d", (int)name.n,
			name.p, CONF_TOKENS_MAX);
	q->max_tokens = v;
	return ST_OK;
}

static enum status read_stream(
	struct query *q, const struct json *j, struct err *err)
{
	return json_bool(j, &q->stream)
		? ST_OK
		: err_set(err, ST_USAGE, "\"stream\" is true or false");
}

static enum status read_thread(
	struct query *q, const struct json *j, struct err *err)
{
	struct span text = {NULL, 0};
	int64_t number;
	size_t i;

	buf_reset(&q->thread);
	if (json_int(j, &number)) {
		q->thread_is_number = true;
		buf_fmt(&q->thread, "%lld", (long long)number);
		return ST_OK;
	}
	if (!json_str(j, &text) || text.n == 0 || text.n >= QUERY_THREAD_MAX)
		return err_set(err, ST_USAGE,
			"\"thread_id\" is a text of 1 to %d bytes or a whole "
			"number",
			QUERY_THREAD_MAX - 1);
	for (i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return err_set(err, ST_USAGE,
				"\"thread_id\" has control characters in it");
	buf_span(&q->thread, text);
	return ST_OK;
}

static enum status read_model(
	struct query *q, const struct json *j, struct err *err)
{
	struct span text;

	if (!json_str(j, &text) || text.n == 0)
		return err_set(err, ST_USAGE, "\"model\" is a text");
	buf_set(&q->model, text);
	return buf_check(&q->model, "model", err);
}

static enum status read_stream_options(
	struct query *q, const struct json *j, struct err *err)
{
	if (json_type(j) != JSON_OBJECT)
		return err_set(
			err, ST_USAGE, "\"stream_options\" is an object");
	q->usage = json_get_bool(j, "include_usage", false);
	return ST_OK;
}

static enum status unsupported(struct span name, struct err *err)
{
	return err_set(err, ST_USAGE, "\"%.*s\" is not supported here",
		(int)(name.n < 64 ? name.n : 64), name.p);
}

static enum status read_n(
	struct query *q, const struct json *j, struct err *err)
{
	int64_t n;

	(void)q;
	return json_int(j, &n) && n == 1
		? ST_OK
		: err_set(err, ST_USAGE, "\"n\" can only be 1 here");
}

static enum status read_unless_false(
	struct query *q, const struct json *j, struct err *err)
{
	bool on = true;

	(void)q;
	return json_bool(j, &on) && !on ? ST_OK
					: unsupported(json_name(j), err);
}

static enum status read_unless_empty(
	struct query *q, const struct json *j, struct err *err)
{
	(void)q;
	return json_type(j) == JSON_ARRAY && json_count(j) == 0
		? ST_OK
		: unsupported(json_name(j), err);
}

static enum status read_unless_none(
	struct query *q, const struct json *j, struct err *err)
{
	struct span text;

	(void)q;
	return json_str(j, &text) && span_is(text, "none")
		? ST_OK
		: unsupported(json_name(j), err);
}

/* Hints to whoever runs the model about who asks; not passed on. */
static enum status read_nothing(
	struct query *q, const struct json *j, struct err *err)
{
	(void)q;
	(void)j;
	(void)err;
	return ST_OK;
}

struct member {
	const char *name;
	enum status (*read)(
		struct query *q, const struct json *j, struct err *err);
};

static const struct member own[] = {
	{"message", read_text},
	{"prompt", read_text},
	{"messages", read_messages},
	{"temperature", read_temperature},
	{"max_tokens", read_max_tokens},
	{"stream", read_stream},
	{"thread_id", read_thread},
	{NULL, NULL},
};

static const struct member openai[] = {
	{"messages", read_messages},
	{"model", read_model},
	{"temperature", read_temperature},
	{"max_tokens", read_max_tokens},
	{"max_completion_tokens", read_max_tokens},
	{"stream", read_stream},
	{"stream_options", read_stream_options},
	{"n", read_n},
	{"tools", read_unless_empty},
	{"functions", read_unless_empty},
	{"tool_choice", read_unless_none},
	{"function_call", read_unless_none},
	{"logprobs", read_unless_false},
	{"top_logprobs", read_unless_none},
	{"audio", read_unless_none},
	{"user", read_nothing},
	{"store", read_nothing},
	{"metadata", read_nothing},
	{"parallel_tool_calls", read_nothing},
	{NULL, NULL},
};

/* The value as JSON, behind the name. */
static void put_value(const struct json *j, struct json_writer *w)
{
	const struct json *c;
	struct span text = {NULL, 0};
	bool yes = false;
	int64_t number = 0;
	double real = 0;

	switch (json_type(j)) {
	case JSON_NONE:
	case JSON_NULL: json_add_null(w); break;
	case JSON_BOOL:
		(void)json_bool(j, &yes);
		json_add_bool(w, yes);
		break;
	case JSON_NUMBER:
		if (json_int(j, &number)) {
			json_add_int(w, number);
		} else {
			(void)json_double(j, &real);
			json_add_double(w, real);
		}
		break;
	case JSON_STRING:
		(void)json_str(j, &text);
		json_add_string(w, text);
		break;
	case JSON_ARRAY:
		json_open(w, '[');
		for (c = json_first(j); c != NULL; c = json_next(c))
			put_value(c, w);
		json_close(w, ']');
		break;
	case JSON_OBJECT:
		json_open(w, '{');
		for (c = json_first(j); c != NULL; c = json_next(c)) {
			struct buf key;

			buf_init(&key, BUF_SMALL);
			buf_span(&key, json_name(c));
			json_key(w, key.p);
			buf_release(&key);
			put_value(c, w);
		}
		json_close(w, '}');
		break;
	}
}

static enum status pass_on(
	struct query *q, const struct json *j, struct err *err)
{
	struct span name = json_name(j);
	struct buf text;
	struct json_writer w = {.out = &text};
	char *param;
	size_t i;

	for (i = 0; i < name.n; i++)
		if (!((name.p[i] >= 'a' && name.p[i] <= 'z') ||
			    (name.p[i] >= '0' && name.p[i] <= '9') ||
			    name.p[i] == '_'))
			return unsupported(name, err);
	if (name.n == 0 ||
		!vec_grow(&q->params, &q->params_cap, q->params_n + 1,
			sizeof(*q->params), QUERY_PARAMS_MAX))
		return unsupported(name, err);
	buf_init(&text, BUF_LARGE);
	buf_span(&text, name);
	buf_char(&text, '=');
	put_value(j, &w);
	param = buf_detach(&text);
	if (param == NULL)
		return err_nomem(err);
	q->params[q->params_n++] = param;
	return ST_OK;
}

static enum status read_member(struct query *q, const struct member *members,
	const struct json *j, struct err *err)
{
	struct span name = json_name(j);

	/* null is as good as not being there. */
	if (json_type(j) == JSON_NULL)
		return ST_OK;
	for (; members->name != NULL; members++)
		if (span_is(name, members->name))
			return members->read(q, j, err);
	if (members == &own[sizeof(own) / sizeof(own[0]) - 1])
		return err_set(err, ST_USAGE,
			"unknown member \"%.*s\"; message, prompt, messages, "
			"temperature, max_tokens, stream and thread_id are "
			"known",
			(int)(name.n < 64 ? name.n : 64), name.p);
	return pass_on(q, j, err);
}

static enum status read_body(struct query *q, const struct member *members,
	struct span body, struct err *err)
{
	struct json *root = NULL;
	const struct json *j;
	enum status st = json_parse(body, &root, err);

	if (st == ST_OK && json_type(root) != JSON_OBJECT)
		st = err_set(err, ST_USAGE, "the body is a JSON object");
	for (j = json_first(root); j != NULL && st == ST_OK; j = json_next(j))
		st = read_member(q, members, j, err);
	json_free(root);
	return st;
}

enum status query_read_own(struct query *q, struct span body, struct err *err)
{
	enum status st = read_body(q, own, body, err);

	if (st == ST_OK && q->n == 0)
		st = err_set(err, ST_USAGE,
			"there is nothing to ask: give \"message\", or "
			"\"messages\"");
	if (st == ST_OK && q->msgs[q->n - 1]->role != ROLE_USER)
		st = err_set(
			err, ST_USAGE, "the last message has to be the user's");
	return st;
}

enum status query_read_openai(
	struct query *q, struct span body, struct err *err)
{
	enum status st = read_body(q, openai, body, err);

	if (st == ST_OK && q->n == 0)
		st = err_set(err, ST_USAGE, "\"messages\" is missing");
	return st;
}

/* What the client sends stands in place of the agent's. */
static void put_aside(struct sampling *s, struct span name)
{
	if (span_is(name, "top_p"))
		s->top_p.set = false;
	else if (span_is(name, "seed"))
		s->seed.set = false;
	else if (span_is(name, "presence_penalty"))
		s->presence_penalty.set = false;
	else if (span_is(name, "frequency_penalty"))
		s->frequency_penalty.set = false;
	else if (span_is(name, "stop"))
		s->stop.n = 0;
}

static bool is_sent(const struct query *q, struct span name)
{
	size_t i;

	for (i = 0; i < q->params_n; i++) {
		struct span rest = span_str(q->params[i]);

		if (span_eq(span_cut(&rest, '='), name))
			return true;
	}
	return false;
}

enum status query_apply(struct query *q, const struct agent *a,
	struct agent *ret, struct err *err)
{
	const struct opt_list *old = &a->sampling.params;
	size_t n = 0;
	size_t i;

	*ret = *a;
	if (q->temperature.set)
		ret->temperature = q->temperature.v;
	if (q->max_tokens > 0)
		ret->max_tokens = q->max_tokens;
	if (q->params_n == 0)
		return ST_OK;
	q->both = calloc(old->n + q->params_n, sizeof(*q->both));
	if (q->both == NULL)
		return err_nomem(err);
	for (i = 0; i < old->n; i++) {
		struct span rest = span_str(old->v[i]);

		if (!is_sent(q, span_cut(&rest, '=')))
			q->both[n++] = old->v[i];
	}
	for (i = 0; i < q->params_n; i++) {
		struct span rest = span_str(q->params[i]);

		put_aside(&ret->sampling, span_cut(&rest, '='));
		q->both[n++] = q->params[i];
	}
	ret->sampling.params.v = q->both;
	ret->sampling.params.n = n;
	return ST_OK;
}
