/* chat: messages and the tree they form. */
#include "unit/check.h"

#include <stdlib.h>

#include "chat/conv.h"

static struct msg *make(
	uint8_t id, uint8_t parent, enum role role, const char *text)
{
	struct msg *m = msg_new(role);

	m->id.b[0] = id;
	m->parent.b[0] = parent;
	buf_str(&m->text, text);
	return m;
}

static void check_path(const struct conv *c, const char *want)
{
	struct msg **path = NULL;
	size_t n = 0;
	char got[64] = "";
	size_t i;

	CHECK_INT(conv_path(c, &path, &n, NULL), ST_OK);
	for (i = 0; i < n && i < sizeof(got) - 1; i++)
		got[i] = path[i]->text.p[0];
	CHECK_STR(got, want);
	free(path);
}

static void branches_and_undo(void)
{
	struct conv c;
	struct err err;
	struct id none = {{0}};

	conv_init(&c);
	check_path(&c, "");
	CHECK_INT(conv_undo(&c, 1, &err), ST_NOT_FOUND);
	CHECK_INT(conv_add(&c, make(1, 0, ROLE_USER, "a"), &err), ST_OK);
	CHECK_INT(conv_add(&c, make(2, 1, ROLE_ASSISTANT, "b"), &err), ST_OK);
	CHECK_INT(conv_add(&c, make(3, 2, ROLE_USER, "c"), &err), ST_OK);
	CHECK_INT(conv_add(&c, make(4, 3, ROLE_ASSISTANT, "d"), &err), ST_OK);
	check_path(&c, "abcd");
	CHECK_INT(conv_undo(&c, 3, &err), ST_NOT_FOUND);
	check_path(&c, "abcd");
	CHECK_INT(conv_undo(&c, 1, &err), ST_OK);
	check_path(&c, "ab");
	CHECK_INT(conv_add(&c, make(5, 2, ROLE_USER, "e"), &err), ST_OK);
	check_path(&c, "abe");
	CHECK(conv_find(&c, &(struct id){{4}}) != NULL);
	CHECK_INT(conv_goto(&c, &(struct id){{4}}, &err), ST_OK);
	check_path(&c, "abcd");
	CHECK_INT(conv_goto(&c, &(struct id){{9}}, &err), ST_NOT_FOUND);
	CHECK_INT(conv_undo(&c, 2, &err), ST_OK);
	CHECK(id_is_none(&c.leaf));
	CHECK_INT(conv_goto(&c, &none, &err), ST_OK);
	conv_release(&c);
}

static void replaced_under_the_same_id(void)
{
	struct conv c;
	struct err err;

	conv_init(&c);
	CHECK_INT(conv_add(&c, make(1, 0, ROLE_USER, "a"), &err), ST_OK);
	CHECK_INT(conv_add(&c, make(2, 1, ROLE_ASSISTANT, "b"), &err), ST_OK);
	CHECK_INT(conv_add(&c, make(2, 1, ROLE_ASSISTANT, "c"), &err), ST_OK);
	CHECK_INT(c.n, 2);
	check_path(&c, "ac");
	conv_release(&c);
}

static void a_ring_of_parents_ends(void)
{
	struct conv c;
	struct err err;
	struct msg **path = NULL;
	size_t n = 0;

	conv_init(&c);
	CHECK_INT(conv_add(&c, make(1, 2, ROLE_ASSISTANT, "a"), &err), ST_OK);
	CHECK_INT(conv_add(&c, make(2, 1, ROLE_ASSISTANT, "b"), &err), ST_OK);
	CHECK_INT(conv_path(&c, &path, &n, &err), ST_OK);
	CHECK_INT(n, 2);
	free(path);
	CHECK(conv_last(&c, ROLE_USER) == NULL);
	conv_release(&c);
}

static void a_lost_message_costs_itself(void)
{
	struct conv c;

	conv_init(&c);
	CHECK_INT(conv_add(&c, make(1, 0, ROLE_USER, "a"), NULL), ST_OK);
	CHECK_INT(conv_add(&c, make(2, 1, ROLE_ASSISTANT, "b"), NULL), ST_OK);
	/* 3 is lost. */
	CHECK_INT(conv_add(&c, make(4, 3, ROLE_ASSISTANT, "d"), NULL), ST_OK);
	CHECK_INT(conv_add(&c, make(5, 4, ROLE_USER, "e"), NULL), ST_OK);
	/* A first question that was asked anew stays one. */
	CHECK_INT(conv_add(&c, make(6, 0, ROLE_USER, "f"), NULL), ST_OK);
	CHECK_INT(conv_goto(&c, &(struct id){{5}}, NULL), ST_OK);
	check_path(&c, "de");
	conv_rejoin(&c);
	check_path(&c, "abde");
	CHECK_INT(conv_goto(&c, &(struct id){{6}}, NULL), ST_OK);
	check_path(&c, "f");
	conv_release(&c);
}

