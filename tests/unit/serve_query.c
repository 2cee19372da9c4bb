#include "serve/query.h"

#include <string.h>

#include "unit/check.h"

/* One grey pixel. */
#define PNG                                                                    \
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCB" \
	"d81ytg"                                                               \
	"AAAABJRU5ErkJggg=="

/* Reads `text` in either form; the caller releases q. */
static enum status read_text(
	struct query *q, const char *text, bool openai, struct err *err)
{
	query_init(q);
	return openai ? query_read_openai(q, span_str(text), err)
		      : query_read_own(q, span_str(text), err);
}

static void test_own(void)
{
	struct query q;
	struct err err;

	CHECK_INT(read_text(&q,
			  "{\"prompt\":\"Why?\",\"temperature\":0.5,"
			  "\"max_tokens\":9,\"thread_id\":-12,\"stream\":true}",
			  false, &err),
		ST_OK);
	CHECK_INT(q.n, 1);
	CHECK_STR(q.msgs[0]->text.p, "Why?");
	CHECK_INT(q.msgs[0]->role, ROLE_USER);
	CHECK(q.temperature.set && q.temperature.v > 0.49);
	CHECK_INT(q.max_tokens, 9);
	CHECK_STR(q.thread.p, "-12");
	CHECK(q.thread_is_number && q.stream);
	query_release(&q);

	CHECK_INT(
		read_text(&q,
			"{\"message\":null,\"temperature\":null,\"messages\":["
			"{\"role\":\"system\",\"content\":\"A\"},"
			"{\"role\":\"developer\",\"content\":\"B\"},"
			"{\"role\":\"ai\",\"content\":\"C\"},"
			"{\"role\":\"human\",\"content\":[{\"type\":\"text\","
			"\"text\":\"D\"},{\"type\":\"text\",\"text\":\"E\"}]}"
			"],\"thread_id\":\"x\"}",
			false, &err),
		ST_OK);
	CHECK_STR(q.system.p, "A\n\nB");
	CHECK_INT(q.n, 2);
	CHECK_INT(q.msgs[0]->role, ROLE_ASSISTANT);
	CHECK_STR(q.msgs[1]->text.p, "DE");
	CHECK(!q.temperature.set && !q.thread_is_number);
	query_release(&q);
}

static void test_faults(void)
{
	static const struct {
		const char *text;
		enum status st;
		const char *said;
	} rows[] = {
		{"{\"message\":\"x\"", ST_DAMAGED, ""},
		{"[1]", ST_USAGE, "the body is a JSON object"},
		{"{\"mesage\":\"x\"}", ST_USAGE,
			"unknown member \"mesage\"; message, prompt, messages, "
			"temperature, max_tokens, stream and thread_id are "
			"known"},
		{"{}", ST_USAGE,
			"there is nothing to ask: give \"message\", or "
			"\"messages\""},
		{"{\"message\":\"a\",\"message\":\"b\"}", ST_USAGE,
			"only one of message, prompt and messages, and that "
			"once"},
		{"{\"message\":\"a\",\"temperature\":3}", ST_USAGE,
			"\"temperature\" is a number from 0 to 2"},
		{"{\"message\":\"a\",\"thread_id\":1e3}", ST_OK, ""},
		{"{\"message\":\"a\\u0000b\"}", ST_USAGE,
			"the message has a NUL in it, so it is not text"},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct query q;
		struct err err = {0};

		CHECK_INT(read_text(&q, rows[i].text, false, &err), rows[i].st);
		if (rows[i].said[0] != '\0')
			CHECK_STR(err.msg, rows[i].said);
		query_release(&q);
	}
}

#define MESSAGES "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]"

