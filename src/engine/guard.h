/*
 * Llama Guard: judges whether a question or a reply is safe.
 *
 * A guard is an agent whose model judges the last message of a conversation,
 * which it gets as ordinary messages; its chat template knows the categories.
 * It answers "safe", or "unsafe" with the categories on the next line, as in
 * "S1,S10". Anything else, a failure, and no answer within GUARD_MS leave the
 * verdict open.
 *
 * A turn asks the guard before it sends a question, and before or after it
 * passes on the reply: see engine/turn_guard.c.
 */
#ifndef ATL_ENGINE_GUARD_H
#define ATL_ENGINE_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "chat/msg.h"
#include "conf/agent.h"

struct guard;
struct http;
struct known;

#define GUARD_MS 30000
/* How many of the last messages the guard is sent. */
#define GUARD_MESSAGES 6

enum guard_mode {
	GUARD_OFF = 0,
	GUARD_WARN, /* tells what is unsafe */
	GUARD_BLOCK, /* neither sends nor shows what is unsafe */
};

/* How an agent is guarded. All borrowed. */
struct guard_with {
	const struct agent *agent; /* the guard */
	const struct secret *key;
	enum guard_mode mode;
	bool after; /* a reply is passed on once all of it was judged; else
		       sentence by sentence */
	bool allow; /* GUARD_BLOCK lets pass what is undecided */
};

enum guard_verdict { GUARD_UNDECIDED = 0, GUARD_SAFE, GUARD_UNSAFE };

/* Reads an answer, and appends the categories of an unsafe one in words: "S1
 * Violent Crimes, S10 Hate". Pure. */
enum guard_verdict guard_read(struct span answer, struct buf *categories);

/*
 * Asks the guard about the last message of a path or, when `reply` is not
 * empty, about that reply to it. The path is copied. The caller frees *ret with
 * guard_free().
 */
enum status guard_ask(struct guard **ret, const struct guard_with *with,
	struct http *http, struct known *known, const struct msg *const *path,
	size_t n, struct span reply, struct err *err);
/* Call after http_step(), and at least every GUARD_LOOK_MS. */
void guard_step(struct guard *g);
#define GUARD_LOOK_MS 10
bool guard_done(const struct guard *g);
/* The verdict; appends the categories, or why it is undecided, to `why`. */
enum guard_verdict guard_verdict(const struct guard *g, struct buf *why);
/* NULL is allowed. */
void guard_free(struct guard *g);

#endif
