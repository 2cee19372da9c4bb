#include "wire/exchange.h"

#include <string.h>

#include "base/clock.h"
#include "base/le.h"
#include "base/utf8.h"
#include "base/when.h"
#include "wire/foreign.h"
#include "wire/json.h"

enum { NAME_MAX_BYTES = 500 };

/*
 * Writing
 */

void exchange_put_msg(struct json_writer *w, const struct msg *m)
{
	size_t i;

	json_open(w, '{');
	json_member_id(w, "id", &m->id);
	json_member_str(w, "role", span_str(role_name(m->role)));
	json_member_str(w, "content", buf_view(&m->text));
	json_member_time(w, "time", m->time_ms);
	if (m->agent.len > 0)
		json_member_str(w, "agent", buf_view(&m->agent));
	if (m->task.len > 0)
		json_member_str(w, "task", buf_view(&m->task));
	if (m->role == ROLE_ASSISTANT) {
		json_member_str(
			w, "outcome", span_str(outcome_name(m->outcome)));
		json_member_str(w, "model", buf_view(&m->model));
		if (m->endpoint.len > 0)
			json_member_str(w, "endpoint", buf_view(&m->endpoint));
		if (m->reasoning.len > 0)
			json_member_str(
				w, "reasoning", buf_view(&m->reasoning));
	}
	if (m->attach_n > 0) {
		json_key(w, "documents");
		json_open(w, '[');
		for (i = 0; i < m->attach_n; i++) {
			json_open(w, '{');
			json_member_str(
				w, "name", buf_view(&m->attach[i].name));
			json_member_str(
				w, "text", buf_view(&m->attach[i].text));
			json_close(w, '}');
		}
		json_close(w, ']');
	}
	json_close(w, '}');
}

static void put_head(struct json_writer *w, const struct conv *c)
{
	json_member_id(w, "id", &c->id);
	json_member_str(w, "title", buf_view(&c->title));
	if (c->agent.len > 0)
		json_member_str(w, "agent", buf_view(&c->agent));
	if (c->system.len > 0)
		json_member_str(w, "system", buf_view(&c->system));
}

void exchange_put_conv(struct json_writer *w, const struct conv *c,
	struct msg *const *path, size_t n)
{
	size_t i;

	json_open(w, '{');
	put_head(w, c);
	json_key(w, "messages");
	json_open(w, '[');
	for (i = 0; i < n; i++)
		exchange_put_msg(w, path[i]);
	json_close(w, ']');
	json_close(w, '}');
}

void exchange_put_lines(const struct conv *c, struct msg *const *path, size_t n,
	bool safe, struct buf *out)
{
	struct json_writer head = {.out = out, .safe = safe};
	size_t i;

	json_open(&head, '{');
	put_head(&head, c);
	json_close(&head, '}');
	buf_char(out, '\n');
	for (i = 0; i < n; i++) {
		struct json_writer w = {.out = out, .safe = safe};

		exchange_put_msg(&w, path[i]);
		buf_char(out, '\n');
	}
}

/*
 * Reading
 */

struct reading {
	exchange_fn *fn;
	void *payload;
	struct conv conv;
	bool begun; /* conv has content */
	size_t convs; /* conversations given out */
	size_t skipped;
};

/* Appends a text without NULs, which end a text in too many places. */
static void put_clean(struct buf *out, struct span s)
{
	while (s.p != NULL && s.n > 0) {
		struct span part = span_cut(&s, '\0');

		buf_span(out, part);
		if (s.p != NULL)
			buf_str(out, "\xef\xbf\xbd");
	}
}

static void put_name(struct buf *out, struct span s)
{
	buf_reset(out);
	put_clean(
		out, span_of(s.p, s.n < NAME_MAX_BYTES ? s.n : NAME_MAX_BYTES));
	buf_truncate(out, utf8_floor(buf_view(out), NAME_MAX_BYTES));
}

/* Reads content: a string, null, or an array of parts, whose texts are taken.
 * False when it is something else. */
static bool get_content(const struct json *j, struct buf *out)
{
	const struct json *part;
	struct span s;

	switch (json_type(j)) {
	case JSON_STRING:
		(void)json_str(j, &s);
		put_clean(out, s);
		return true;
	case JSON_NONE:
	case JSON_NULL: return true;
	case JSON_ARRAY: break;
	case JSON_BOOL:
	case JSON_NUMBER:
	case JSON_OBJECT: return false;
	}
	for (part = json_first(j); part != NULL; part = json_next(part)) {
		if (json_str(part, &s) || json_str(json_get(part, "text"), &s))
			put_clean(out, s);
		else if (json_type(part) != JSON_OBJECT)
			return false;
	}
	return true;
}

/* Reads a list of documents, each an object with its name and text under these
 * keys. */
