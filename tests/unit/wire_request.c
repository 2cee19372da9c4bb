/* Request bodies, addresses and listings of models. */
#include "wire/request.h"

#include <stdlib.h>

#include "unit/check.h"
#include "wire/models.h"
#include "wire/scan.h"
#include "wire/url.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct msg *say(enum role role, const char *text)
{
	struct msg *m = msg_new(role);

	if (m == NULL)
		abort();
	buf_str(&m->text, text);
	return m;
}

struct turn {
	enum role role;
	const char *text;
};

/* The messages part of a body, for these turns. */
static enum status messages(const char *system, const struct turn *turns,
	size_t n, struct buf *out, struct err *err)
{
	struct msg *all[8] = {NULL};
	struct request req = {.model = span_str("m")};
	enum status st;
	size_t i;

	CHECK(n <= COUNT(all));
	for (i = 0; i < n; i++)
		all[i] = say(turns[i].role, turns[i].text);
	req.system = span_str(system);
	req.messages = (const struct msg *const *)all;
	req.messages_n = n;
	st = request_body(&req, out, err);
	for (i = 0; i < n; i++)
		msg_free(all[i]);
	return st;
}

static void test_messages(void)
{
	static const struct {
		const char *system;
		struct turn turns[5];
		const char *want;
	} rows[] = {
		{"", {{ROLE_USER, "hi"}},
			"[{\"role\":\"user\",\"content\":\"hi\"}]"},
		{"Be \"brief\".\n", {{ROLE_USER, "hi\x1b"}},
			"[{\"role\":\"system\",\"content\":"
			"\"Be \\\"brief\\\".\\n\"},"
			"{\"role\":\"user\",\"content\":\"hi\\u001b\"}]"},
		{"",
			{{ROLE_USER, "a"}, {ROLE_ASSISTANT, " \n"},
				{ROLE_USER, "b"}},
			"[{\"role\":\"user\",\"content\":\"a\\n\\nb\"}]"},
		{"",
			{{ROLE_USER, "a"}, {ROLE_ASSISTANT, "x"},
				{ROLE_ASSISTANT, "y"}, {ROLE_USER, "b"}},
			"[{\"role\":\"user\",\"content\":\"a\"},"
			"{\"role\":\"assistant\",\"content\":\"x\\n\\ny\"},"
			"{\"role\":\"user\",\"content\":\"b\"}]"},
		{"one",
			{{ROLE_USER, "a"}, {ROLE_SYSTEM, "two"},
				{ROLE_USER, "b"}},
			"[{\"role\":\"system\",\"content\":\"one\\n\\ntwo\"},"
			"{\"role\":\"user\",\"content\":\"a\\n\\nb\"}]"},
		{"", {{ROLE_SYSTEM, "only"}, {ROLE_USER, "a"}},
			"[{\"role\":\"system\",\"content\":\"only\"},"
			"{\"role\":\"user\",\"content\":\"a\"}]"},
	};
	struct buf out;
	struct buf want;
	size_t i;

	buf_init(&out, BUF_SMALL);
	buf_init(&want, BUF_SMALL);
	for (i = 0; i < COUNT(rows); i++) {
		size_t n = 0;

		while (n < 5 && rows[i].turns[n].text != NULL)
			n++;
		buf_reset(&out);
		buf_reset(&want);
		buf_fmt(&want,
			"{\"model\":\"m\",\"messages\":%s,\"stream\":false}",
			rows[i].want);
		CHECK_INT(
			messages(rows[i].system, rows[i].turns, n, &out, NULL),
			ST_OK);
		CHECK_STR(out.p, want.p);
		CHECK(scan_valid(buf_view(&out)));
	}
	buf_release(&out);
	buf_release(&want);
}

