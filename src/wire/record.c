#include "wire/record.h"

#include <string.h>

#include "base/le.h"
#include "base/utf8.h"
#include "wire/record_tags.h"

enum {
	FIELD_HEAD = 6,
	USAGE_BYTES = 24,
	/* bytes; longer texts need not be copied */
	TEXT_COPIED = 64 * 1024,
};

static void put_head(struct buf *out, uint16_t tag, size_t n)
{
	uint8_t head[FIELD_HEAD];

	if (n > UINT32_MAX) {
		out->bad = true;
		return;
	}
	le16_put(head, tag);
	le32_put(head + 2, (uint32_t)n);
	buf_add(out, head, sizeof(head));
}

void record_put_field(struct buf *out, uint16_t tag, struct span value)
{
	put_head(out, tag, value.n);
	buf_span(out, value);
}

void record_put_u64(struct buf *out, uint16_t tag, uint64_t value)
{
	uint8_t bytes[8];

	le64_put(bytes, value);
	record_put_field(out, tag, span_of(bytes, sizeof(bytes)));
}

bool record_next_field(
	struct span *rest, uint16_t *ret_tag, struct span *ret_value)
{
	const uint8_t *p = (const uint8_t *)rest->p;
	size_t n;

	if (rest->n < FIELD_HEAD)
		return false;
	n = le32_get(p + 2);
	if (n > rest->n - FIELD_HEAD)
		return false;
	*ret_tag = le16_get(p);
	*ret_value = (struct span){rest->p + FIELD_HEAD, n};
	rest->p += FIELD_HEAD + n;
	rest->n -= FIELD_HEAD + n;
	return true;
}

bool record_get_u64(struct span value, uint64_t *ret)
{
	if (value.n != 8)
		return false;
	*ret = le64_get((const uint8_t *)value.p);
	return true;
}

/* Appends a field for a text, unless it is empty. */
static void put_text(struct buf *out, uint16_t tag, const struct buf *text)
{
	if (text->len > 0)
		record_put_field(out, tag, buf_view(text));
}

static void put_byte(struct buf *out, uint16_t tag, unsigned value)
{
	uint8_t byte = (uint8_t)value;

	record_put_field(out, tag, span_of(&byte, 1));
}

static void put_usage(struct buf *out, const struct usage *u)
{
	uint8_t bytes[USAGE_BYTES];

	if (u->prompt < 0 && u->completion < 0 && u->total < 0)
		return;
	le64_put(bytes, (uint64_t)u->prompt);
	le64_put(bytes + 8, (uint64_t)u->completion);
	le64_put(bytes + 16, (uint64_t)u->total);
	record_put_field(out, TAG_USAGE, span_of(bytes, sizeof(bytes)));
}

/* Appends all fields that come before the text. */
static void put_before_text(const struct msg *m, struct buf *out)
{
	put_byte(out, TAG_ROLE, m->role);
	if (m->outcome != OUTCOME_NONE)
		put_byte(out, TAG_OUTCOME, m->outcome);
	put_text(out, TAG_AGENT, &m->agent);
	put_text(out, TAG_MODEL, &m->model);
	put_text(out, TAG_ENDPOINT, &m->endpoint);
	put_text(out, TAG_FINISH, &m->finish);
	put_text(out, TAG_NOTE, &m->note);
	put_text(out, TAG_TASK, &m->task);
	put_usage(out, &m->usage);
	put_text(out, TAG_REASONING, &m->reasoning);
}

void record_put_msg(const struct msg *m, struct buf *out)
{
	size_t i;

	put_before_text(m, out);
	put_text(out, TAG_TEXT, &m->text);
	for (i = 0; i < m->attach_n; i++) {
		const struct attachment *a = &m->attach[i];

		put_head(out, TAG_ATTACHMENT,
			2 * FIELD_HEAD + a->name.len + a->text.len);
		record_put_field(out, TAG_NAME, buf_view(&a->name));
		record_put_field(out, TAG_TEXT, buf_view(&a->text));
	}
}

static enum status make_record(const struct msg *m, const struct buf *payload,
	size_t start, struct record *ret, struct err *err)
{
	enum status st = buf_check(payload, "message", err);

	if (st != ST_OK)
		return st;
	*ret = (struct record){
		.type = RECORD_MESSAGE,
		.time_ms = m->time_ms,
		.id = m->id,
		.parent = m->parent,
		.payload = {payload->p + start, payload->len - start},
	};
	if (m->recovered)
		ret->flags |= RECORD_RECOVERED;
	if (m->role == ROLE_ASSISTANT && m->outcome != OUTCOME_NONE &&
		m->outcome != OUTCOME_COMPLETE && m->outcome != OUTCOME_LENGTH)
		ret->flags |= RECORD_INTERRUPTED;
	return ST_OK;
}

