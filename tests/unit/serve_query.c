#include "serve/query.h"

#include "unit/check.h"

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
	CHECK_INT(seen.sampling.params.n, 4);
	if (seen.sampling.params.n == 4) {
		CHECK_STR(seen.sampling.params.v[0], "min_p=0.1");
		CHECK_STR(seen.sampling.params.v[1], "top_p=0.9");
		CHECK_STR(seen.sampling.params.v[2], "top_k=7");
		CHECK_STR(seen.sampling.params.v[3],
			"extra={\"a\":[1,-2.5,true,null,\"\\n\"]}");
	}
	CHECK_INT(agent.sampling.params.n, 2);
	query_release(&q);
}

static void test_openai_faults(void)
{
	static const char *const rows[] = {
		"{\"model\":\"x\"}",
		"{" MESSAGES ",\"n\":2}",
		"{" MESSAGES ",\"tools\":[1]}",
		"{" MESSAGES ",\"tool_choice\":\"auto\"}",
		"{" MESSAGES ",\"logprobs\":true}",
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

int main(void)
{
	RUN(test_own);
	RUN(test_faults);
	RUN(test_apply);
	RUN(test_openai_faults);
	return REPORT();
}