static void test_nothing_to_send(void)
{
	static const struct turn blank[] = {{ROLE_USER, " "}};
	struct buf out;
	struct err err;

	buf_init(&out, BUF_SMALL);
	buf_str(&out, "kept");
	CHECK_INT(messages("s", NULL, 0, &out, &err), ST_USAGE);
	CHECK_INT(messages("s", blank, 1, &out, &err), ST_USAGE);
	CHECK_STR(err.msg, "there is no message to send");
	CHECK_STR(out.p, "kept");
	buf_release(&out);
	buf_init(&out, 20);
	CHECK(messages("", (const struct turn[]){{ROLE_USER, "hi"}}, 1, &out,
		      &err) != ST_OK);
	buf_release(&out);
}

static void test_fields(void)
{
	struct msg *m = say(ROLE_USER, "hi");
	const struct msg *list[1];
	struct request req = {
		.model = span_str("llama"),
		.messages_n = 1,
		.stream = true,
		.set = REQUEST_STREAM_OPTIONS | REQUEST_TEMPERATURE |
			REQUEST_MAX_TOKENS,
		.temperature = 0.7,
		.max_tokens = 4096,
		.top_p = 0.9,
		.seed = -1,
		.presence_penalty = 0.5,
		.frequency_penalty = 1,
		.stop = {{"###", 3}, {"\n", 1}},
		.stop_n = 2,
	};
	static const char *const params[] = {
		"top_k=40", "mode=\"a=b\"", "bad={oops"};
	struct err err;
	struct buf out;

	list[0] = m;
	req.messages = list;
	buf_init(&out, BUF_SMALL);
	CHECK_INT(request_body(&req, &out, NULL), ST_OK);
	CHECK_STR(out.p,
		"{\"model\":\"llama\",\"messages\":[{\"role\":\"user\","
		"\"content\":\"hi\"}],\"stream\":true,\"stream_options\":"
		"{\"include_usage\":true},\"temperature\":0.7,"
		"\"max_tokens\":4096}");
	buf_reset(&out);
	req.dropped = REQUEST_STREAM_OPTIONS | REQUEST_TEMPERATURE;
	req.set = ~0u;
	CHECK_INT(request_body(&req, &out, NULL), ST_OK);
	CHECK_STR(out.p,
		"{\"model\":\"llama\",\"messages\":[{\"role\":\"user\","
		"\"content\":\"hi\"}],\"stream\":true,"
		"\"max_tokens\":4096,\"top_p\":0.9,\"seed\":-1,"
		"\"stop\":[\"###\",\"\\n\"],\"presence_penalty\":0.5,"
		"\"frequency_penalty\":1}");
	buf_reset(&out);
	req.dropped = 0;
	req.params = params;
	req.params_n = 2;
	req.set = 0;
	CHECK_INT(request_body(&req, &out, NULL), ST_OK);
	CHECK(strstr(out.p,
		      "\"stream\":true,\"top_k\":40,"
		      "\"mode\":\"a=b\"}") != NULL);
	buf_reset(&out);
	req.params_n = 3;
	CHECK_INT(request_body(&req, &out, &err), ST_USAGE);
	CHECK(strstr(err.msg, "parameter bad: {oops is not JSON") != NULL);
	CHECK_INT(out.len, 0);
	req.params_n = 0;
	req.set = REQUEST_STREAM_OPTIONS | REQUEST_STOP;
	req.stop_n = 0;
	req.stream = false;
	CHECK_INT(request_body(&req, &out, NULL), ST_OK);
	CHECK_STR(out.p,
		"{\"model\":\"llama\",\"messages\":[{\"role\":\"user\","
		"\"content\":\"hi\"}],\"stream\":false}");
	CHECK_INT(request_field(span_str("max_tokens")), REQUEST_MAX_TOKENS);
	CHECK_INT(request_field(span_str("stream_options")),
		REQUEST_STREAM_OPTIONS);
	CHECK_INT(request_field(span_str("messages")), 0);
	CHECK_INT(request_field(span_str("")), 0);
	CHECK_STR(request_field_name(REQUEST_SEED), "seed");
	CHECK(request_field_name(0) == NULL);
	CHECK(request_field_name(1u << 31) == NULL);
	buf_release(&out);
	msg_free(m);
}

