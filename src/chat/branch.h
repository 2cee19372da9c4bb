/*
 * The tree of a conversation as branches: runs of messages without a fork, in
 * the order in which a tree is drawn, each before those that begin at its end.
 *
 * A run ends where no message follows, where several do, and where a thread
 * stands. A run that ends a branch or has a thread at its end has a number;
 * numbers count from 1 in the order of the list, and stay the same until
 * something is added. Where several threads stand at one message, or a thread
 * stands before the first message, there are runs without messages for them.
 * Pure.
 */
#ifndef ATL_CHAT_BRANCH_H
#define ATL_CHAT_BRANCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "chat/conv.h"

#define BRANCH_NONE SIZE_MAX

struct branch {
	const struct msg *first; /* NULL: without messages */
	const struct msg *last; /* NULL: before the first message */
	size_t n; /* messages in the run */
	size_t parent; /* the run at whose end it begins; BRANCH_NONE */
	size_t depth; /* number of runs above it */
	bool final; /* the last run that begins there */
	bool here; /* the conversation stands at its end */
	size_t number; /* 0: other runs begin at its end, and no thread stands
			  there */
	struct span name; /* of that thread; may be empty; borrowed */
};

struct branches {
	struct branch *v;
	size_t n;
	size_t cap;
};

/* Fills *ret, which the caller releases in any case. It borrows from the
 * conversation and is valid until that changes. */
enum status branches_of(const struct conv *c, struct branches *ret,
	struct err *err) ATTR_MUST_CHECK;
void branches_release(struct branches *b);

#endif
