/* The members of a body, and what each form makes of them. */
#include <stdlib.h>

#include "base/ascii.h"
#include "base/vec.h"
#include "serve/query_priv.h"

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

static enum status unsupported(struct span name, struct err *err)
{
	return err_set(err, ST_USAGE, "\"%.*s\" is not supported here",
		(int)(name.n < 64 ? name.n : 64), name.p);
}

static enum status read_stream_options(
	struct query *q, const struct json *j, struct err *err)
{
	const struct json *c;

	if (json_type(j) != JSON_OBJECT)
		return err_set(
			err, ST_USAGE, "\"stream_options\" is an object");
	for (c = json_first(j); c != NULL; c = json_next(c)) {
		bool on = false;

		if (json_type(c) != JSON_NULL && !json_bool(c, &on))
			return err_set(err, ST_USAGE,
				"members of \"stream_options\" are true or "
				"false");
		if (span_is(json_name(c), "include_usage"))
			q->usage = on;
		else if (on)
			return unsupported(json_name(c), err);
	}
	return ST_OK;
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

static enum status read_unless_zero(
	struct query *q, const struct json *j, struct err *err)
{
	int64_t n;

	(void)q;
	return json_int(j, &n) && n == 0 ? ST_OK
					 : unsupported(json_name(j), err);
}

static enum status refuse(
	struct query *q, const struct json *j, struct err *err)
{
	(void)q;
	return unsupported(json_name(j), err);
}

/* Only ["text"] can be given. */
static enum status read_modalities(
	struct query *q, const struct json *j, struct err *err)
{
	struct span text;

	(void)q;
	return json_count(j) == 1 && json_str(json_first(j), &text) &&
			span_is(text, "text")
		? ST_OK
		: unsupported(json_name(j), err);
}

static enum status read_system(
	struct query *q, const struct json *j, struct err *err)
{
	struct span text;

	if (!json_str(j, &text))
		return err_set(err, ST_USAGE, "\"system\" is a text");
	buf_set(&q->system, text);
	return query_check_text(text, "system", err);
}

static enum status read_id(
	struct query *q, const struct json *j, struct err *err)
{
	struct span name = json_name(j);
	struct span text = {NULL, 0};
	int64_t number;

	buf_reset(&q->id);
	q->id_is_number = json_int(j, &number);
	if (q->id_is_number)
		buf_fmt(&q->id, "%lld", (long long)number);
	else if (json_str(j, &text) && text.n > 0 && text.n <= QUERY_ID_MAX)
		buf_span(&q->id, text);
	else
		return err_set(err, ST_USAGE,
			"\"%.*s\" is a text of 1 to %zu bytes%s", (int)name.n,
			name.p, QUERY_ID_MAX,
			q->openai ? "" : " or a whole number");
	return ST_OK;
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
		if (!ascii_is_lower(name.p[i]) && !ascii_is_digit(name.p[i]) &&
			name.p[i] != '_')
			return unsupported(name, err);
	if (name.n == 0 ||
		!vec_grow(&q->params, &q->params_cap, q->params_n + 1,
			sizeof(*q->params), QUERY_PARAMS_MAX))
		return unsupported(name, err);
	buf_init(&text, BUF_LARGE);
	buf_span(&text, name);
	buf_char(&text, '=');
	json_add_value(&w, j);
	param = buf_detach(&text);
	if (param == NULL)
		return err_nomem(err);
	q->params[q->params_n++] = param;
	return ST_OK;
}

static enum status read_tools(
	struct query *q, const struct json *j, struct err *err)
{
	if (json_type(j) != JSON_ARRAY)
		return err_set(err, ST_USAGE, "\"tools\" is a list");
	if (json_count(j) == 0)
		return ST_OK;
	q->tools = true;
	return pass_on(q, j, err);
}

struct member {
	const char *name;
	enum status (*read)(
		struct query *q, const struct json *j, struct err *err);
};

struct form {
	const struct member *members;
	const char *known; /* the names for an error; NULL: other members are
			      passed on */
};

static const struct member own[] = {
	{"message", query_text},
	{"prompt", query_text},
	{"messages", query_messages},
	{"temperature", read_temperature},
	{"max_tokens", read_max_tokens},
	{"stream", read_stream},
	{"thread_id", read_thread},
	{NULL, NULL},
};

/* The form of a line of a batch. */
static const struct member line[] = {
	{"id", read_id},
	{"message", query_text},
	{"prompt", query_text},
	{"messages", query_messages},
	{"system", read_system},
	{"model", read_model},
	{"temperature", read_temperature},
	{"max_tokens", read_max_tokens},
	{"top_p", pass_on},
	{"seed", pass_on},
	{"stop", pass_on},
	{NULL, NULL},
};

/* OpenAI's form: other members are passed on to the endpoint. */
static const struct member openai[] = {
	{"messages", query_messages},
	{"model", read_model},
	{"temperature", read_temperature},
	{"max_tokens", read_max_tokens},
	{"max_completion_tokens", read_max_tokens},
	{"stream", read_stream},
	{"stream_options", read_stream_options},
	{"n", read_n},
	{"tools", read_tools},
	{"functions", read_unless_empty},
	{"function_call", read_unless_none},
	{"logprobs", read_unless_false},
	{"top_logprobs", read_unless_zero},
	{"audio", refuse},
	{"modalities", read_modalities},
	{"store", read_unless_false},
	{NULL, NULL},
};

static enum status read_member(struct query *q, const struct form *form,
	const struct json *j, struct err *err)
{
	const struct member *members;
	struct span name = json_name(j);

	/* null counts as absent. */
	if (json_type(j) == JSON_NULL)
		return ST_OK;
	for (members = form->members; members->name != NULL; members++)
		if (span_is(name, members->name))
			return members->read(q, j, err);
	if (form->known == NULL)
		return pass_on(q, j, err);
	return err_set(err, ST_USAGE, "unknown member \"%.*s\"; %s are known",
		(int)(name.n < 64 ? name.n : 64), name.p, form->known);
}

static enum status read_object(struct query *q, const struct form *form,
	const struct json *root, struct err *err)
{
	const struct json *j;
	enum status st = ST_OK;

	if (json_type(root) != JSON_OBJECT)
		st = err_set(err, ST_USAGE, "the body is a JSON object");
	for (j = json_first(root); j != NULL && st == ST_OK; j = json_next(j))
		st = read_member(q, form, j, err);
	return st;
}

static enum status check_own(const struct query *q, struct err *err)
{
	if (q->n == 0)
		return err_set(err, ST_USAGE,
			"there is nothing to ask: give \"message\", or "
			"\"messages\"");
	if (q->msgs[q->n - 1]->role != ROLE_USER)
		return err_set(
			err, ST_USAGE, "the last message has to be the user's");
	return ST_OK;
}

static const struct form form_own = {own,
	"message, prompt, messages, temperature, max_tokens, stream and "
	"thread_id"};
static const struct form form_openai = {openai, NULL};
static const struct form form_line = {line,
	"id, message, prompt, messages, system, model, temperature, "
	"max_tokens, top_p, seed and stop"};

/* Without tools there is no choice of them. A parameter that says just this is
 * dropped, since endpoints refuse it then; one that demands a tool is an
 * error. */
static enum status check_choice(struct query *q, struct err *err)
{
	size_t n = 0;
	size_t i;
	enum status st = ST_OK;