/* A reply to be gone on with is the last message. */
static void test_prefill(void)
{
	struct msg *list[3] = {say(ROLE_USER, "hi"),
		say(ROLE_ASSISTANT, "Once upon \n"), say(ROLE_USER, "go on")};
	struct request req = {.model = span_str("m"),
		.messages = (const struct msg *const *)list,
		.messages_n = 3};
	struct buf out;
	size_t i;

	buf_init(&out, BUF_SMALL);
	req.prefill = CONF_PREFILL_NO;
	CHECK_INT(request_body(&req, &out, NULL), ST_OK);
	CHECK(strstr(out.p, "{\"role\":\"user\",\"content\":\"go on\"}]") !=
		NULL);
	buf_reset(&out);
	req.prefill = CONF_PREFILL_PLAIN;
	CHECK_INT(request_body(&req, &out, NULL), ST_OK);
	CHECK_STR(out.p,
		"{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
		"\"content\":\"hi\"},{\"role\":\"assistant\",\"content\":"
		"\"Once upon\"}],\"stream\":false}");
	buf_reset(&out);
	req.prefill = CONF_PREFILL_PREFIX;
	CHECK_INT(request_body(&req, &out, NULL), ST_OK);
	CHECK(strstr(out.p, "\"Once upon\",\"prefix\":true}]") != NULL);
	buf_reset(&out);
	req.prefill = CONF_PREFILL_CONTINUE;
	CHECK_INT(request_body(&req, &out, NULL), ST_OK);
	CHECK(strstr(out.p,
		      "\"stream\":false,\"add_generation_prompt\":false,"
		      "\"continue_final_message\":true}") != NULL);
	buf_release(&out);
	for (i = 0; i < 3; i++)
		msg_free(list[i]);
}

/* Calls of tools and what these return stay as they are, and apart. */
static void test_tools(void)
{
	struct msg *list[5] = {say(ROLE_USER, "hi"), say(ROLE_ASSISTANT, ""),
		say(ROLE_TOOL, ""), say(ROLE_TOOL, "two"),
		say(ROLE_ASSISTANT, "so")};
	struct request req = {.model = span_str("m"),
		.messages = (const struct msg *const *)list,
		.messages_n = 5};
	struct buf out;
	size_t i;

	buf_str(&list[1]->tools, "[{\"id\":\"a\"},{\"id\":\"b\"}]");
	buf_str(&list[2]->tools, "a");
	buf_str(&list[3]->tools, "b");
	buf_init(&out, BUF_SMALL);
	CHECK_INT(request_body(&req, &out, NULL), ST_OK);
	CHECK_STR(out.p,
		"{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
		"\"content\":\"hi\"},{\"role\":\"assistant\",\"content\":"
		"null,\"tool_calls\":[{\"id\":\"a\"},{\"id\":\"b\"}]},"
		"{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"\"},"
		"{\"role\":\"tool\",\"tool_call_id\":\"b\",\"content\":"
		"\"two\"},{\"role\":\"assistant\",\"content\":\"so\"}],"
		"\"stream\":false}");
	buf_release(&out);
	for (i = 0; i < 5; i++)
		msg_free(list[i]);
}

/* Documents go with their message, as plain text. */
static void test_attachment(void)
{
	struct msg *m = say(ROLE_USER, "read");
	const struct msg *list[1];
	struct request req = {.model = span_str("m"), .messages_n = 1};
	struct buf out;

	list[0] = m;
	req.messages = list;
	CHECK_INT(
		msg_attach(m, span_str("a.txt"), span_str("x\n"), NULL), ST_OK);
	buf_init(&out, BUF_SMALL);
	CHECK_INT(request_body(&req, &out, NULL), ST_OK);
	CHECK(strstr(out.p, "\"read\\n\\nDocument \\\"a.txt\\\"") != NULL);
	buf_release(&out);
	msg_free(m);
}

