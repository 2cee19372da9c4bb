#include "app/batch_put.h"

#include "base/clock.h"
#include "wire/json.h"

static void add_str(struct json_writer *w, const char *key, struct span s)
{
	json_key(w, key);
	json_add_string(w, s);
}

static void add_int(struct json_writer *w, const char *key, int64_t n)
{
	json_key(w, key);
	json_add_int(w, n);
}

static void add_count(struct json_writer *w, const char *key, int64_t n)
{
	json_key(w, key);
	if (n < 0)
		json_add_null(w);
	else
		json_add_int(w, n);
}

static void add_id(
	struct json_writer *w, const char *key, const struct batch_result *r)
{
	const struct query *q = r->query;

	json_key(w, key);
	if (r->nameless)
		json_add_null(w);
	else if (q->id_is_number)
		json_add_raw(w, buf_view(&q->id));
	else
		json_add_string(w, buf_view(&q->id));
}

static void add_error(struct json_writer *w, const struct batch_result *r)
{
	json_key(w, "error");
	if (r->status == ST_OK) {
		json_add_null(w);
		return;
	}
	json_open(w, '{');
	add_str(w, "code", span_str(status_name(r->status)));
	add_int(w, "exit", status_exit_code(r->status));
	add_str(w, "message", span_str(r->err->msg));
	if (r->undecided) {
		json_key(w, "undecided");
		json_add_bool(w, true);
	}
	json_close(w, '}');
}

static void add_usage(struct json_writer *w, const struct usage *u)
{
	json_key(w, "usage");
	json_open(w, '{');
	add_count(w, "prompt_tokens", u->prompt);
	add_count(w, "completion_tokens", u->completion);
	json_close(w, '}');
}

static void put_own(struct json_writer *w, const struct batch_result *r)
{
	const struct msg *m = r->reply;

	json_open(w, '{');
	add_id(w, "id", r);
	if (r->status != ST_OK || r->nameless)
		add_int(w, "line", (int64_t)r->line);
	if (m != NULL) {
		add_str(w, "message", buf_view(&m->text));
		if (m->reasoning.len > 0)
			add_str(w, "reasoning", buf_view(&m->reasoning));
		add_str(w, "outcome", span_str(outcome_name(m->outcome)));
		add_str(w, "finish_reason", buf_view(&m->finish));
		add_str(w, "model", buf_view(&m->model));
		add_str(w, "endpoint", buf_view(&m->endpoint));
		add_usage(w, &m->usage);
		add_int(w, "total_ms", r->total_ms);
		if (r->cached) {
			json_key(w, "cached");
			json_add_bool(w, true);
		}
	}
	if (r->status != ST_OK)
		add_error(w, r);
	json_close(w, '}');
}

/* In the words that clients of OpenAI know. */
static const char *finish_of(const struct msg *m)
{
	switch (m->outcome) {
	case OUTCOME_COMPLETE: return "stop";
	case OUTCOME_LENGTH: return "length";
	case OUTCOME_FILTERED: return "content_filter";
	case OUTCOME_NONE:
	case OUTCOME_STOPPED:
	case OUTCOME_CUT:
	case OUTCOME_FAILED: break;
	}
	return NULL;
}

static void add_choice(struct json_writer *w, const struct msg *m)
{
	const char *finish = finish_of(m);

	json_key(w, "choices");
	json_open(w, '[');
	json_open(w, '{');
	add_int(w, "index", 0);
	json_key(w, "message");
	json_open(w, '{');
	add_str(w, "role", span_str("assistant"));
	add_str(w, "content", buf_view(&m->text));
	json_close(w, '}');
	json_key(w, "finish_reason");
	if (finish != NULL)
		json_add_string(w, span_str(finish));
	else
		json_add_null(w);
	json_close(w, '}');
	json_close(w, ']');
}

static void add_body(struct json_writer *w, const struct batch_result *r)
{
	const struct msg *m = r->reply;
	const struct usage *u = &m->usage;
	int64_t prompt = u->prompt > 0 ? u->prompt : 0;
	int64_t completion = u->completion > 0 ? u->completion : 0;

	json_key(w, "body");
	json_open(w, '{');
	json_key(w, "id");
	buf_fmt(w->out, "\"chatcmpl-%llu\"", (unsigned long long)r->line);
	w->more = true;
	add_str(w, "object", span_str("chat.completion"));
	add_int(w, "created", clock_wall_ms() / 1000);
	add_str(w, "model", buf_view(&m->model));
	add_choice(w, m);
	json_key(w, "usage");
	json_open(w, '{');
	add_int(w, "prompt_tokens", prompt);
	add_int(w, "completion_tokens", completion);
	add_int(w, "total_tokens",
		u->total > 0 ? u->total : prompt + completion);
	json_close(w, '}');
	json_close(w, '}');
}

static void put_openai(struct json_writer *w, const struct batch_result *r)
{
	enum { HTTP_OK = 200 };

	json_open(w, '{');
	json_key(w, "id");
	buf_fmt(w->out, "\"batch_req_%llu\"", (unsigned long long)r->line);
	w->more = true;
	add_id(w, "custom_id", r);
	if (r->status != ST_OK || r->nameless)
		add_int(w, "line", (int64_t)r->line);
	json_key(w, "response");
	if (r->reply == NULL) {
		json_add_null(w);
	} else {
		json_open(w, '{');
		add_int(w, "status_code", HTTP_OK);
		json_key(w, "request_id");
		buf_fmt(w->out, "\"batch_req_%llu\"",
			(unsigned long long)r->line);
		w->more = true;
		add_body(w, r);
		json_close(w, '}');
	}
	add_error(w, r);
	json_close(w, '}');
}

void batch_put(const struct batch_result *r, struct buf *out)
{
	struct json_writer w = {.out = out};

	if (r->query->openai)
		put_openai(&w, r);
	else
		put_own(&w, r);
	buf_char(out, '\n');
}