/* What the client says stands before what the agent has. */
static void test_apply(void)
{
	const char *own[] = {"min_p=0.1", "top_k=5"};
	struct agent agent = {
		.temperature = 0.7,
		.max_tokens = 100,
		.sampling = {.top_p = {true, 0.5},
			.seed = {true, 3},
			.params = {own, 2, 2}},
	};
	struct agent seen;
	struct query q;
	struct err err;

	CHECK_INT(read_text(&q,
			  "{" MESSAGES ",\"top_p\":0.9,\"top_k\":7,"
			  "\"max_completion_tokens\":8,\"user\":\"u\","
			  "\"extra\":{\"a\":[1,-2.5,true,null,\"\\n\"]}}",
			  true, &err),
		ST_OK);
	CHECK_INT(query_apply(&q, &agent, &seen, &err), ST_OK);
	CHECK_INT(seen.max_tokens, 8);
	CHECK(seen.temperature > 0.69);
	CHECK(!seen.sampling.top_p.set && seen.sampling.seed.set);
	CHECK_INT(seen.sampling.params.n, 5);
	if (seen.sampling.params.n == 5) {
		CHECK_STR(seen.sampling.params.v[0], "min_p=0.1");
		CHECK_STR(seen.sampling.params.v[1], "top_p=0.9");
		CHECK_STR(seen.sampling.params.v[2], "top_k=7");
		CHECK_STR(seen.sampling.params.v[3], "user=\"u\"");
		CHECK_STR(seen.sampling.params.v[4],
			"extra={\"a\":[1,-2.5,true,null,\"\\n\"]}");
	}
	CHECK_INT(agent.sampling.params.n, 2);
	query_release(&q);
}

static void test_openai_faults(void)
{
	static const char *const rows[] = {
		"{\"model\":\"x\"}",
		"{" MESSAGES ",\"a=b\":1}",
		"{" MESSAGES ",\"\":1}",
		"{" MESSAGES ",\"model\":5}",
		"{" MESSAGES "," MESSAGES "}",
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct query q;
		struct err err;

		CHECK_INT(read_text(&q, rows[i], true, &err), ST_USAGE);
		query_release(&q);
	}
}

#define TOOLS "\"tools\":[{\"type\":\"function\"}],"

/* Each field of a request in the form of OpenAI: passed on as `passed`, taken
 * with nothing passed on (""), or refused by name (NULL). */
static void test_openai_fields(void)
{
	static const struct {
		const char *text;
		const char *passed;
	} rows[] = {
		{"\"frequency_penalty\":0.5", "frequency_penalty=0.5"},
		{"\"presence_penalty\":0.5", "presence_penalty=0.5"},
		{"\"logit_bias\":{\"5\":-1}", "logit_bias={\"5\":-1}"},
		{"\"top_p\":1", "top_p=1"},
		{"\"seed\":7", "seed=7"},
		{"\"stop\":[\"a\",\"b\"]", "stop=[\"a\",\"b\"]"},
		{"\"stop\":\"a\"", "stop=\"a\""},
		{"\"response_format\":{\"type\":\"json_object\"}",
			"response_format={\"type\":\"json_object\"}"},
		{"\"reasoning_effort\":\"low\"", "reasoning_effort=\"low\""},
		{"\"verbosity\":\"low\"", "verbosity=\"low\""},
		{"\"service_tier\":\"auto\"", "service_tier=\"auto\""},
		{"\"prediction\":{}", "prediction={}"},
		{"\"web_search_options\":{}", "web_search_options={}"},
		{"\"user\":\"u\"", "user=\"u\""},
		{"\"safety_identifier\":\"u\"", "safety_identifier=\"u\""},
		{"\"prompt_cache_key\":\"k\"", "prompt_cache_key=\"k\""},
		{"\"metadata\":{\"a\":\"b\"}", "metadata={\"a\":\"b\"}"},
		{"\"tools\":[{\"type\":\"function\"}]",
			"tools=[{\"type\":\"function\"}]"},
		{TOOLS "\"tool_choice\":{\"type\":\"function\"}",
			"tool_choice={\"type\":\"function\"}"},
		{TOOLS "\"parallel_tool_calls\":false",
			"parallel_tool_calls=false"},
		{"\"tools\":[]", ""},
		{"\"tool_choice\":\"auto\"", ""},
		{"\"tool_choice\":\"none\"", ""},
		{"\"parallel_tool_calls\":true", ""},
		{"\"tool_choice\":\"required\"", NULL},
		{"\"tools\":{}", NULL},
		{"\"functions\":[]", ""},
		{"\"functions\":[{}]", NULL},
		{"\"function_call\":\"none\"", ""},
		{"\"function_call\":\"auto\"", NULL},
		{"\"n\":1", ""},
		{"\"n\":2", NULL},
		{"\"logprobs\":false", ""},
		{"\"logprobs\":true", NULL},
		{"\"top_logprobs\":0", ""},
		{"\"top_logprobs\":3", NULL},
		{"\"store\":false", ""},
		{"\"store\":true", NULL},
		{"\"modalities\":[\"text\"]", ""},
		{"\"modalities\":[\"text\",\"audio\"]", NULL},
		{"\"audio\":{}", NULL},
		{"\"audio\":null", ""},
		{"\"model\":\"m\"", ""},
		{"\"temperature\":1", ""},
		{"\"max_tokens\":1", ""},
		{"\"max_completion_tokens\":1", ""},
		{"\"stream\":true", ""},
		{"\"stream_options\":{\"include_usage\":true}", ""},
		{"\"stream_options\":{\"include_obfuscation\":false}", ""},
		{"\"stream_options\":{\"include_obfuscation\":true}", NULL},
		{"\"stream_options\":{\"include_usage\":1}", NULL},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *passed = rows[i].passed;
		struct query q;
		struct err err = {0};
		struct buf text;

		buf_init(&text, BUF_SMALL);
		buf_fmt(&text, "{" MESSAGES ",%s}", rows[i].text);
		CHECK_INT(read_text(&q, text.p, true, &err),
			passed != NULL ? ST_OK : ST_USAGE);
		if (passed != NULL && passed[0] != '\0' && q.params_n > 0)
			CHECK_STR(q.params[q.params_n - 1], passed);
		else
			CHECK_INT(q.params_n,
				passed != NULL && passed[0] != '\0' ? 1 : 0);
		if (passed == NULL)
			CHECK(strchr(err.msg, '"') != NULL);
		query_release(&q);
		buf_release(&text);
	}
}

