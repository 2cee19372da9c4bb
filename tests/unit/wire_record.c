/* Payloads of the journal: what is put comes back, and nothing malformed or
 * cut is taken for something else. */
#include <stdlib.h>

#include "unit/check.h"
#include "wire/record.h"
#include "wire/record_summary.h"

static struct msg *bare_sample(void)
{
	struct msg *m = msg_new(ROLE_ASSISTANT);
	size_t i;

	if (m == NULL)
		abort();
	for (i = 0; i < ID_LEN; i++) {
		m->id.b[i] = (uint8_t)i;
		m->parent.b[i] = (uint8_t)(0xf0 + i);
	}
	m->time_ms = 1764000000123;
	m->outcome = OUTCOME_CUT;
	m->recovered = true;
	m->usage = (struct usage){12, -1, INT64_MAX};
	buf_add(&m->text, "a\0b\xff", 4);
	buf_str(&m->reasoning, "because");
	buf_str(&m->agent, "llama");
	buf_str(&m->model, "llama-3.3-70b-instruct");
	buf_str(&m->endpoint, "http://127.0.0.1:8080");
	buf_str(&m->finish, "stop");
	buf_str(&m->note, "the connection was closed");
	return m;
}

static struct msg *sample(void)
{
	struct msg *m = bare_sample();

	CHECK(msg_attach(m, span_str("x.c"), span_str("int x;\n"), NULL) ==
		ST_OK);
	CHECK(msg_attach(m, span_str(""), span_str(""), NULL) == ST_OK);
	return m;
}

static bool same(const struct msg *a, const struct msg *b)
{
	size_t i;

	for (i = 0; i < a->attach_n && i < b->attach_n; i++)
		if (!span_eq(buf_view(&a->attach[i].name),
			    buf_view(&b->attach[i].name)) ||
			!span_eq(buf_view(&a->attach[i].text),
				buf_view(&b->attach[i].text)))
			return false;
	return id_eq(&a->id, &b->id) && id_eq(&a->parent, &b->parent) &&
		a->time_ms == b->time_ms && a->role == b->role &&
		a->outcome == b->outcome && a->recovered == b->recovered &&
		span_eq(buf_view(&a->text), buf_view(&b->text)) &&
		span_eq(buf_view(&a->reasoning), buf_view(&b->reasoning)) &&
		span_eq(buf_view(&a->agent), buf_view(&b->agent)) &&
		span_eq(buf_view(&a->model), buf_view(&b->model)) &&
		span_eq(buf_view(&a->endpoint), buf_view(&b->endpoint)) &&
		span_eq(buf_view(&a->finish), buf_view(&b->finish)) &&
		span_eq(buf_view(&a->note), buf_view(&b->note)) &&
		a->usage.prompt == b->usage.prompt &&
		a->usage.completion == b->usage.completion &&
		a->usage.total == b->usage.total && a->attach_n == b->attach_n;
}

static void test_msg(void)
{
	struct msg *m = sample();
	struct msg *back = NULL;
	struct record_brief brief;
	struct record r;
	struct buf out;

	buf_init(&out, BUF_LARGE);
	CHECK_INT(record_of_msg(m, &out, &r, NULL), ST_OK);
	CHECK_INT(r.type, RECORD_MESSAGE);
	CHECK_INT(r.flags, RECORD_RECOVERED | RECORD_INTERRUPTED);
	CHECK_INT(record_get_msg(&r, &back, NULL), ST_OK);
	CHECK(back != NULL && same(m, back));
	msg_free(back);
	CHECK(record_peek_msg(&r, &brief));
	CHECK_INT(brief.role, ROLE_ASSISTANT);
	CHECK(span_eq(brief.text, buf_view(&m->text)));
	CHECK(span_is(brief.agent, "llama"));
	CHECK(span_is(brief.model, "llama-3.3-70b-instruct"));
	r.payload.n--;
	CHECK(!record_peek_msg(&r, &brief));
	msg_free(m);

	/* The plainest message: empty texts take no room. */
	m = msg_new(ROLE_USER);
	buf_reset(&out);
	back = NULL;
	CHECK_INT(record_of_msg(m, &out, &r, NULL), ST_OK);
	CHECK_INT(r.payload.n, 7);
	CHECK_INT(r.flags, 0);
	CHECK_INT(record_get_msg(&r, &back, NULL), ST_OK);
	CHECK(back != NULL && same(m, back));
	msg_free(back);
	msg_free(m);
	buf_release(&out);
}