enum status record_of_msg(const struct msg *m, struct buf *payload,
	struct record *ret, struct err *err)
{
	size_t start = payload->len;

	record_put_msg(m, payload);
	return make_record(m, payload, start, ret, err);
}

enum status record_around_msg(const struct msg *m, struct buf *payload,
	struct record *ret, struct err *err)
{
	size_t start = payload->len;
	enum status st;

	if (m->text.len <= TEXT_COPIED || m->attach_n > 0)
		return record_of_msg(m, payload, ret, err);
	put_before_text(m, payload);
	put_head(payload, TAG_TEXT, m->text.len);
	st = make_record(m, payload, start, ret, err);
	if (st == ST_OK)
		ret->rest = buf_view(&m->text);
	return st;
}

static enum status malformed(const char *what, struct err *err)
{
	return err_set(err, ST_DAMAGED, "malformed %s in a saved record", what);
}

static enum status get_attachment(
	struct msg *m, struct span value, struct err *err)
{
	struct span name = {NULL, 0};
	struct span text = {NULL, 0};
	struct span field;
	uint16_t tag;

	while (record_next_field(&value, &tag, &field)) {
		if (tag == TAG_NAME)
			name = field;
		else if (tag == TAG_TEXT)
			text = field;
	}
	if (value.n > 0)
		return malformed("document", err);
	return msg_attach(m, name, text, err);
}

static bool get_usage(struct usage *u, struct span value)
{
	const uint8_t *p = (const uint8_t *)value.p;

	if (value.n != USAGE_BYTES)
		return false;
	u->prompt = (int64_t)le64_get(p);
	u->completion = (int64_t)le64_get(p + 8);
	u->total = (int64_t)le64_get(p + 16);
	return true;
}

static enum status get_role(struct msg *m, struct span value, struct err *err)
{
	unsigned byte;

	if (value.n != 1)
		return malformed("role", err);
	byte = (uint8_t)value.p[0];
	if (byte > ROLE_TOOL)
		return err_set(err, ST_FAIL,
			"a message with role %u, which "
			"this version does not know",
			byte);
	m->role = (enum role)byte;
	return ST_OK;
}

static bool get_outcome(struct msg *m, struct span value)
{
	unsigned byte;

	if (value.n != 1)
		return false;
	byte = (uint8_t)value.p[0];
	m->outcome = byte <= OUTCOME_FAILED ? (enum outcome)byte : OUTCOME_NONE;
	return true;
}

/* A message whose texts are being read into one block of memory. */
struct reading {
	struct msg *m;
	char *room; /* free part of that block */
};

/* The text of m for a tag; NULL for other tags. */
static struct buf *text_of(struct msg *m, uint16_t tag)
{
	switch (tag) {
	case TAG_TEXT: return &m->text;
	case TAG_REASONING: return &m->reasoning;
	case TAG_AGENT: return &m->agent;
	case TAG_MODEL: return &m->model;
	case TAG_ENDPOINT: return &m->endpoint;
	case TAG_FINISH: return &m->finish;
	case TAG_NOTE: return &m->note;
	case TAG_TASK: return &m->task;
	default: return NULL;
	}
}

/* Bytes that hold the texts of a payload; documents are copied one by one. */
static size_t room_for(struct span payload)
{
	struct span value;
	size_t n = 0;
	uint16_t tag;

	while (record_next_field(&payload, &tag, &value))
		if (tag != TAG_ATTACHMENT)
			n += value.n + 1; /* at most the payload itself */
	return n;
}

static bool get_text(struct reading *g, struct buf *to, struct span value)
{
	memcpy(g->room, value.p, value.n);
	g->room[value.n] = '\0';
	buf_reset(to);
	buf_lend(to, g->room, value.n);
	g->room += value.n + 1;
	return !to->bad;
}

static enum status get_field(
	struct reading *g, uint16_t tag, struct span value, struct err *err)
{
	struct msg *m = g->m;
	struct buf *text = text_of(m, tag);

	if (text != NULL)
		return get_text(g, text, value) ? ST_OK
						: malformed("text", err);
	switch (tag) {
	case TAG_ROLE: return get_role(m, value, err);
	case TAG_OUTCOME:
		return get_outcome(m, value) ? ST_OK
					     : malformed("outcome", err);
	case TAG_USAGE:
		return get_usage(&m->usage, value) ? ST_OK
						   : malformed("usage", err);
	case TAG_ATTACHMENT: return get_attachment(m, value, err);
	default: return ST_OK; /* a field of a later version */
	}
}

enum status record_get_msg(
	const struct record *r, struct msg **ret, struct err *err)
{
	return record_get_msg_in(r, NULL, ret, err);
}

enum status record_get_msg_in(const struct record *r, struct arena *a,
	struct msg **ret, struct err *err)
{
	struct reading g;
	struct msg *m;
	struct span rest = r->payload;
	struct span value;
	enum status st = ST_OK;
	uint16_t tag;

