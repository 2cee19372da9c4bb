/* Failures: every shape of body, and what each means. */
#include "wire/fail.h"

#include "unit/check.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The sentence and the code of each known shape. */
static const struct {
	const char *body;
	const char *text;
	const char *code;
} shapes[] = {
	/* OpenAI, Groq, Together, vLLM, LiteLLM */
	{"{\"error\":{\"message\":\"Bad\",\"type\":\"t\",\"param\":null,"
	 "\"code\":\"c\"}}",
		"Bad", "c"},
	{"{\"id\":\"x\",\"error\":{\"message\":\"Bad\",\"type\":\"t\","
	 "\"code\":null}}",
		"Bad", "t"},
	{"{\"error\":{\"message\":\"Bad\",\"code\":400}}", "Bad", "400"},
	/* OpenRouter */
	{"{\"error\":{\"code\":502,\"message\":\"Provider returned error\","
	 "\"metadata\":{\"raw\":\"{\\\"error\\\":{\\\"message\\\":"
	 "\\\"upstream says no\\\"}}\",\"provider_name\":\"P\"}}}",
		"upstream says no", "502"},
	{"{\"error\":{\"code\":502,\"message\":\"Provider returned error\","
	 "\"metadata\":{\"raw\":\"plain words\"}}}",
		"plain words", "502"},
	{"{\"error\":{\"metadata\":{\"raw\":\"raw\"}}}", "raw", ""},
	/* llama.cpp */
	{"{\"error\":{\"code\":401,\"message\":\"Invalid API Key\","
	 "\"type\":\"authentication_error\"}}",
		"Invalid API Key", "authentication_error"},
	/* older vLLM, Mistral */
	{"{\"object\":\"error\",\"message\":\"Bad\",\"type\":"
	 "\"BadRequestError\",\"param\":null,\"code\":400}",
		"Bad", "BadRequestError"},
	{"{\"object\":\"error\",\"message\":{\"detail\":[{\"type\":"
	 "\"extra_forbidden\",\"loc\":[\"body\",\"x\"],\"msg\":"
	 "\"Extra inputs are not permitted\"}]}}",
		"Extra inputs are not permitted", "extra_forbidden"},
	/* Cerebras */
	{"{\"message\":\"Bad\",\"type\":\"t\",\"param\":\"p\",\"code\":\"c\"}",
		"Bad", "c"},
	{"{\"error\":{\"message\":\"Bad\"},\"status_code\":500}", "Bad", ""},
	/* Ollama, Fireworks, TGI */
	{"{\"error\":\"Bad\"}", "Bad", ""},
	{"{\"error\":\"Bad\",\"error_type\":\"validation\"}", "Bad",
		"validation"},
	/* FastAPI */
	{"{\"detail\":\"Bad\"}", "Bad", ""},
	{"{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"field required\","
	 "\"type\":\"value_error.missing\"}]}",
		"field required", "value_error.missing"},
	{"{\"detail\":{\"msg\":\"Server is busy\",\"type\":"
	 "\"service_unavailable\"}}",
		"Server is busy", "service_unavailable"},
	/* problem+json, NVIDIA */
	{"{\"type\":\"about:blank\",\"title\":\"Gone\",\"status\":410,"
	 "\"detail\":\"The model has reached its end of life\"}",
		"The model has reached its end of life", ""},
	{"{\"type\":\"about:blank\",\"title\":\"Gone\",\"status\":410}", "Gone",
		""},
	{"404 page not found\n", "404 page not found", ""},
	/* Vertex, Google */
	{"[{\"error\":{\"code\":400,\"message\":\"Bad\",\"status\":"
	 "\"INVALID_ARGUMENT\"}}]",
		"Bad", "INVALID_ARGUMENT"},
	/* Databricks */
	{"{\"error_code\":\"BAD_REQUEST\",\"message\":\"Bad\"}", "Bad",
		"BAD_REQUEST"},
	/* Cloudflare, watsonx */
	{"{\"success\":false,\"errors\":[{\"code\":10000,\"message\":"
	 "\"Authentication error\"}],\"messages\":[],\"result\":null}",
		"Authentication error", "10000"},
	{"{\"errors\":[{\"code\":\"c\",\"message\":\"Bad\",\"more_info\":"
	 "\"u\"}],\"trace\":\"t\",\"status_code\":400}",
		"Bad", "c"},
	/* AWS */
	{"{\"message\":\"Bad\"}", "Bad", ""},
	{"{\"Message\":\"Bad\"}", "Bad", ""},
	/* text/plain */
	{"\n  first line \nsecond\n", "first line", ""},
	{"\"a string\"", "a string", ""},
	{"{\"error\":{\"mess", "{\"error\":{\"mess", ""},
	{"bad \xff byte", "bad \xef\xbf\xbd byte", ""},
	{"{\"error\":\"bad \xff byte\"}", "bad \xef\xbf\xbd byte", ""},
	{"", "", ""},
	{"{}", "", ""},
	{"[]", "", ""},
	{"null", "", ""},
	/* a stream of one event */
	{": hi\n\nevent: error\ndata: {\"error\":{\"message\":\"Bad\"}}\n\n",
		"Bad", ""},
	/* pages */
	{"<html><head><title>502 Bad\n  Gateway</title></head><body>"
	 "<h1>502 Bad Gateway</h1><hr>nginx</body></html>",
		"502 Bad Gateway nginx", ""},
	{"<!DOCTYPE html><TITLE>Log in</TITLE><style>p{x:y}</style>"
	 "<script>var a='<p>';</script><p>Please&nbsp;<b>log</b> in &amp; "
	 "go</p><!-- <p>no</p> -->",
		"Log in: Please log in & go", ""},
	{"<p>only text", "only text", ""},
	{"<", "", ""},
	{"<title", "", ""},
	{"<script>x", "", ""},
};