/* A long text stays where it is; what is read is the two joined. */
static void test_around(void)
{
	struct msg *m = sample();
	struct msg *back = NULL;
	struct record_brief brief;
	struct record r;
	struct buf out;
	struct buf joined;

	buf_init(&out, BUF_LARGE);
	buf_init(&joined, BUF_LARGE);
	CHECK_INT(record_around_msg(m, &out, &r, NULL), ST_OK);
	CHECK_INT(r.rest.n, 0);
	while (m->text.len <= (size_t)100 * 1024)
		buf_str(&m->text, "more and more ");
	buf_reset(&out);
	CHECK_INT(record_around_msg(m, &out, &r, NULL), ST_OK);
	CHECK_INT(r.rest.n, 0); /* documents come behind it */
	CHECK(record_peek_msg(&r, &brief));

	msg_free(m);
	m = bare_sample();
	while (m->text.len <= (size_t)100 * 1024)
		buf_str(&m->text, "more and more ");
	buf_reset(&out);
	CHECK_INT(record_around_msg(m, &out, &r, NULL), ST_OK);
	CHECK(r.rest.p == m->text.p && r.rest.n == m->text.len);
	CHECK(r.payload.n < 1000);
	CHECK_INT(r.flags, RECORD_RECOVERED | RECORD_INTERRUPTED);
	CHECK(record_peek_msg(&r, &brief));
	CHECK(span_eq(brief.text, buf_view(&m->text)));
	CHECK(span_is(brief.agent, "llama"));
	r.rest.n--;
	CHECK(!record_peek_msg(&r, &brief));
	r.rest.n++;

	buf_span(&joined, r.payload);
	buf_span(&joined, r.rest);
	r.payload = buf_view(&joined);
	r.rest = (struct span){NULL, 0};
	CHECK_INT(record_get_msg(&r, &back, NULL), ST_OK);
	CHECK(back != NULL && same(m, back));
	msg_free(back);
	msg_free(m);
	buf_release(&joined);
	buf_release(&out);
}

/* A payload behind other bytes of the same buf, as callers do who batch. */
static void test_of_msg_appends(void)
{
	struct msg *m = sample();
	struct msg *back = NULL;
	struct record r;
	struct buf out;

	buf_init(&out, BUF_LARGE);
	buf_str(&out, "before");
	CHECK_INT(record_of_msg(m, &out, &r, NULL), ST_OK);
	CHECK(r.payload.p == out.p + 6);
	CHECK_INT(record_get_msg(&r, &back, NULL), ST_OK);
	CHECK(back != NULL && same(m, back));
	msg_free(back);
	msg_free(m);
	buf_release(&out);

	m = sample();
	buf_init(&out, 20);
	CHECK(record_of_msg(m, &out, &r, NULL) != ST_OK);
	msg_free(m);
	buf_release(&out);
}

/* Every cut inside a field is refused; a cut between two reads as less. */
static void test_cuts(void)
{
	struct msg *m = sample();
	struct record r;
	struct buf out;
	size_t whole;
	size_t refused = 0;
	size_t n;

	buf_init(&out, BUF_LARGE);
	CHECK_INT(record_of_msg(m, &out, &r, NULL), ST_OK);
	whole = r.payload.n;
	for (n = 0; n < whole; n++) {
		struct msg *back = NULL;
		struct err err;
		char *exact = malloc(n > 0 ? n : 1);

		if (exact == NULL)
			abort();
		memcpy(exact, out.p, n);
		r.payload = span_of(exact, n);
		if (record_get_msg(&r, &back, &err) == ST_OK) {
			CHECK(back->text.len <= m->text.len);
			msg_free(back);
		} else {
			CHECK_INT(err.code, ST_DAMAGED);
			refused++;
		}
		free(exact);
	}
	/* Twelve fields can end cleanly: before each of them. */
	CHECK_INT(whole - refused, 12);
	msg_free(m);
	buf_release(&out);
}

