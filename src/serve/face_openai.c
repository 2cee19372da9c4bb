/* Answers in the form of OpenAI's chat completions. */
#include "serve/call.h"
#include "wire/completion.h"

static struct completion completion_of(const struct call *c)
{
	return (struct completion){
		.id = span_str(c->id),
		.model = span_str(c->agent.name),
		.created_s = c->created_s,
	};
}

static const char *finish_of(const struct call *c)
{
	return completion_finish(c->result->outcome, c->result->tools.len > 0);
}

static void put_problem(const struct call *c, struct buf *out)
{
	struct json_writer w = {.out = out};

	json_open(&w, '{');
	problem_put(&w, c->problem, span_str(c->err.msg));
	json_close(&w, '}');
}

static void openai_whole(const struct call *c, struct buf *out)
{
	struct json_writer w = {.out = out};
	struct completion head = completion_of(c);

	if (c->problem != NULL) {
		put_problem(c, out);
	} else {
		struct completion_reply reply = {
			.text = buf_view(&c->result->text),
			.reasoning = buf_view(&c->result->reasoning),
			.tools = buf_view(&c->result->tools),
			.finish = finish_of(c),
			.usage = c->result->usage,
		};

		completion_whole(&w, &head, &reply);
	}
	buf_char(out, '\n');
}

static void openai_begin(const struct call *c, struct buf *out)
{
	struct completion head = completion_of(c);

	completion_delta(&head, "role", span_str("assistant"), out);
}

static void openai_text(
	const struct call *c, bool reasoning, struct span text, struct buf *out)
{
	struct completion head = completion_of(c);

	completion_delta(
		&head, reasoning ? "reasoning_content" : "content", text, out);
}

static void openai_tool(const struct call *c, size_t row,
	const struct event *ev, struct buf *out)
{
	struct completion head = completion_of(c);
	struct completion_call call = {
		.id = ev->id, .name = ev->name, .arguments = ev->text};

	completion_calls(&head, row, &call, out);
}

static void openai_end(const struct call *c, struct buf *out)
{
	struct completion head = completion_of(c);

	if (c->problem != NULL) {
		buf_str(out, "data: ");
		put_problem(c, out);
		buf_str(out, "\n\n");
	} else {
		completion_last(&head, finish_of(c), out);
		if (c->q.usage)
			completion_counts(&head, &c->result->usage, out);
	}
	completion_end(out);
}

const struct face face_openai = {
	.saves = false,
	.begin = openai_begin,
	.text = openai_text,
	.tool = openai_tool,
	.end = openai_end,
	.whole = openai_whole,
};