/* One that was added before its parent, which hangs on what is lost. */
static void rejoining_makes_no_ring(void)
{
	struct conv c;

	conv_init(&c);
	CHECK_INT(conv_add(&c, make(1, 2, ROLE_ASSISTANT, "a"), NULL), ST_OK);
	CHECK_INT(conv_add(&c, make(2, 9, ROLE_USER, "b"), NULL), ST_OK);
	CHECK_INT(conv_goto(&c, &(struct id){{1}}, NULL), ST_OK);
	conv_rejoin(&c);
	check_path(&c, "ba");
	conv_release(&c);
}

static void many_messages_are_found(void)
{
	struct conv c;
	struct err err;
	uint32_t i;

	conv_init(&c);
	for (i = 1; i <= 5000; i++) {
		struct msg *m = msg_new(ROLE_USER);

		/* Ids that all fall on one slot, as no random ones would. */
		m->id.b[12] = (uint8_t)i;
		m->id.b[13] = (uint8_t)(i >> 8);
		if (i % 2 == 0)
			m->id.b[0] = (uint8_t)(i % 7);
		CHECK(conv_add(&c, m, &err) == ST_OK);
	}
	CHECK_INT(c.n, 5000);
	for (i = 0; i < c.n; i++)
		if (conv_find(&c, &c.all[i]->id) != c.all[i])
			CHECK_INT(i, -1);
	conv_release(&c);
}

static void titles(void)
{
	struct conv c;
	struct buf out;

	conv_init(&c);
	buf_init(&out, BUF_SMALL);
	conv_make_title(&c, &out);
	CHECK_STR(out.p, "untitled");
	CHECK_INT(conv_add(&c,
			  make(1, 0, ROLE_USER,
				  "\n  What \t is this?\nsecond line"),
			  NULL),
		ST_OK);
	buf_reset(&out);
	conv_make_title(&c, &out);
	CHECK_STR(out.p, "What is this?");
	buf_set(&c.all[0]->text,
		span_str("1234567890 1234567890 1234567890 1234567890 "
			 "1234567890 1234567890"));
	buf_reset(&out);
	conv_make_title(&c, &out);
	CHECK_STR(out.p,
		"1234567890 1234567890 1234567890 1234567890 "
		"1234567890 12345\xe2\x80\xa6");
	buf_release(&out);
	conv_release(&c);
}

static void content_fences_documents(void)
{
	struct msg *m = msg_new(ROLE_USER);
	struct buf out;
	struct err err;

	buf_init(&out, BUF_SMALL);
	buf_str(&m->text, "Explain");
	CHECK_INT(msg_attach(m, span_str("a.md"), span_str("x\n```\ny"), &err),
		ST_OK);
	CHECK_INT(msg_attach(m, span_str("b\n\".c"), span_str("z\n"), &err),
		ST_OK);
	msg_content(m, &out);
	CHECK_STR(out.p,
		"Explain\n\nDocument \"a.md\":\n````\nx\n```\ny\n````"
		"\n\nDocument \"b?'.c\":\n```\nz\n```");
	msg_free(m);
	buf_release(&out);
}

static void words(void)
{
	enum role r;
	enum outcome o;

	CHECK(role_parse(span_str("human"), &r) && r == ROLE_USER);
	CHECK(role_parse(span_str("ai"), &r) && r == ROLE_ASSISTANT);
	CHECK(!role_parse(span_str("robot"), &r));
	CHECK(outcome_parse(span_str("cut"), &o) && o == OUTCOME_CUT);
	CHECK_INT(outcome_status(OUTCOME_LENGTH, false), ST_OK);
	CHECK_INT(outcome_status(OUTCOME_LENGTH, true), ST_LENGTH);
}

static void a_copy_shares_nothing(void)
{
	struct msg *m = make(1, 0, ROLE_USER, "hello");
	struct msg *d;

	CHECK_INT(msg_attach(m, span_str("n"), span_str("t"), NULL), ST_OK);
	d = msg_dup(m);
	CHECK(d != NULL && d->text.p != m->text.p);
	msg_free(m);
	CHECK_STR(d->text.p, "hello");
	CHECK_STR(d->attach[0].text.p, "t");
	msg_free(d);
}

int main(void)
{
	RUN(branches_and_undo);
	RUN(replaced_under_the_same_id);
	RUN(a_ring_of_parents_ends);
	RUN(a_lost_message_costs_itself);
	RUN(rejoining_makes_no_ring);
	RUN(many_messages_are_found);
	RUN(titles);
	RUN(content_fences_documents);
	RUN(words);
	RUN(a_copy_shares_nothing);
	return REPORT();
}
