#include "serve/query.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "serve/query_priv.h"

void query_init(struct query *q)
{
	memset(q, 0, sizeof(*q));
	buf_init(&q->system, BUF_LARGE);
	buf_init(&q->thread, QUERY_THREAD_MAX);
	buf_init(&q->model, BUF_SMALL);
	buf_init(&q->id, QUERY_ID_MAX + 1);
}

void query_release(struct query *q)
{
	size_t i;

	for (i = 0; i < q->n; i++)
		msg_free(q->msgs[i]);
	free(q->msgs);
	for (i = 0; i < q->params_n; i++)
		free(q->params[i]);
	free(q->params);
	free(q->both);
	buf_release(&q->system);
	buf_release(&q->thread);
	buf_release(&q->model);
	buf_release(&q->id);
	query_init(q);
}

enum status query_check_text(
	struct span text, const char *name, struct err *err)
{
	if (memchr(text.p != NULL ? text.p : "", '\0', text.n) != NULL)
		return err_set(err, ST_USAGE,
			"%s has a NUL in it, so it is not text", name);
	return ST_OK;
}

/*
 * Messages
 */

/* A text, or a list of parts of type text, which are joined. */
static enum status read_content(
	const struct json *content, struct buf *out, struct err *err)
{
	const struct json *part;
	struct span text;

	if (json_str(content, &text)) {
		buf_span(out, text);
		return query_check_text(text, "content", err);
	}
	if (json_type(content) == JSON_NULL)
		return ST_OK;
	if (json_type(content) != JSON_ARRAY)
		return err_set(err, ST_USAGE,
			"the content of a message is a text or a list of "
			"parts");
	for (part = json_first(content); part != NULL; part = json_next(part)) {
		enum status st;

		if (!span_is(json_get_str(part, "type"), "text") ||
			!json_str(json_get(part, "text"), &text))
			return err_set(err, ST_USAGE,
				"of a message's parts only those of type "
				"\"text\" can be passed on");
		buf_span(out, text);
		st = query_check_text(text, "content", err);
		if (st != ST_OK)
			return st;
	}
	return ST_OK;
}

/* Takes m. */
static enum status add_message(struct query *q, struct msg *m, struct err *err)
{
	if (!vec_grow(&q->msgs, &q->cap, q->n + 1, sizeof(*q->msgs),
		    QUERY_MESSAGES_MAX)) {
		msg_free(m);
		return err_set(err, ST_USAGE, "too many messages");
	}
	q->msgs[q->n++] = m;
	return ST_OK;
}

static enum status add_system(
	struct query *q, const struct json *content, struct err *err)
{
	if (q->system.len > 0)
		buf_str(&q->system, "\n\n");
	return read_content(content, &q->system, err);
}

static enum status read_message(
	struct query *q, const struct json *j, struct err *err)
{
	struct span word = json_get_str(j, "role");
	const struct json *content = json_get(j, "content");
	enum role role;
	struct msg *m;
	enum status st;

	if (span_is(word, "developer"))
		word = span_str("system");
	if (json_type(j) != JSON_OBJECT || word.n == 0)
		return err_set(err, ST_USAGE,
			"messages is a list of objects with role and content");
	if (!role_parse(word, &role) || role == ROLE_TOOL)
		return err_set(err, ST_USAGE,
			"unknown role \"%.*s\"; user, assistant and system "
			"are known",
			(int)(word.n < 64 ? word.n : 64), word.p);
	if (role == ROLE_SYSTEM)
		return add_system(q, content, err);
	m = msg_new(role);
	if (m == NULL)
		return err_nomem(err);
	st = read_content(content, &m->text, err);
	if (st == ST_OK)
		st = buf_check(&m->text, "message", err);
	if (st != ST_OK) {
		msg_free(m);
		return st;
	}
	/* What it was is not said; the client has taken it for whole. */
	if (role == ROLE_ASSISTANT)
		m->outcome = OUTCOME_COMPLETE;
	return add_message(q, m, err);
}

static enum status asked_twice(struct err *err)
{
	return err_set(err, ST_USAGE,
		"only one of message, prompt and messages, and that once");
}

enum status query_messages(
	struct query *q, const struct json *list, struct err *err)
{
	const struct json *j;
	enum status st = ST_OK;

	if (q->n > 0)
		return asked_twice(err);
	if (json_type(list) != JSON_ARRAY || json_count(list) == 0)
		return err_set(err, ST_USAGE,
			"messages is a list of objects with role and content");
	for (j = json_first(list); j != NULL && st == ST_OK; j = json_next(j))
		st = read_message(q, j, err);
	if (st == ST_OK && (q->n == 0 || q->msgs[q->n - 1]->role != ROLE_USER))
		st = err_set(
			err, ST_USAGE, "the last message has to be the user's");
	if (st == ST_OK && span_trim(buf_view(&q->msgs[q->n - 1]->text)).n == 0)
		st = err_set(err, ST_USAGE, "the last message is empty");
	return st == ST_OK ? buf_check(&q->system, "system prompt", err) : st;
}

enum status query_text(struct query *q, const struct json *j, struct err *err)
{
	struct span name = json_name(j);
	struct span text;
	struct msg *m;
	enum status st;

	if (q->n > 0)
		return asked_twice(err);
	if (!json_str(j, &text) || span_trim(text).n == 0)
		return err_set(err, ST_USAGE,
			"\"%.*s\" is a text that is not empty", (int)name.n,
			name.p);
	st = query_check_text(text, "the message", err);
	if (st != ST_OK)
		return st;
	m = msg_new(ROLE_USER);
	if (m == NULL)
		return err_nomem(err);
	buf_span(&m->text, text);
	st = buf_check(&m->text, "message", err);
	if (st != ST_OK) {
		msg_free(m);
		return st;
	}
	return add_message(q, m, err);
}

/* What the client sends stands in place of the agent's. */
static void put_aside(struct sampling *s, struct span name)
{
	if (span_is(name, "top_p"))
		s->top_p.set = false;
	else if (span_is(name, "seed"))
		s->seed.set = false;
	else if (span_is(name, "presence_penalty"))
		s->presence_penalty.set = false;
	else if (span_is(name, "frequency_penalty"))
		s->frequency_penalty.set = false;
	else if (span_is(name, "stop"))
		s->stop.n = 0;
}

static bool is_sent(const struct query *q, struct span name)
{
	size_t i;

	for (i = 0; i < q->params_n; i++) {
		struct span rest = span_str(q->params[i]);

		if (span_eq(span_cut(&rest, '='), name))
			return true;
	}
	return false;
}

enum status query_apply(struct query *q, const struct agent *a,
	struct agent *ret, struct err *err)
{
	const struct opt_list *old = &a->sampling.params;
	size_t n = 0;
	size_t i;

	*ret = *a;
	if (q->temperature.set)
		ret->temperature = q->temperature.v;
	if (q->max_tokens > 0)
		ret->max_tokens = q->max_tokens;
	if (q->params_n == 0)
		return ST_OK;
	q->both = calloc(old->n + q->params_n, sizeof(*q->both));
	if (q->both == NULL)
		return err_nomem(err);
	for (i = 0; i < old->n; i++) {
		struct span rest = span_str(old->v[i]);

		if (!is_sent(q, span_cut(&rest, '=')))
			q->both[n++] = old->v[i];
	}
	for (i = 0; i < q->params_n; i++) {
		struct span rest = span_str(q->params[i]);

		put_aside(&ret->sampling, span_cut(&rest, '='));
		q->both[n++] = q->params[i];
	}
	ret->sampling.params.v = q->both;
	ret->sampling.params.n = n;
	return ST_OK;
}
