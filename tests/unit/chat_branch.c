/* chat/branch: the tree of a conversation as runs of messages. */
#include "unit/check.h"

#include "chat/branch.h"

static void say(struct conv *c, uint8_t id, uint8_t parent)
{
	struct msg *m = msg_new(id % 2 == 1 ? ROLE_USER : ROLE_ASSISTANT);

	m->id.b[0] = id;
	m->parent.b[0] = parent;
	CHECK_INT(conv_add(c, m, NULL), ST_OK);
}

/*
 * Each run as "depth:first-last", a "." when it is the last there, "#number",
 * "(name)" and "*" where the conversation stands.
 */
static void check(const struct conv *c, const char *want)
{
	struct branches b;
	struct buf got;
	size_t i;

	buf_init(&got, BUF_LARGE);
	CHECK_INT(branches_of(c, &b, NULL), ST_OK);
	for (i = 0; i < b.n; i++) {
		const struct branch *r = &b.v[i];

		buf_fmt(&got, "%s%zu:", i > 0 ? " " : "", r->depth);
		if (r->first != NULL)
			buf_fmt(&got, "%d-%d", r->first->id.b[0],
				r->last->id.b[0]);
		buf_str(&got, r->final ? "." : "");
		if (r->number > 0)
			buf_fmt(&got, "#%zu", r->number);
		if (r->name.n > 0)
			buf_fmt(&got, "(%.*s)", (int)r->name.n, r->name.p);
		buf_str(&got, r->here ? "*" : "");
	}
	CHECK_STR(got.p, want);
	branches_release(&b);
	buf_release(&got);
}

static void at(struct conv *c, uint8_t leaf)
{
	struct id id = {{leaf}};

	CHECK_INT(conv_goto(c, &id, NULL), ST_OK);
}

static void runs(void)
{
	struct conv c;

	conv_init(&c);
	check(&c, "0:.#1*");
	say(&c, 1, 0);
	say(&c, 2, 1);
	check(&c, "0:1-2.#1*");
	say(&c, 3, 2);
	say(&c, 4, 3);
	check(&c, "0:1-4.#1*");
	/* Another reply to the second question. */
	at(&c, 3);
	say(&c, 6, 3);
	check(&c, "0:1-3. 1:4-4#1 1:6-6.#2*");
	/* Taken back: it stands inside. */
	at(&c, 2);
	check(&c, "0:1-2.#1* 1:3-3. 2:4-4#2 2:6-6.#3");
	/* And another first question. */
	at(&c, 4);
	say(&c, 9, 0);
	check(&c, "0:1-3 1:4-4#1 1:6-6.#2 0:9-9.#3*");
	conv_release(&c);
}

static void threads(void)
{
	struct conv c;
	struct id two = {{2}};
	struct id lost = {{77}};

	conv_init(&c);
	say(&c, 1, 0);
	say(&c, 2, 1);
	CHECK_INT(conv_thread_set(&c, span_str("main"), &two, NULL), ST_OK);
	buf_set(&c.thread, span_str("try"));
	/* Both stand at the same message. */
	check(&c, "0:1-2.#1(try)* 1:.#2(main)");
	say(&c, 3, 2);
	say(&c, 4, 3);
	check(&c, "0:1-2.#1(main) 1:3-4.#2(try)*");
	/* The name of the present one counts only where it stands. */
	CHECK_INT(conv_thread_set(&c, span_str("TRY"), &two, NULL), ST_OK);
	CHECK_INT(c.threads_n, 2);
	check(&c, "0:1-2.#1(main) 1:3-4.#2(try)*");
	CHECK(conv_thread_find(&c, span_str("Main")) != NULL);
	CHECK(conv_thread_find(&c, span_str("none")) == NULL);
	/* What is not there any more stands at the beginning. */
	CHECK_INT(conv_thread_set(&c, span_str("main"), &lost, NULL), ST_OK);
	check(&c, "0:#1(main) 0:1-4.#2(try)*");
	conv_threads_clear(&c);
	check(&c, "0:1-4.#1*");
	conv_release(&c);
}

/* Parents come from the disk: none of these may hang or be read twice. */
static void forged(void)
{
	struct conv c;

	conv_init(&c);
	say(&c, 1, 1);
	say(&c, 2, 3);
	say(&c, 3, 2);
	check(&c, "");
	say(&c, 4, 99);
	check(&c, "0:4-4.#1*");
	conv_release(&c);
}

static void many(void)
{
	enum { N = 200 };
	struct conv c;
	struct branches b;
	int i;

	conv_init(&c);
	for (i = 1; i <= N; i++)
		say(&c, (uint8_t)i, i == 1 ? 0 : 1);
	CHECK_INT(branches_of(&c, &b, NULL), ST_OK);
	CHECK_INT(b.n, N);
	CHECK_INT(b.v[1].first->id.b[0], 2);
	CHECK_INT(b.v[N - 1].first->id.b[0], N);
	CHECK(b.v[N - 1].final && b.v[N - 1].here);
	CHECK_INT(b.v[N - 1].number, N - 1);
	branches_release(&b);
	conv_release(&c);
}

int main(void)
{
	RUN(runs);
	RUN(threads);
	RUN(forged);
	RUN(many);
	return REPORT();
}