	g.m = msg_new_room(a, ROLE_USER, room_for(rest), &g.room);
	if (g.m == NULL)
		return err_nomem(err);
	m = g.m;
	m->id = r->id;
	m->parent = r->parent;
	m->time_ms = r->time_ms;
	m->recovered = (r->flags & RECORD_RECOVERED) != 0;
	while (st == ST_OK && record_next_field(&rest, &tag, &value))
		st = get_field(&g, tag, value, err);
	if (st == ST_OK && rest.n > 0)
		st = malformed("message", err);
	if (st != ST_OK) {
		msg_free(m);
		return st;
	}
	*ret = m;
	return ST_OK;
}

/* Whether the payload is the head of a text whose bytes are r->rest. */
static bool is_text_apart(const struct record *r, struct span payload)
{
	const uint8_t *p = (const uint8_t *)payload.p;

	return r->rest.n > 0 && payload.n == FIELD_HEAD &&
		le16_get(p) == TAG_TEXT && le32_get(p + 2) == r->rest.n;
}

bool record_peek_msg(const struct record *r, struct record_brief *ret)
{
	struct record_brief b = {.role = ROLE_USER};
	struct span payload = r->payload;
	struct span value;
	uint16_t tag;

	while (record_next_field(&payload, &tag, &value)) {
		if (tag == TAG_TEXT)
			b.text = value;
		else if (tag == TAG_AGENT)
			b.agent = value;
		else if (tag == TAG_MODEL)
			b.model = value;
		else if (tag == TAG_ROLE) {
			if (value.n != 1 || (uint8_t)value.p[0] > ROLE_TOOL)
				return false;
			b.role = (enum role)value.p[0];
		}
	}
	if (is_text_apart(r, payload))
		b.text = r->rest;
	else if (payload.n > 0)
		return false;
	*ret = b;
	return true;
}

static void put_name(
	struct buf *out, uint16_t tag, struct span value, size_t max)
{
	value.n = utf8_floor(value, max);
	record_put_field(out, tag, value);
}

static void put_thread(const struct meta *m, struct buf *out)
{
	struct span name = m->thread;

	name.n = utf8_floor(name, META_TITLE_MAX);
	put_head(out, TAG_THREAD, ID_LEN + name.n);
	buf_add(out, m->thread_at.b, ID_LEN);
	buf_span(out, name);
}

void record_put_meta(const struct meta *m, struct buf *out)
{
	if (m->set & META_TITLE)
		put_name(out, TAG_TITLE, m->title, META_TITLE_MAX);
	if (m->set & META_AGENT)
		put_name(out, TAG_AGENT, m->agent, META_NAME_MAX);
	if (m->set & META_MODEL)
		put_name(out, TAG_MODEL, m->model, META_NAME_MAX);
	if (m->set & META_TTY)
		put_name(out, TAG_TTY, m->tty, META_NAME_MAX);
	if (m->set & META_LEAF)
		record_put_field(out, TAG_LEAF, span_of(m->leaf.b, ID_LEN));
	if (m->set & META_THREAD)
		put_thread(m, out);
	if (m->set & META_IN_THREAD)
		put_name(out, TAG_IN_THREAD, m->in_thread, META_TITLE_MAX);
	if (m->set & META_SYSTEM)
		record_put_field(out, TAG_SYSTEM, m->system);
}

enum status record_get_meta(
	struct span payload, struct meta *ret, struct err *err)
{
	struct meta m = {.set = 0};
	struct span value;
	uint16_t tag;

	while (record_next_field(&payload, &tag, &value)) {
		switch (tag) {
		case TAG_TITLE:
			m.title = value;
			m.set |= META_TITLE;
			break;
		case TAG_SYSTEM:
			m.system = value;
			m.set |= META_SYSTEM;
			break;
		case TAG_AGENT:
			m.agent = value;
			m.set |= META_AGENT;
			break;
		case TAG_MODEL:
			m.model = value;
			m.set |= META_MODEL;
			break;
		case TAG_TTY:
			m.tty = value;
			m.set |= META_TTY;
			break;
		case TAG_LEAF:
			if (value.n != ID_LEN)
				return malformed("leaf", err);
			memcpy(m.leaf.b, value.p, ID_LEN);
			m.set |= META_LEAF;
			break;
		case TAG_THREAD:
			if (value.n < ID_LEN)
				return malformed("thread", err);
			memcpy(m.thread_at.b, value.p, ID_LEN);
			m.thread = span_of(value.p + ID_LEN, value.n - ID_LEN);
			m.set |= META_THREAD;
			break;
		case TAG_IN_THREAD:
			m.in_thread = value;
			m.set |= META_IN_THREAD;
			break;
		default: m.set |= META_OTHER; break;
		}
	}
	if (payload.n > 0)
		return malformed("metadata", err);
	*ret = m;
	return ST_OK;
}
