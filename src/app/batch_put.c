#include "app/batch_put.h"

#include "app/members.h"
#include "base/clock.h"
#include "wire/completion.h"

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
	members_failure(w, r->status, r->err);
	if (r->undecided)
		json_member_bool(w, "undecided", true);
	json_close(w, '}');
}

static void put_own(struct json_writer *w, const struct batch_result *r)
{
	const struct msg *m = r->reply;

	json_open(w, '{');
	add_id(w, "id", r);
	if (r->status != ST_OK || r->nameless)
		json_member_int(w, "line", (int64_t)r->line);
	if (m != NULL) {
		json_member_str(w, "message", buf_view(&m->text));
		if (m->reasoning.len > 0)
			json_member_str(
				w, "reasoning", buf_view(&m->reasoning));
		json_member_str(
			w, "outcome", span_str(outcome_name(m->outcome)));
		json_member_str(w, "finish_reason", buf_view(&m->finish));
		json_member_str(w, "model", buf_view(&m->model));
		json_member_str(w, "endpoint", buf_view(&m->endpoint));
		members_usage(w, &m->usage);
		json_member_int(w, "total_ms", r->total_ms);
		if (r->cached)
			json_member_bool(w, "cached", true);
	}
	if (r->status != ST_OK)
		add_error(w, r);
	json_close(w, '}');
}

static void add_body(struct json_writer *w, const struct batch_result *r)
{
	const struct msg *m = r->reply;
	struct completion_reply reply = {
		.text = buf_view(&m->text),
		.tools = buf_view(&m->tools),
		.finish = completion_finish(m->outcome, m->tools.len > 0),
		.usage = m->usage,
	};
	struct completion head = {
		.model = buf_view(&m->model),
		.created_s = clock_wall_ms() / 1000,
	};
	struct buf id;

	buf_init(&id, BUF_SMALL);
	buf_fmt(&id, "chatcmpl-%llu", (unsigned long long)r->line);
	head.id = buf_view(&id);
	json_key(w, "body");
	completion_whole(w, &head, &reply);
	buf_release(&id);
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
		json_member_int(w, "line", (int64_t)r->line);
	json_key(w, "response");
	if (r->reply == NULL) {
		json_add_null(w);
	} else {
		json_open(w, '{');
		json_member_int(w, "status_code", HTTP_OK);
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
