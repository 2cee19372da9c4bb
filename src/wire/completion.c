#include "wire/completion.h"

const char *completion_finish(enum outcome outcome, bool calls_tools)
{
	switch (outcome) {
	case OUTCOME_COMPLETE: return calls_tools ? "tool_calls" : "stop";
	case OUTCOME_LENGTH: return "length";
	case OUTCOME_FILTERED: return "content_filter";
	case OUTCOME_NONE:
	case OUTCOME_STOPPED:
	case OUTCOME_CUT:
	case OUTCOME_FAILED: break;
	}
	return NULL;
}

static void open_object(
	struct json_writer *w, const struct completion *c, const char *object)
{
	json_open(w, '{');
	json_member_str(w, "id", c->id);
	json_member_str(w, "object", span_str(object));
	json_member_int(w, "created", c->created_s);
	json_member_str(w, "model", c->model);
}

/* Opens the only row of "choices", up to its content. */
static void open_choice(struct json_writer *w, const char *says)
{
	json_key(w, "choices");
	json_open(w, '[');
	json_open(w, '{');
	json_member_int(w, "index", 0);
	json_key(w, says);
	json_open(w, '{');
}

static void close_choice(struct json_writer *w, const char *finish)
{
	json_close(w, '}');
	json_key(w, "finish_reason");
	if (finish != NULL)
		json_add_string(w, span_str(finish));
	else
		json_add_null(w);
	json_close(w, '}');
	json_close(w, ']');
}

static void put_usage(struct json_writer *w, const struct usage *u)
{
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

static void put_call(struct json_writer *w, const struct completion_call *call)
{
	json_member_str(w, "id", call->id);
	json_member_str(w, "type", span_str("function"));
	json_key(w, "function");
	json_open(w, '{');
	json_member_str(w, "name", call->name);
	json_member_str(w, "arguments", call->arguments);
	json_close(w, '}');
}

void completion_call(struct json_writer *w, const struct completion_call *call)
{
	json_open(w, '{');
	put_call(w, call);
	json_close(w, '}');
}

void completion_whole(struct json_writer *w, const struct completion *c,
	const struct completion_reply *r)
{
	open_object(w, c, "chat.completion");
	open_choice(w, "message");
	json_member_str(w, "role", span_str("assistant"));
	json_key(w, "content");
	if (r->text.n > 0 || r->tools.n == 0)
		json_add_string(w, r->text);
	else
		json_add_null(w);
	if (r->tools.n > 0) {
		json_key(w, "tool_calls");
		json_add_raw(w, r->tools);
	}
	if (r->reasoning.n > 0)
		json_member_str(w, "reasoning_content", r->reasoning);
	close_choice(w, r->finish);
	put_usage(w, &r->usage);
	json_close(w, '}');
}

static struct json_writer open_chunk(
	const struct completion *c, struct buf *out)
{
	struct json_writer w = {.out = out};

	buf_str(out, "data: ");
	open_object(&w, c, "chat.completion.chunk");
	return w;
}

static void close_chunk(struct json_writer *w)
{
	json_close(w, '}');
	buf_str(w->out, "\n\n");
}

void completion_delta(const struct completion *c, const char *key,
	struct span value, struct buf *out)
{
	struct json_writer w = open_chunk(c, out);

	open_choice(&w, "delta");
	json_member_str(&w, key, value);
	close_choice(&w, NULL);
	close_chunk(&w);
}

void completion_calls(const struct completion *c, size_t row,
	const struct completion_call *call, struct buf *out)
{
	struct json_writer w = open_chunk(c, out);

	open_choice(&w, "delta");
	json_key(&w, "tool_calls");
	json_open(&w, '[');
	json_open(&w, '{');
	json_member_int(&w, "index", (int64_t)row);
	put_call(&w, call);
	json_close(&w, '}');
	json_close(&w, ']');
	close_choice(&w, NULL);
	close_chunk(&w);
}

void completion_last(
	const struct completion *c, const char *finish, struct buf *out)
{
	struct json_writer w = open_chunk(c, out);

	open_choice(&w, "delta");
	close_choice(&w, finish);
	close_chunk(&w);
}

void completion_counts(
	const struct completion *c, const struct usage *u, struct buf *out)
{
	struct json_writer w = open_chunk(c, out);

	json_key(&w, "choices");
	json_open(&w, '[');
	json_close(&w, ']');
	put_usage(&w, u);
	close_chunk(&w);
}

void completion_end(struct buf *out)
{
	buf_str(out, "data: [DONE]\n\n");
}