static void test_unknown(void)
{
	struct record r = {.type = RECORD_MESSAGE};
	struct msg *back = NULL;
	struct err err;
	struct buf out;

	buf_init(&out, BUF_SMALL);
	record_put_field(&out, 0xfffe, span_str("from a later version"));
	record_put_field(&out, 2, span_str("first"));
	record_put_field(&out, 9, span_of("\x63", 1));
	record_put_field(&out, 2, span_str("second"));
	r.payload = buf_view(&out);
	CHECK_INT(record_get_msg(&r, &back, NULL), ST_OK);
	CHECK(back != NULL && span_is(buf_view(&back->text), "second"));
	CHECK(back != NULL && back->outcome == OUTCOME_NONE);
	msg_free(back);
	back = NULL;

	record_put_field(&out, 1, span_of("\x09", 1));
	r.payload = buf_view(&out);
	CHECK_INT(record_get_msg(&r, &back, &err), ST_FAIL);
	CHECK(strstr(err.msg, "role 9") != NULL);
	CHECK(back == NULL);
	buf_release(&out);
}

static void test_sizes(void)
{
	static const struct {
		uint16_t tag;
		const char *value;
	} rows[] = {
		{1, ""},
		{1, "\1\1"},
		{9, ""},
		{10, "12345678"},
		{11, "\14\0\4\0\0"},
	};
	struct buf out;
	size_t i;

	buf_init(&out, BUF_SMALL);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct record r = {.type = RECORD_MESSAGE};
		struct msg *back = NULL;

		buf_reset(&out);
		record_put_field(&out, rows[i].tag, span_str(rows[i].value));
		r.payload = buf_view(&out);
		CHECK_INT(record_get_msg(&r, &back, NULL), ST_DAMAGED);
		CHECK(back == NULL);
	}
	buf_release(&out);
}

static void test_meta(void)
{
	struct meta m = {
		.set = META_TITLE | META_SYSTEM | META_AGENT | META_MODEL |
			META_LEAF | META_TTY | META_THREAD | META_IN_THREAD,
		.title = span_str("Cheese"),
		.system = span_str("Answer briefly."),
		.agent = span_str("llama"),
		.model = span_str(""),
		.tty = span_str("pts/3:17"),
		.leaf = {{7, 7, 7}},
		.thread_at = {{8, 8}},
		.thread = span_str("main"),
		.in_thread = span_str("try"),
	};
	struct meta back;
	struct buf out;
	size_t n;

	buf_init(&out, BUF_SMALL);
	record_put_meta(&m, &out);
	CHECK_INT(record_get_meta(buf_view(&out), &back, NULL), ST_OK);
	CHECK_INT(back.set, m.set);
	CHECK(span_eq(back.title, m.title));
	CHECK(span_eq(back.system, m.system));
	CHECK(span_eq(back.agent, m.agent));
	CHECK(span_eq(back.model, m.model));
	CHECK(span_eq(back.tty, m.tty));
	CHECK(id_eq(&back.leaf, &m.leaf));
	CHECK(id_eq(&back.thread_at, &m.thread_at));
	CHECK(span_eq(back.thread, m.thread));
	CHECK(span_eq(back.in_thread, m.in_thread));
	for (n = 1; n < 12; n++)
		CHECK_INT(record_get_meta(
				  span_of(out.p, out.len - n), &back, NULL),
			ST_DAMAGED);

	buf_reset(&out);
	m.set = META_LEAF;
	record_put_meta(&m, &out);
	CHECK_INT(record_get_meta(buf_view(&out), &back, NULL), ST_OK);
	CHECK_INT(back.set, META_LEAF);

	buf_reset(&out);
	record_put_field(&out, 34, span_str("short"));
	CHECK_INT(record_get_meta(buf_view(&out), &back, NULL), ST_DAMAGED);
	buf_reset(&out);
	record_put_field(&out, 36, span_str("too short"));
	CHECK_INT(record_get_meta(buf_view(&out), &back, NULL), ST_DAMAGED);
	buf_release(&out);
}