static const char *text_of(size_t i)
{
	if (shapes[i].text[0] != '\0')
		return shapes[i].text;
	return shapes[i].code[0] != '\0' ? shapes[i].code
					 : "no reason was given";
}

static void test_shapes(void)
{
	struct fail x;
	size_t i;

	for (i = 0; i < COUNT(shapes); i++) {
		struct fail_source from = {
			.http = 400, .body = span_str(shapes[i].body)};

		fail_init(&x);
		CHECK_INT(fail_read(&x, &from, NULL), ST_OK);
		CHECK_STR(x.text.p, text_of(i));
		CHECK_STR(x.code.p, shapes[i].code);
		fail_release(&x);
	}
}

#define E(message) "{\"error\":{\"message\":\"" message "\"}}"

/* Status and text, and what they mean. */
static const struct {
	int http;
	const char *body;
	enum status status;
	bool retry;
	bool quota;
} classes[] = {
	{400, E("Bad"), ST_SERVER, false, false},
	{401, E("Invalid API Key"), ST_AUTH, false, false},
	{403, E("Forbidden"), ST_AUTH, false, false},
	{400,
		"{\"error\":{\"code\":400,\"message\":\"API key not valid\","
		"\"details\":[{\"reason\":\"API_KEY_INVALID\"}]}}",
		ST_AUTH, false, false},
	{403,
		"{\"error\":{\"message\":\"Input was flagged by "
		"moderation\",\"code\":403}}",
		ST_FILTERED, false, false},
	{400, "{\"error\":{\"message\":\"x\",\"code\":\"content_filter\"}}",
		ST_FILTERED, false, false},
	{402, E("Insufficient credits"), ST_LIMIT, false, true},
	{402, "{\"error\":\"PAYMENT_METHOD_REQUIRED\"}", ST_LIMIT, false, true},
	{429, E("slow down"), ST_LIMIT, true, false},
	{429, "{\"error\":{\"message\":\"x\",\"code\":\"insufficient_quota\"}}",
		ST_LIMIT, false, true},
	{429, E("check your plan and billing details"), ST_LIMIT, false, true},
	{429, E("Key reached its daily spend limit"), ST_LIMIT, false, true},
	{400, "{\"error_code\":\"REQUEST_LIMIT_EXCEEDED\",\"message\":\"x\"}",
		ST_LIMIT, true, false},
	{413,
		"{\"error\":{\"message\":\"Request too large on tokens per "
		"minute\",\"code\":\"rate_limit_exceeded\"}}",
		ST_LIMIT, true, false},
	{404, E("The model `x` does not exist"), ST_MODEL, false, false},
	{404, "404 page not found", ST_MODEL, false, false},
	{410, "{\"title\":\"Gone\"}", ST_MODEL, false, false},
	{400,
		"{\"error\":{\"message\":\"x\",\"code\":\"model_"
		"decommissioned\"}}",
		ST_MODEL, false, false},
	{400,
		"{\"error\":{\"message\":\"x\",\"code\":\"model_not_"
		"available\"}}",
		ST_MODEL, false, false},
	{400,
		"{\"error\":{\"message\":\"x\",\"code\":\"model_not_"
		"supported\"}}",
		ST_MODEL, false, false},
	{400, E("model 'llama9' not found"), ST_MODEL, false, false},
	{400, E("foo/bar is not a valid model ID"), ST_MODEL, false, false},
	{403, "{\"error\":{\"message\":\"x\",\"code\":\"model_not_found\"}}",
		ST_MODEL, false, false},
	{401, "{\"error\":{\"message\":\"x\",\"code\":\"model_not_found\"}}",
		ST_AUTH, false, false},
	{408, "", ST_SERVER, true, false},
	{409, "x", ST_SERVER, true, false},
	{425, "x", ST_SERVER, true, false},
	{424, E("generation"), ST_SERVER, false, false},
	{422, E("template"), ST_SERVER, false, false},
	{498, E("flex tier capacity"), ST_SERVER, true, false},
	{500, "", ST_SERVER, true, false},
	{501, E("This server does not support it"), ST_SERVER, false, false},
	{502, "<title>Bad Gateway</title>", ST_SERVER, true, false},
	{503, E("Loading model"), ST_SERVER, true, false},
	{529, E("Overloaded"), ST_SERVER, true, false},
	{413, "", ST_WINDOW, false, false},
	{400, "", ST_WINDOW, false, false},
	{413, "<title>Request Entity Too Large</title>", ST_WINDOW, false,
		false},
	/* inside a good response */
	{200, "{\"error\":{\"message\":\"x\",\"code\":401}}", ST_AUTH, false,
		false},
	{200, "{\"error\":{\"message\":\"x\",\"code\":\"429\"}}", ST_LIMIT,
		true, false},
	{200, "{\"error\":{\"message\":\"x\"},\"status_code\":503}", ST_SERVER,
		true, false},
	{200, "{\"error\":{\"message\":\"x\",\"type\":\"server_error\"}}",
		ST_SERVER, true, false},
	{200, "{\"error\":{\"message\":\"x\",\"type\":\"rate_limit_error\"}}",
		ST_LIMIT, true, false},
	{200,
		"{\"error\":{\"message\":\"x\",\"type\":"
		"\"authentication_error\"}}",
		ST_AUTH, false, false},
	{200, E("odd"), ST_SERVER, false, false},
};