static const struct {
	const char *base;
	const char *chat;
	const char *models;
	const char *origin;
} joins[] = {
	{"https://host/v1", "https://host/v1/chat/completions",
		"https://host/v1/models", "https://host"},
	{"https://host/v1///", "https://host/v1/chat/completions",
		"https://host/v1/models", "https://host"},
	{"https://host/v1/chat/completions", "https://host/v1/chat/completions",
		"https://host/v1/models", "https://host"},
	{"https://host/v1/chat/completions/",
		"https://host/v1/chat/completions", "https://host/v1/models",
		"https://host"},
	{"http://127.0.0.1:8080", "http://127.0.0.1:8080/v1/chat/completions",
		"http://127.0.0.1:8080/v1/models", "http://127.0.0.1:8080"},
	{"HTTP://LocalHost:80/", "http://localhost/v1/chat/completions",
		"http://localhost/v1/models", "http://localhost"},
	{"https://host:443/openai/v1",
		"https://host/openai/v1/chat/completions",
		"https://host/openai/v1/models", "https://host"},
	{"https://r.services.ai.azure.com/models?api-version=2024-05-01",
		"https://r.services.ai.azure.com/models/chat/completions"
		"?api-version=2024-05-01",
		"https://r.services.ai.azure.com/models/models"
		"?api-version=2024-05-01",
		"https://r.services.ai.azure.com"},
	{"https://eu.ml.cloud.ibm.com/ml/v1/text/chat_stream?version=2024",
		"https://eu.ml.cloud.ibm.com/ml/v1/text/chat_stream"
		"?version=2024",
		"https://eu.ml.cloud.ibm.com/ml/v1/text/models?version=2024",
		"https://eu.ml.cloud.ibm.com"},
	{"https://host?k=v", "https://host/v1/chat/completions?k=v",
		"https://host/v1/models?k=v", "https://host"},
	{"http://[::1]:8080/v1", "http://[::1]:8080/v1/chat/completions",
		"http://[::1]:8080/v1/models", "http://[::1]:8080"},
	{"http://host:/v1", "http://host/v1/chat/completions",
		"http://host/v1/models", "http://host"},
};

static void test_joins(void)
{
	size_t i;

	for (i = 0; i < COUNT(joins); i++) {
		struct buf chat;
		struct buf models;
		struct buf origin;
		struct url u;

		buf_init(&chat, BUF_SMALL);
		buf_init(&models, BUF_SMALL);
		buf_init(&origin, BUF_SMALL);
		CHECK_INT(
			url_chat(span_str(joins[i].base), &chat, NULL), ST_OK);
		CHECK_INT(url_beside(span_str(joins[i].base), "/models",
				  &models, NULL),
			ST_OK);
		CHECK_INT(url_parse(span_str(joins[i].base), &u, NULL), ST_OK);
		url_origin(&u, &origin);
		CHECK_STR(chat.p, joins[i].chat);
		CHECK_STR(models.p, joins[i].models);
		CHECK_STR(origin.p, joins[i].origin);
		buf_release(&chat);
		buf_release(&models);
		buf_release(&origin);
	}
}