static void test_meta_limits(void)
{
	struct meta m = {.set = META_TITLE};
	struct meta back;
	struct buf title;
	struct buf out;

	buf_init(&title, BUF_SMALL);
	buf_init(&out, BUF_SMALL);
	while (title.len < META_TITLE_MAX + 5)
		buf_str(&title, "\xe2\x82\xac"); /* the euro sign */
	m.title = buf_view(&title);
	record_put_meta(&m, &out);
	CHECK_INT(record_get_meta(buf_view(&out), &back, NULL), ST_OK);
	CHECK_INT(back.title.n, META_TITLE_MAX - META_TITLE_MAX % 3);
	buf_release(&title);
	buf_release(&out);
}

static void test_fields(void)
{
	struct span rest;
	struct span value;
	struct buf out;
	uint16_t tag;
	uint64_t n = 0;

	buf_init(&out, BUF_SMALL);
	record_put_u64(&out, 300, UINT64_MAX - 1);
	rest = buf_view(&out);
	CHECK(record_next_field(&rest, &tag, &value));
	CHECK_INT(tag, 300);
	CHECK(record_get_u64(value, &n));
	CHECK(n == UINT64_MAX - 1);
	CHECK(!record_next_field(&rest, &tag, &value));
	CHECK_INT(rest.n, 0);
	value.n = 7;
	CHECK(!record_get_u64(value, &n));

	/* A length beyond the end. */
	out.p[2] = (char)0xff;
	rest = buf_view(&out);
	CHECK(!record_next_field(&rest, &tag, &value));
	CHECK_INT(rest.n, out.len);
	buf_release(&out);
}

static void summaries(void)
{
	struct summary *s = summary_new();
	struct summary *got = NULL;
	struct record r;
	struct buf payload;
	size_t n;

	buf_init(&payload, BUF_SMALL);
	s->id.b[0] = 7;
	s->last.b[3] = 9;
	s->time_ms = 5;
	buf_str(&s->text, "what was said");
	buf_str(&s->model, "m");
	CHECK_INT(record_of_summary(s, &payload, &r, NULL), ST_OK);
	CHECK_INT(r.type, RECORD_SUMMARY);
	CHECK_INT(r.flags, RECORD_MAY_IGNORE);
	CHECK_INT(record_get_summary(&r, &got, NULL), ST_OK);
	CHECK(id_eq(&got->id, &s->id) && id_eq(&got->last, &s->last));
	CHECK(!got->undone && got->time_ms == 5);
	CHECK_STR(got->text.p, "what was said");
	CHECK_STR(got->model.p, "m");
	summary_free(got);
	for (n = 1; n < payload.len; n++) {
		r.payload = span_of(payload.p, n);
		if (record_get_summary(&r, &got, NULL) == ST_OK) {
			/* Only a cut between fields can pass. */
			CHECK(got->undone);
			summary_free(got);
		}
	}
	/* Taken back: there is no text any more. */
	buf_reset(&payload);
	s->undone = true;
	CHECK_INT(record_of_summary(s, &payload, &r, NULL), ST_OK);
	CHECK_INT(record_get_summary(&r, &got, NULL), ST_OK);
	CHECK(got->undone && got->text.len == 0);
	summary_free(got);
	summary_free(s);
	buf_release(&payload);
}

int main(void)
{
	RUN(test_msg);
	RUN(test_around);
	RUN(test_of_msg_appends);
	RUN(test_cuts);
	RUN(test_unknown);
	RUN(test_sizes);
	RUN(test_meta);
	RUN(test_meta_limits);
	RUN(test_fields);
	RUN(summaries);
	return REPORT();
}
