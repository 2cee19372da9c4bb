/*
 * Reasoning that an endpoint leaves in the text: models put it between <think>
 * and </think> before their answer, and servers without a parser for it pass
 * that on. Only at the very beginning of a text is it taken for reasoning; the
 * same words anywhere else are text.
 *
 *	think_init(&t, most);
 *	think_feed(&t, text);           as it comes, cut anywhere; afterwards
 *	t.reasoning, then t.text        are what it gave, emptied by the next
 *	think_finish(&t);               feed; the same for what still waited
 *	think_release(&t);
 *
 * The tags, blanks within them at both ends and blanks before the answer are
 * left out. What is without an end is reasoning to its end. Nothing but what
 * may become a tag, and blanks around, waits. Pure.
 */
#ifndef ATL_WIRE_THINK_H
#define ATL_WIRE_THINK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Blanks that are held back; more of them are text or reasoning. */
#define THINK_BLANKS ((size_t)256)

enum think_state {
	THINK_BEFORE = 0, /* nothing but blanks so far */
	THINK_OPENED, /* behind the tag, nothing but blanks so far */
	THINK_INSIDE,
	THINK_CLOSED, /* the answer has not begun */
	THINK_OVER, /* all that follows is text */
};

struct think {
	enum think_state state;
	struct buf reasoning;
	struct buf text;
	struct buf held; /* blanks, then the beginning of a tag */
	size_t matched; /* bytes of that */
};

/* most: bytes of one text that is fed. */
void think_init(struct think *t, size_t most);
void think_release(struct think *t);
void think_feed(struct think *t, struct span s);
void think_finish(struct think *t);
/* What follows need not be fed: it is text. */
bool think_over(const struct think *t);

#endif