static void read_body(struct fail *x, int http, const char *body)
{
	struct fail_source from = {.http = http, .body = span_str(body)};

	fail_init(x);
	CHECK_INT(fail_read(x, &from, NULL), ST_OK);
	CHECK(x->f.text.n > 0);
}

static void test_classes(void)
{
	struct fail x;
	size_t i;

	for (i = 0; i < COUNT(classes); i++) {
		int before = check_failures;

		read_body(&x, classes[i].http, classes[i].body);
		CHECK_INT(x.f.status, classes[i].status);
		CHECK_INT(x.f.retry, classes[i].retry);
		CHECK_INT(x.f.quota, classes[i].quota);
		CHECK_INT(x.f.retry_after_ms, -1);
		if (check_failures != before)
			printf("  %d %s\n", classes[i].http, classes[i].body);
		fail_release(&x);
	}
}

/* The overflow texts of each server, and the numbers in them. */
static const struct {
	int http;
	const char *text;
	bool window;
	int64_t size;
	int64_t prompt;
} overflows[] = {
	{400, "context_length_exceeded", true, 0, 0},
	{400,
		"This model's maximum context length is 8192 tokens. However, "
		"your messages resulted in 10000 tokens.",
		true, 8192, 10000},
	{400,
		"This model's maximum context length is 131072 tokens. "
		"However, "
		"you requested 115000 tokens (83000 in the messages, 32000 in "
		"the completion). Please reduce the length of the messages.",
		true, 131072, 83000},
	{400,
		"This endpoint's maximum context length is 131072 tokens. "
		"However, you requested about 132463 tokens (1463 of text "
		"input, 131000 in the output).",
		true, 131072, 1463},
	{400,
		"This model's maximum context length is 4096 tokens and your "
		"request has 18 input tokens",
		true, 4096, 18},
	{400, "Please reduce the length of the messages or completion.", true,
		0, 0},
	{400,
		"request (4353 tokens) exceeds the available context size "
		"(4,096 tokens), try increasing it",
		true, 4096, 4353},
	{400, "Current length is 9000 while limit is 8192", true, 8192, 9000},
	{422,
		"Input validation error: `inputs` tokens + `max_new_tokens` "
		"must be <= 4096. Given: 5000 `inputs` tokens and 100 "
		"`max_new_tokens`",
		true, 4096, 5000},
	{422, "`inputs` must have less than 1000 tokens. Given: 2000", true, 0,
		0},
	{400,
		"The input (5000 tokens) is longer than the model's context "
		"length (4096 tokens).",
		true, 4096, 5000},
	{400,
		"The number of tokens to keep is greater than the context "
		"length",
		true, 0, 0},
	{400,
		"input length and `max_tokens` exceed context limit: 188240 + "
		"21333 > 200000",
		true, 200000, 188240},
	{400, "over the model's maximum context limit", true, 0, 0},
	{400,
		"Input tokens exceed the configured limit of 272000 tokens. "
		"Your messages resulted in 300000 tokens.",
		true, 272000, 300000},
	{400, "Input is too long for requested model.", true, 0, 0},
	{400,
		"The input token count (1196265) exceeds the maximum number of "
		"tokens allowed (1048575).",
		true, 1048575, 1196265},
	{400, "prompt is too long: 213462 tokens > 200000 maximum", true,
		200000, 213462},
	{400,
		"Prompt contains 40000 tokens, too large for model with 32768 "
		"maximum context length",
		true, 32768, 40000},
	{400, "prompt token count of 70000 exceeds the limit of 64000", true,
		64000, 70000},
	{400,
		"This model's maximum prompt length is 131072 but the request "
		"contains 537812 tokens.",
		true, 131072, 537812},
	{400, "context window exceeds limit", true, 0, 0},
	{400, "String too long. Expected a string with maximum length 10", true,
		0, 0},
	{400, "too many tokens", true, 0, 0},
	{500, "Token limit exceeded", true, 0, 0},
	{200, "the request exceeds the available context size", true, 0, 0},
	/* not these */
	{400,
		"string too long. expected a string with maximum length 10 "
		"string_above_max_length",
		false, 0, 0},
	{429, "too many tokens per minute", false, 0, 0},
	{429, "maximum context length is 8192 tokens", false, 0, 0},
	{401, "prompt is too long", false, 0, 0},
	{400, "exceeds the limit of what is polite", false, 0, 0},
	{400, "maximum context length is unknown", false, 0, 0},
	{400, "current length is 5", false, 0, 0},
	{400, "temperature must be <= 2", false, 0, 0},
	{400, "max_tokens is too large", false, 0, 0},
};

