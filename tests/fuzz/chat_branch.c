/*
 * The tree of a conversation whose parents are whatever the disk says: every
 * message that hangs at the beginning is in one run, each run begins where its
 * parent ends, and numbers go up by one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "chat/branch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS_MAX = 400 };

static void require(bool ok)
{
	if (!ok)
		abort();
}

/* Two bytes a step: a message with an id and a parent, a place to stand at, or
 * a name for a place. */
static void step(struct conv *c, uint8_t a, uint8_t b)
{
	struct id id = {{b}};

	if (a < 0xe0) {
		struct msg *m = msg_new(
			a % 2 == 0 ? ROLE_USER : ROLE_ASSISTANT);

		require(m != NULL);
		m->id.b[0] = a;
		m->parent.b[0] = b;
		/* No message has the id that stands for none. */
		m->id.b[1] = 1;
		m->parent.b[1] = b != 0;
		require(conv_add(c, m, NULL) == ST_OK);
		return;
	}
	id.b[1] = b != 0;
	if (a < 0xf0) {
		(void)conv_goto(c, &id, NULL);
	} else {
		char name[2] = {(char)('a' + a % 16), '\0'};

		require(conv_thread_set(c, span_str(name), &id, NULL) == ST_OK);
		if (b % 2 == 0)
			buf_set(&c->thread, span_str(name));
	}
}

static size_t check_run(const struct branches *b, size_t i, size_t numbers)
{
	const struct branch *r = &b->v[i];

	require(r->parent == BRANCH_NONE || r->parent < i);
	require(r->depth ==
		(r->parent == BRANCH_NONE ? 0 : b->v[r->parent].depth + 1));
	require((r->first == NULL) == (r->n == 0));
	require(r->n == 0 || r->last != NULL);
	if (r->n > 0 && r->parent != BRANCH_NONE)
		require(id_eq(&r->first->parent, &b->v[r->parent].last->id));
	if (r->number > 0)
		require(r->number == ++numbers);
	require(r->number > 0 || (!r->here && r->name.n == 0));
	return numbers;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conv c;
	struct branches b;
	size_t numbers = 0;
	size_t messages = 0;
	size_t here = 0;
	size_t i;

	conv_init(&c);
	for (i = 0; i + 1 < size && i < (size_t)2 * STEPS_MAX; i += 2)
		step(&c, data[i], data[i + 1]);
	require(branches_of(&c, &b, NULL) == ST_OK);
	for (i = 0; i < b.n; i++) {
		numbers = check_run(&b, i, numbers);
		messages += b.v[i].n;
		here += b.v[i].here;
	}
	require(messages <= c.n && here <= 1);
	branches_release(&b);
	conv_release(&c);
	return 0;
}
