/* Answers in the form of atllama itself. */
#include "serve/call.h"

static void put_thread(const struct call *c, struct json_writer *w)
{
	if (c->thread.len == 0)
		return;
	json_key(w, "thread_id");
	if (c->q.thread_is_number)
		json_add_raw(w, buf_view(&c->thread));
	else
		json_add_string(w, buf_view(&c->thread));
}

static void put_count(struct json_writer *w, const char *name, int64_t n)
{
	json_key(w, name);
	if (n >= 0)
		json_add_int(w, n);
	else
		json_add_null(w);
}

/* Appends all that is known of a reply but its text. */
static void put_end(const struct call *c, struct json_writer *w)
{
	const struct msg *m = c->result;

	if (m != NULL) {
		json_key(w, "outcome");
		json_add_string(w, span_str(outcome_name(m->outcome)));
		json_key(w, "finish_reason");
		if (m->finish.len > 0)
			json_add_string(w, buf_view(&m->finish));
		else
			json_add_null(w);
		json_key(w, "model");
		json_add_string(w, buf_view(&m->model));
		json_key(w, "usage");
		json_open(w, '{');
		put_count(w, "prompt_tokens", m->usage.prompt);
		put_count(w, "completion_tokens", m->usage.completion);
		put_count(w, "total_tokens", m->usage.total);
		json_close(w, '}');
	}
	if (c->cached) {
		json_key(w, "cached");
		json_add_bool(w, true);
	}
	if (c->notice.len > 0) {
		json_key(w, "notice");
		json_add_string(w, buf_view(&c->notice));
	}
}

static void own_whole(const struct call *c, struct buf *out)
{
	struct json_writer w = {.out = out};

	json_open(&w, '{');
	if (c->problem != NULL)
		problem_put(&w, c->problem, span_str(c->err.msg));
	json_key(&w, "agent");
	json_add_string(&w, span_str(c->agent.name));
	put_thread(c, &w);
	if (c->result != NULL) {
		json_key(&w, "message");
		json_add_string(&w, buf_view(&c->result->text));
	}
	if (c->result != NULL && c->result->reasoning.len > 0) {
		json_key(&w, "reasoning");
		json_add_string(&w, buf_view(&c->result->reasoning));
	}
	put_end(c, &w);
	json_close(&w, '}');
	buf_char(out, '\n');
}

static void open_event(struct json_writer *w, const char *name)
{
	buf_fmt(w->out, "event: %s\ndata: ", name);
	json_open(w, '{');
}

static void close_event(struct json_writer *w)
{
	json_close(w, '}');
	buf_str(w->out, "\n\n");
}

static void own_begin(const struct call *c, struct buf *out)
{
	struct json_writer w = {.out = out};

	open_event(&w, "message");
	json_key(&w, "agent");
	json_add_string(&w, span_str(c->agent.name));
	put_thread(c, &w);
	json_key(&w, "message");
	json_add_string(&w, span_str(""));
	close_event(&w);
}

static void own_text(
	const struct call *c, bool reasoning, struct span text, struct buf *out)
{
	struct json_writer w = {.out = out};

	(void)c;
	open_event(&w, "message");
	json_key(&w, "message");
	json_add_string(&w, reasoning ? span_str("") : text);
	if (reasoning) {
		json_key(&w, "reasoning");
		json_add_string(&w, text);
	}
	close_event(&w);
}

static void own_end(const struct call *c, struct buf *out)
{
	struct json_writer w = {.out = out};

	open_event(&w, c->problem != NULL ? "error" : "message");
	if (c->problem != NULL) {
		problem_put(&w, c->problem, span_str(c->err.msg));
	} else {
		json_key(&w, "message");
		json_add_string(&w, span_str(""));
	}
	put_thread(c, &w);
	put_end(c, &w);
	close_event(&w);
	buf_str(out, "event: done\ndata: [DONE]\n\n");
}

const struct face face_own = {
	.saves = true,
	.begin = own_begin,
	.text = own_text,
	.end = own_end,
	.whole = own_whole,
};