static void test_calls(void)
{
	struct query q;
	struct err err = {0};

	CHECK_INT(
		read_text(&q,
			"{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},"
			"{\"role\":\"assistant\",\"content\":null,"
			"\"tool_calls\":[{\"id\":\"c1\"}]},"
			"{\"role\":\"tool\",\"tool_call_id\":\"c1\","
			"\"content\":\"\"}]}",
			true, &err),
		ST_OK);
	CHECK_INT(q.n, 3);
	if (q.n == 3) {
		CHECK_INT(q.msgs[1]->text.len, 0);
		CHECK_STR(q.msgs[1]->tools.p, "[{\"id\":\"c1\"}]");
		CHECK_INT(q.msgs[2]->role, ROLE_TOOL);
		CHECK_STR(q.msgs[2]->tools.p, "c1");
	}
	query_release(&q);
	CHECK_INT(read_text(&q,
			  "{\"messages\":[{\"role\":\"tool\","
			  "\"content\":\"x\"}]}",
			  true, &err),
		ST_USAGE);
	query_release(&q);
	CHECK_INT(read_text(&q,
			  "{\"messages\":[{\"role\":\"assistant\","
			  "\"tool_calls\":5},{\"role\":\"user\","
			  "\"content\":\"x\"}]}",
			  true, &err),
		ST_USAGE);
	query_release(&q);
	CHECK_INT(read_text(&q,
			  "{\"messages\":[{\"role\":\"tool\","
			  "\"tool_call_id\":\"c\",\"content\":\"x\"}]}",
			  false, &err),
		ST_USAGE);
	query_release(&q);
}

static void test_images(void)
{
	struct query q;
	struct err err = {0};

	CHECK_INT(read_text(&q,
			  "{\"messages\":[{\"role\":\"user\",\"content\":["
			  "{\"type\":\"image_url\",\"image_url\":{\"url\":"
			  "\"data:image/png;base64," PNG "\"}}]}]}",
			  true, &err),
		ST_OK);
	CHECK(q.n == 1 && msg_has_image(q.msgs[0]));
	query_release(&q);
	CHECK_INT(read_text(&q,
			  "{\"messages\":[{\"role\":\"user\",\"content\":["
			  "{\"type\":\"image_url\",\"image_url\":{\"url\":"
			  "\"http://host/a.png\"}}]}]}",
			  true, &err),
		ST_USAGE);
	query_release(&q);
}

int main(void)
{
	RUN(test_own);
	RUN(test_faults);
	RUN(test_apply);
	RUN(test_openai_faults);
	RUN(test_openai_fields);
	RUN(test_calls);
	RUN(test_images);
	return REPORT();
}