static enum status get_documents(struct msg *m, const struct json *list,
	const char *name_key, const char *text_key, struct err *err)
{
	const struct json *d;
	struct buf name;
	struct buf text;
	enum status st = ST_OK;

	buf_init(&name, BUF_SMALL);
	buf_init(&text, BUF_LARGE);
	for (d = json_first(list); d != NULL && st == ST_OK; d = json_next(d)) {
		put_name(&name, json_get_str(d, name_key));
		buf_reset(&text);
		put_clean(&text, json_get_str(d, text_key));
		st = buf_check(&text, "document", err);
		if (st == ST_OK)
			st = msg_attach(
				m, buf_view(&name), buf_view(&text), err);
	}
	buf_release(&name);
	buf_release(&text);
	return st;
}

static enum status fill_msg(
	struct msg *m, const struct json *j, struct err *err)
{
	struct span s;
	int64_t ms;

	put_clean(&m->reasoning, json_get_str(j, "reasoning"));
	put_name(&m->agent, json_get_str(j, "agent"));
	put_name(&m->model, json_get_str(j, "model"));
	put_name(&m->endpoint, json_get_str(j, "endpoint"));
	put_name(&m->task, json_get_str(j, "task"));
	m->time_ms = clock_wall_ms();
	if (json_str(json_get(j, "time"), &s) && when_iso(s, &ms) && ms >= 0)
		m->time_ms = ms;
	if (m->role == ROLE_ASSISTANT) {
		m->outcome = OUTCOME_COMPLETE;
		(void)outcome_parse(json_get_str(j, "outcome"), &m->outcome);
	}
	if (m->reasoning.bad)
		return err_set(err, ST_DAMAGED, "the reasoning is too long");
	return get_documents(m, json_get(j, "documents"), "name", "text", err);
}

static enum status add_msg(struct reading *r, struct msg *m, struct err *err)
{
	enum status st;

	/* The first system message belongs to the conversation. */
	if (m->role == ROLE_SYSTEM && r->conv.n == 0 &&
		r->conv.system.len == 0) {
		buf_set(&r->conv.system, buf_view(&m->text));
		msg_free(m);
		return buf_check(&r->conv.system, "system prompt", err);
	}
	if (m->role == ROLE_SYSTEM || m->role == ROLE_TOOL ||
		(m->text.len == 0 && m->attach_n == 0)) {
		r->skipped++;
		msg_free(m);
		return ST_OK;
	}
	le64_put(m->id.b, r->conv.n + 1);
	m->parent = r->conv.leaf;
	st = conv_add(&r->conv, m, err);
	if (st != ST_OK)
		msg_free(m);
	return st;
}

/* Makes a message of that role and content. The caller frees *ret. */
static enum status new_msg(struct msg **ret, struct span name,
	const struct json *content, struct err *err)
{
	enum role role = ROLE_USER;
	struct msg *m;
	enum status st = ST_OK;

	if (span_is(name, "developer"))
		role = ROLE_SYSTEM;
	else if (span_is(name, "function"))
		role = ROLE_TOOL;
	else if (!role_parse(name, &role))
		return err_set(err, ST_DAMAGED,
			"\"%.*s\" is no role; user, assistant and system are",
			(int)utf8_floor(name, 40), name.p);
	m = msg_new(role);
	if (m == NULL)
		return err_nomem(err);
	if (!get_content(content, &m->text))
		st = err_set(err, ST_DAMAGED, "\"content\" is no text");
	else if (m->text.bad)
		st = err_set(err, ST_DAMAGED, "the message is too long");
	if (st != ST_OK) {
		msg_free(m);
		return st;
	}
	*ret = m;
	return ST_OK;
}

static enum status read_msg(
	struct reading *r, const struct json *j, struct err *err)
{
	struct span name;
	struct msg *m;
	enum status st;

	if (!json_str(json_get(j, "role"), &name))
		return err_set(err, ST_DAMAGED, "a message has no \"role\"");
	st = new_msg(&m, name, json_get(j, "content"), err);
	if (st != ST_OK)
		return st;
	st = fill_msg(m, j, err);
	if (st != ST_OK) {
		msg_free(m);
		return st;
	}
	r->begun = true;
	return add_msg(r, m, err);
}

/* Takes a message that another program exported. */
static enum status take_foreign(
	const struct foreign_msg *f, void *payload, struct err *err)
{
	struct reading *r = payload;
	struct msg *m;
	enum status st = new_msg(&m, f->role, f->content, err);

	if (st != ST_OK)
		return st;
	put_name(&m->model, f->model);
	m->time_ms = f->time_ms >= 0 ? f->time_ms : clock_wall_ms();
	if (m->role == ROLE_ASSISTANT)
		m->outcome = OUTCOME_COMPLETE;
	st = get_documents(
		m, f->documents, "file_name", "extracted_content", err);
	if (st != ST_OK) {
		msg_free(m);
		return st;
	}
	return add_msg(r, m, err);
}

static void drop_conv(struct reading *r)
{
	conv_release(&r->conv);
	r->begun = false;
}

