/* Answers in the form of OpenAI's chat completions. */
#include "serve/call.h"

static void put_head(
	struct json_writer *w, const struct call *c, const char *object)
{
	json_open(w, '{');
	json_member_str(w, "id", span_str(c->id));
	json_member_str(w, "object", span_str(object));
	json_member_int(w, "created", c->created_s);
	json_member_str(w, "model", span_str(c->agent.name));
}

/* Clients reckon with numbers: what the endpoint did not say is 0. */
static void put_usage(struct json_writer *w, const struct call *c)
{
	const struct usage *u = &c->result->usage;
	int64_t prompt = u->prompt > 0 ? u->prompt : 0;
	int64_t completion = u->completion > 0 ? u->completion : 0;

	json_key(w, "usage");
	json_open(w, '{');
	json_member_int(w, "prompt_tokens", prompt);
	json_member_int(w, "completion_tokens", completion);
	json_member_int(w, "total_tokens",
		u->total > 0 ? u->total : prompt + completion);
	json_close(w, '}');
}

/* In the words that clients know. */
static const char *finish_of(const struct call *c)
{
	switch (c->result->outcome) {
	case OUTCOME_LENGTH: return "length";
	case OUTCOME_FILTERED: return "content_filter";
	case OUTCOME_NONE:
	case OUTCOME_COMPLETE:
	case OUTCOME_STOPPED:
	case OUTCOME_CUT:
	case OUTCOME_FAILED: break;
	}
	return "stop";
}

static void open_choice(struct json_writer *w)
{
	json_key(w, "choices");
	json_open(w, '[');
	json_open(w, '{');
	json_member_int(w, "index", 0);
}

/* finish NULL: not yet. */
static void close_choice(struct json_writer *w, const char *finish)
{
	json_key(w, "finish_reason");
	if (finish != NULL)
		json_add_string(w, span_str(finish));
	else
		json_add_null(w);
	json_close(w, '}');
	json_close(w, ']');
}

static void openai_whole(const struct call *c, struct buf *out)
{
	struct json_writer w = {.out = out};

	if (c->problem != NULL) {
		json_open(&w, '{');
		problem_put(&w, c->problem, span_str(c->err.msg));
		json_close(&w, '}');
		buf_char(out, '\n');
		return;
	}
	put_head(&w, c, "chat.completion");
	open_choice(&w);
	json_key(&w, "message");
	json_open(&w, '{');
	json_member_str(&w, "role", span_str("assistant"));
	json_member_str(&w, "content", buf_view(&c->result->text));
	if (c->result->reasoning.len > 0) {
		json_member_str(&w, "reasoning_content",
			buf_view(&c->result->reasoning));
	}
	json_close(&w, '}');
	close_choice(&w, finish_of(c));
	put_usage(&w, c);
	json_close(&w, '}');
	buf_char(out, '\n');
}

static void put_chunk(const struct call *c, const char *key, struct span value,
	const char *finish, struct buf *out)
{
	struct json_writer w = {.out = out};

	buf_str(out, "data: ");
	put_head(&w, c, "chat.completion.chunk");
	open_choice(&w);
	json_key(&w, "delta");
	json_open(&w, '{');
	if (key != NULL) {
		json_member_str(&w, key, value);
	}
	json_close(&w, '}');
	close_choice(&w, finish);
	json_close(&w, '}');
	buf_str(out, "\n\n");
}

static void openai_begin(const struct call *c, struct buf *out)
{
	put_chunk(c, "role", span_str("assistant"), NULL, out);
}

static void openai_text(
	const struct call *c, bool reasoning, struct span text, struct buf *out)
{
	put_chunk(c, reasoning ? "reasoning_content" : "content", text, NULL,
		out);
}

static void openai_end(const struct call *c, struct buf *out)
{
	struct json_writer w = {.out = out};

	if (c->problem != NULL) {
		buf_str(out, "data: ");
		json_open(&w, '{');
		problem_put(&w, c->problem, span_str(c->err.msg));
		json_close(&w, '}');
		buf_str(out, "\n\ndata: [DONE]\n\n");
		return;
	}
	put_chunk(c, NULL, span_str(NULL), finish_of(c), out);
	if (c->q.usage) {
		buf_str(out, "data: ");
		put_head(&w, c, "chat.completion.chunk");
		json_key(&w, "choices");
		json_open(&w, '[');
		json_close(&w, ']');
		put_usage(&w, c);
		json_close(&w, '}');
		buf_str(out, "\n\n");
	}
	buf_str(out, "data: [DONE]\n\n");
}

const struct face face_openai = {
	.saves = false,
	.begin = openai_begin,
	.text = openai_text,
	.end = openai_end,
	.whole = openai_whole,
};