static void test_bad_urls(void)
{
	static const struct {
		const char *url;
		const char *says;
	} rows[] = {
		{"", "empty"},
		{"host:8080/v1", "https://"},
		{"ftp://host/", "https://"},
		{"file:///etc/passwd", "https://"},
		{"https:host", "https://"},
		{"https://", "no host"},
		{"https:///v1", "no host"},
		{"https://:80/", "no host"},
		{"https://user:pw@host/v1", "user name"},
		{"https://host@evil/", "user name"},
		{"https://ho st/", "space"},
		{"https://host/\r\nX: y", "control"},
		{"https://host/\x7f", "control"},
		{"https://host\\@evil/", "backslash"},
		{"https://host/#x", "fragment"},
		{"https://h\xc3\xb6st/", "ASCII"},
		{"https://host:0/", "port"},
		{"https://host:65536/", "port"},
		{"https://host:-1/", "port"},
		{"https://host:80x/", "port"},
		{"https://ho%73t/", "makes no sense"},
		{"https://[::1/", "does not end"},
		{"https://[::g]/", "IPv6"},
		{"https://[::1]x/", "makes no sense"},
		{"https://[]/", "IPv6"},
	};
	struct err err;
	struct url u = {.port = 7};
	struct buf out;
	size_t i;

	buf_init(&out, BUF_SMALL);
	for (i = 0; i < COUNT(rows); i++) {
		CHECK_INT(
			url_parse(span_str(rows[i].url), &u, &err), ST_CONFIG);
		if (strstr(err.msg, rows[i].says) == NULL)
			printf("  %s: %s\n", rows[i].url, err.msg);
		CHECK(strstr(err.msg, rows[i].says) != NULL);
		CHECK_INT(
			url_chat(span_str(rows[i].url), &out, NULL), ST_CONFIG);
		CHECK_INT(out.len, 0);
	}
	CHECK_INT(u.port, 7);
	/* A password is never repeated. */
	CHECK_INT(
		url_parse(span_str("http://u:secret@h/"), &u, &err), ST_CONFIG);
	CHECK(strstr(err.msg, "secret") == NULL);
	buf_release(&out);
}

static struct url parsed(const char *text)
{
	struct url u = {.port = 0};

	CHECK_INT(url_parse(span_str(text), &u, NULL), ST_OK);
	return u;
}

static void test_loopback(void)
{
	static const char *const near[] = {
		"http://127.0.0.1",
		"http://127.255.0.9:1/x",
		"http://localhost",
		"http://LOCALHOST:3",
		"http://[::1]",
		"http://[0:0:0:0:0:0:0:1]:5",
	};
	static const char *const far[] = {
		"http://127.1",
		"http://128.0.0.1",
		"http://127.0.0.1.evil.example",
		"http://127.0.0.256",
		"http://0127.0.0.1",
		"http://127.0.0.",
		"http://localhost.evil.example",
		"http://localhost.",
		"http://2130706433",
		"http://0.0.0.0",
		"http://[::2]",
		"http://[::ffff:10.0.0.1]",
		"http://10.0.0.1",
	};
	size_t i;

	for (i = 0; i < COUNT(near); i++) {
		struct url u = parsed(near[i]);

		CHECK(url_is_loopback(&u));
	}
	for (i = 0; i < COUNT(far); i++) {
		struct url u = parsed(far[i]);

		if (url_is_loopback(&u))
			printf("  %s\n", far[i]);
		CHECK(!url_is_loopback(&u));
	}
}

static void test_same_origin(void)
{
	static const struct {
		const char *a;
		const char *b;
		bool same;
	} rows[] = {
		{"https://host/v1", "https://HOST:443/other?x", true},
		{"http://host:80/", "http://host", true},
		{"https://host", "http://host", false},
		{"https://host", "https://host:8443", false},
		{"https://host", "https://host.evil", false},
		{"https://api.host", "https://host", false},
		{"http://[::1]:1", "http://[::1]:1/x", true},
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		struct url a = parsed(rows[i].a);
		struct url b = parsed(rows[i].b);

		CHECK_INT(url_same_origin(&a, &b), rows[i].same);
		CHECK_INT(url_same_origin(&b, &a), rows[i].same);
	}
}

#define ROW(fields) "{\"data\":[{\"id\":\"m\"," fields "}]}"