	if (q->tools)
		return ST_OK;
	for (i = 0; i < q->params_n; i++) {
		struct span rest = span_str(q->params[i]);
		struct span name = span_cut(&rest, '=');
		bool choice = span_is(name, "tool_choice");

		if (choice && !span_is(rest, "\"auto\"") &&
			!span_is(rest, "\"none\""))
			st = err_set(err, ST_USAGE,
				"\"tool_choice\" asks for a tool, and no "
				"\"tools\" are offered");
		if (choice || span_is(name, "parallel_tool_calls"))
			free(q->params[i]);
		else
			q->params[n++] = q->params[i];
	}
	q->params_n = n;
	return st;
}

static enum status read_openai(
	struct query *q, const struct json *root, struct err *err)
{
	enum status st;

	q->openai = true;
	st = read_object(q, &form_openai, root, err);
	if (st == ST_OK && q->n == 0)
		st = err_set(err, ST_USAGE, "\"messages\" is missing");
	return st == ST_OK ? check_choice(q, err) : st;
}

enum status query_read_own(struct query *q, struct span body, struct err *err)
{
	struct json *root = NULL;
	enum status st = json_parse(body, &root, err);

	if (st == ST_OK)
		st = read_object(q, &form_own, root, err);
	json_free(root);
	return st == ST_OK ? check_own(q, err) : st;
}

enum status query_read_openai(
	struct query *q, struct span body, struct err *err)
{
	struct json *root = NULL;
	enum status st = json_parse(body, &root, err);

	if (st == ST_OK)
		st = read_openai(q, root, err);
	json_free(root);
	return st;
}

/*
 * Lines of a batch
 */

static enum status read_enveloped(
	struct query *q, const struct json *root, struct err *err)
{
	const struct json *id = json_get(root, "custom_id");
	struct span url = json_get_str(root, "url");
	enum status st;

	q->openai = true;
	if (id == NULL)
		return err_set(err, ST_USAGE, "\"custom_id\" is missing");
	st = read_id(q, id, err);
	if (st != ST_OK)
		return st;
	if (!span_is(json_get_str(root, "method"), "POST") ||
		!span_is(url, "/v1/chat/completions"))
		return err_set(err, ST_USAGE,
			"only method \"POST\" and url "
			"\"/v1/chat/completions\" can be asked");
	return read_openai(q, json_get(root, "body"), err);
}

enum status query_read_line(struct query *q, struct span text, struct err *err)
{
	struct json *root = NULL;
	enum status st = json_parse(text, &root, err);

	if (st == ST_OK && json_type(root) != JSON_OBJECT)
		st = err_set(err, ST_USAGE, "a line is a JSON object");
	if (st == ST_OK &&
		(json_get(root, "custom_id") != NULL ||
			json_get(root, "body") != NULL)) {
		st = read_enveloped(q, root, err);
	} else if (st == ST_OK) {
		const struct json *id = json_get(root, "id");

		/* The id is read first, so that an error in the rest is told
		 * under it. */
		if (json_type(id) > JSON_NULL)
			st = read_id(q, id, err);
		if (st == ST_OK)
			st = read_object(q, &form_line, root, err);
		if (st == ST_OK)
			st = check_own(q, err);
	}
	json_free(root);
	return st;
}