static void test_overflow(void)
{
	struct fail x;
	struct buf body;
	size_t i;

	buf_init(&body, BUF_SMALL);
	for (i = 0; i < COUNT(overflows); i++) {
		int before = check_failures;

		buf_reset(&body);
		buf_fmt(&body, E("%s"), overflows[i].text);
		read_body(&x, overflows[i].http, body.p);
		CHECK_INT(x.f.status == ST_WINDOW, overflows[i].window);
		CHECK_INT(x.f.window, overflows[i].size);
		CHECK_INT(x.f.prompt_tokens, overflows[i].prompt);
		CHECK(!x.f.retry || !overflows[i].window);
		if (check_failures != before)
			printf("  %s\n", overflows[i].text);
		fail_release(&x);
	}
	read_body(&x, 400,
		"{\"error\":{\"code\":400,\"message\":\"the request exceeds "
		"the "
		"available context size\",\"type\":"
		"\"exceed_context_size_error\",\"n_prompt_tokens\":600,"
		"\"n_ctx\":512}}");
	CHECK_INT(x.f.status, ST_WINDOW);
	CHECK_INT(x.f.window, 512);
	CHECK_INT(x.f.prompt_tokens, 600);
	fail_release(&x);
	buf_release(&body);
}

static const struct {
	int http;
	const char *body;
	const char *field;
} fields[] = {
	{422,
		"{\"object\":\"error\",\"message\":{\"detail\":[{\"type\":"
		"\"extra_forbidden\",\"loc\":[\"body\",\"stream_options\","
		"\"include_usage\"],\"msg\":\"Extra inputs are not "
		"permitted\"}]}}",
		"stream_options"},
	{400, E("include_usage is not supported"), "stream_options"},
	{400, E("unknown field `stream_options`"), "stream_options"},
	{400,
		"{\"error\":{\"message\":\"Unsupported parameter: "
		"'max_tokens' is not supported with this model. Use "
		"'max_completion_tokens' instead.\",\"param\":\"max_tokens\"}}",
		"max_tokens"},
	{400,
		"{\"error\":{\"message\":\"Unsupported value: 'temperature' "
		"does not support 0.7 with this model.\",\"param\":"
		"\"temperature\",\"code\":\"unsupported_value\"}}",
		"temperature"},
	{400,
		"{\"error\":{\"message\":\"not supported\",\"param\":"
		"\"stream_options.include_usage\"}}",
		"stream_options"},
	{400, E("Unrecognized request argument supplied: seed"), "seed"},
	{400, E("max_completion_tokens is not supported"), ""},
	{400, E("unknown field: parameter index is not a valid field"), ""},
	{400, E("temperature must be between 0 and 2"), ""},
	{500, E("unknown field stream_options"), ""},
};