/* Gives out what has been gathered, if there is anything. */
static enum status end_conv(struct reading *r, struct err *err)
{
	enum status st = ST_OK;

	if (r->begun && r->conv.n > 0) {
		st = r->fn(&r->conv, r->payload, err);
		r->convs++;
	}
	drop_conv(r);
	return st;
}

static enum status read_head(
	struct reading *r, const struct json *j, struct err *err)
{
	enum status st = end_conv(r, err);

	if (st != ST_OK)
		return st;
	put_name(&r->conv.title, json_get_str(j, "title"));
	put_name(&r->conv.agent, json_get_str(j, "agent"));
	put_clean(&r->conv.system, json_get_str(j, "system"));
	r->begun = true;
	return buf_check(&r->conv.system, "system prompt", err);
}

static enum status read_conv(
	struct reading *r, const struct json *j, struct err *err)
{
	const struct json *m;
	size_t i = 1;
	enum status st = read_head(r, j, err);

	for (m = json_first(json_get(j, "messages")); m != NULL && st == ST_OK;
		m = json_next(m), i++) {
		st = read_msg(r, m, err);
		if (st == ST_DAMAGED)
			err_prefix(err, "message %zu", i);
	}
	return st == ST_OK ? end_conv(r, err) : st;
}

static enum status read_foreign(
	struct reading *r, const struct json *j, struct err *err)
{
	enum status st = end_conv(r, err);

	if (st != ST_OK)
		return st;
	put_name(&r->conv.title, foreign_title(j));
	r->begun = true;
	st = foreign_each(j, take_foreign, r, err);
	return st == ST_OK ? end_conv(r, err) : st;
}

/* Reads an object: a conversation, a message, or in lines the head of a
 * conversation. */
static enum status read_object(
	struct reading *r, const struct json *j, struct err *err)
{
	if (json_type(j) != JSON_OBJECT)
		return err_set(err, ST_DAMAGED,
			"neither a conversation nor a message");
	if (json_type(json_get(j, "messages")) == JSON_ARRAY)
		return read_conv(r, j, err);
	if (foreign_is(j))
		return read_foreign(r, j, err);
	if (json_get(j, "role") != NULL)
		return read_msg(r, j, err);
	if (json_get(j, "title") != NULL || json_get(j, "system") != NULL)
		return read_head(r, j, err);
	return err_set(err, ST_DAMAGED,
		"an object with neither \"messages\" nor \"role\"");
}

static enum status read_value(
	struct reading *r, const struct json *j, struct err *err)
{
	const struct json *e;
	size_t i = 1;
	enum status st = ST_OK;

	if (json_type(j) != JSON_ARRAY)
		return read_object(r, j, err);
	for (e = json_first(j); e != NULL && st == ST_OK;
		e = json_next(e), i++) {
		st = read_object(r, e, err);
		if (st == ST_DAMAGED)
			err_prefix(err, "element %zu", i);
	}
	return st;
}

static enum status read_line(
	struct reading *r, struct span line, struct err *err)
{
	struct json *j = NULL;
	enum status st = json_parse(line, &j, err);

	if (st == ST_OK)
		st = read_object(r, j, err);
	json_free(j);
	return st;
}

static enum status read_lines(
	struct reading *r, struct span text, struct err *err)
{
	size_t number = 1;
	enum status st = ST_OK;

	for (; text.p != NULL && st == ST_OK; number++) {
		struct span line = span_trim(span_cut(&text, '\n'));

		if (line.n == 0)
			continue;
		st = read_line(r, line, err);
		if (st == ST_DAMAGED)
			err_prefix(err, "line %zu", number);
	}
	return st;
}

/* Whether the first line is a whole object and more lines come. */
static bool is_lines(struct span text)
{
	struct span line = span_trim(span_cut(&text, '\n'));
	struct json *j = NULL;
	bool whole;

	if (line.n == 0 || line.p[0] != '{' || span_trim(text).n == 0)
		return false;
	whole = json_parse(line, &j, NULL) == ST_OK;
	json_free(j);
	return whole;
}

enum status exchange_read(struct span text, exchange_fn *fn, void *payload,
	size_t *ret_skipped, struct err *err)
{
	struct reading r = {.fn = fn, .payload = payload};
	struct json *j = NULL;
	enum status st;

	conv_init(&r.conv);
	text = span_trim(text);
	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		text = span_trim(span_of(text.p + 3, text.n - 3));
	if (is_lines(text)) {
		st = read_lines(&r, text, err);
	} else {
		st = json_parse(text, &j, err);
		if (st == ST_OK)
			st = read_value(&r, j, err);
	}
	if (st == ST_OK)
		st = end_conv(&r, err);
	if (st == ST_OK && r.convs == 0)
		st = err_set(err, ST_DAMAGED, "there is no message in it");
	*ret_skipped = r.skipped;
	json_free(j);
	conv_release(&r.conv);
	return st;
}