/* One row each, and what it says. */
static const struct {
	const char *body;
	int64_t context;
	int64_t max_output;
} listings[] = {
	{ROW("\"context_length\":131072,\"top_provider\":{\"context_length\":"
	     "65536,\"max_completion_tokens\":16384}"),
		65536, 16384},
	{ROW("\"context_length\":131072,\"top_provider\":{\"context_length\":"
	     "null}"),
		131072, 0},
	{ROW("\"context_window\":131072,\"max_completion_tokens\":32768,"
	     "\"active\":true"),
		131072, 32768},
	{"[{\"id\":\"m\",\"context_length\":131072}]", 131072, 0},
	{ROW("\"max_model_len\":4096"), 4096, 0},
	{ROW("\"max_model_len\":null"), 0, 0},
	{ROW("\"meta\":{\"n_ctx_train\":131072,\"n_ctx\":512}"), 512, 0},
	{ROW("\"meta\":{\"n_ctx_train\":131072}"), 131072, 0},
	{ROW("\"max_context_length\":131072,\"loaded_context_length\":4096"),
		4096, 0},
	{ROW("\"max_context_length\":32768"), 32768, 0},
	{ROW("\"metadata\":{\"context_length\":131072,\"max_tokens\":16384}"),
		131072, 16384},
	{ROW("\"max_input_tokens\":128000,\"max_output_tokens\":4096"), 128000,
		4096},
	{"{\"data\":[{\"model_name\":\"m\",\"model_info\":"
	 "{\"max_input_tokens\":9,\"max_output_tokens\":8}}]}",
		9, 8},
	{ROW("\"contextLength\":131072"), 131072, 0},
	{ROW("\"providers\":[{\"context_length\":131072},{\"context_length\":"
	     "65536},{\"x\":1}]"),
		65536, 0},
	{"{\"models\":[{\"name\":\"m\",\"model\":\"m\"}]}", 0, 0},
	{"{\"object\":\"list\",\"models\":[{\"name\":\"other\"}],\"data\":"
	 "[{\"id\":\"m\"}]}",
		0, 0},
	{ROW("\"context_length\":0,\"context_window\":-1,\"max_model_len\":"
	     "\"4096\",\"max_tokens\":4096"),
		0, 0},
	{ROW("\"object\":\"model\""), 0, 0},
	{"[\"m\"]", 0, 0},
};

static void test_models(void)
{
	struct models m;
	size_t i;

	models_init(&m);
	for (i = 0; i < COUNT(listings); i++) {
		const struct model *row;

		CHECK_INT(models_parse(&m, span_str(listings[i].body), NULL),
			ST_OK);
		row = models_find(&m, span_str("m"));
		CHECK(row != NULL && m.n == 1);
		if (row == NULL)
			continue;
		if (row->context != listings[i].context)
			printf("  %s\n", listings[i].body);
		CHECK_INT(row->context, listings[i].context);
		CHECK_INT(row->max_output, listings[i].max_output);
	}
	models_release(&m);
}

static void test_listings(void)
{
	static const char *const bad[] = {"", "{}", "null", "5",
		"<html></html>", "{\"data\":{}}", "{\"data\":[}"};
	struct models m;
	struct err err;
	size_t i;

	models_init(&m);
	CHECK_INT(models_parse(&m,
			  span_str("\n{\"data\":[{\"id\":\"a\"},{\"id\":\"b\","
				   "\"context_length\":5},{\"id\":\"\"},{},7,"
				   "null]}\n"),
			  NULL),
		ST_OK);
	CHECK_INT(m.n, 2);
	for (i = 0; i < COUNT(bad); i++) {
		CHECK_INT(models_parse(&m, span_str(bad[i]), &err), ST_SERVER);
		CHECK(strstr(err.msg, "models") != NULL);
	}
	/* A listing that cannot be read leaves the old one. */
	CHECK_INT(m.n, 2);
	CHECK_STR(m.rows[1].id.p, "b");
	CHECK(models_find(&m, span_str("B")) == NULL);
	CHECK_INT(models_parse(&m, span_str("[]"), NULL), ST_OK);
	CHECK_INT(m.n, 0);
	models_release(&m);
}

int main(void)
{
	RUN(test_messages);
	RUN(test_nothing_to_send);
	RUN(test_fields);
	RUN(test_prefill);
	RUN(test_tools);
	RUN(test_attachment);
	RUN(test_joins);
	RUN(test_bad_urls);
	RUN(test_loopback);
	RUN(test_same_origin);
	RUN(test_models);
	RUN(test_listings);
	return REPORT();
}