static void test_fields(void)
{
	struct fail x;
	size_t i;

	for (i = 0; i < COUNT(fields); i++) {
		read_body(&x, fields[i].http, fields[i].body);
		CHECK_STR(x.field.p, fields[i].field);
		CHECK_INT(x.f.status, ST_SERVER);
		fail_release(&x);
	}
}

static void test_redirects(void)
{
	static const struct {
		const char *location;
		const char *text;
	} rows[] = {
		{"https://Other.example/v1/chat/completions",
			"redirects to https://other.example; set the endpoint "
			"to it"},
		{"http://10.0.0.1:81/login",
			"redirects to http://10.0.0.1:81; set the endpoint to "
			"it"},
		{"/v2", "redirects to /v2; set the endpoint to it"},
		{"", "redirects, but does not say where to"},
	};
	struct fail x;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		struct fail_source from = {
			.http = 302,
			.body = span_str("<title>Moved</title>"),
			.location = span_str(rows[i].location),
		};

		fail_init(&x);
		CHECK_INT(fail_read(&x, &from, NULL), ST_OK);
		CHECK_STR(x.text.p, rows[i].text);
		CHECK_INT(x.f.status, ST_CONFIG);
		CHECK(!x.f.retry);
		fail_release(&x);
	}
}

static void test_rest(void)
{
	struct fail_source aws = {
		.http = 400,
		.body = span_str("{\"message\":\"x\"}"),
		.error_type = span_str("ValidationException:http://a"),
	};
	struct buf big;
	struct fail x;

	fail_init(&x);
	CHECK_INT(fail_read(&x, &aws, NULL), ST_OK);
	CHECK_STR(x.code.p, "ValidationException");
	fail_release(&x);

	read_body(&x, 500, "");
	CHECK_STR(x.text.p, "no reason was given");
	CHECK(!failure_is_loading(&x.f));
	fail_release(&x);

	read_body(&x, 503, E("Loading model"));
	CHECK(failure_is_loading(&x.f));
	fail_release(&x);

	/* A long sentence is cut at a character. */
	buf_init(&big, BUF_LARGE);
	while (big.len < 3 * FAIL_BODY_MAX)
		buf_str(&big, "\xe2\x82\xac");
	read_body(&x, 500, big.p);
	CHECK_INT(x.text.len, FAIL_TEXT_MAX / 3 * 3);
	fail_release(&x);
	buf_release(&big);

	/* So is the title of a page. */
	buf_init(&big, BUF_LARGE);
	buf_str(&big, "<title>x");
	while (big.len < 1000)
		buf_str(&big, "\xe2\x82\xac");
	read_body(&x, 500, big.p);
	CHECK_INT(x.text.len, 1 + 199 / 3 * 3);
	fail_release(&x);
	buf_release(&big);

	fail_init(&x);
	CHECK_INT(fail_set(&x, ST_NET, 0, true, "gone", NULL), ST_OK);
	CHECK_STR(x.f.text.p, "gone");
	CHECK_INT(x.f.status, ST_NET);
	CHECK(x.f.retry);
	fail_release(&x);
}

int main(void)
{
	RUN(test_shapes);
	RUN(test_classes);
	RUN(test_overflow);
	RUN(test_fields);
	RUN(test_redirects);
	RUN(test_rest);
	return REPORT();
}
