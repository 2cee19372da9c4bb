/*
 * Llama Guard: whether a question, or a reply, is safe.
 *
 * A guard is an agent whose model judges the last message of a conversation,
 * which it is sent as ordinary messages; its template knows the categories. It
 * answers "safe", or "unsafe" and on the next line the categories, as in
 * "S1,S10"; anything else, a failure, and no answer within GUARD_MS leave it
 * undecided.
 *
 * A turn asks it before it sends a question and before, or after, its reply is
 * given on: see engine/turn_guard.c.
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
/* The last messages that it is sent. */
#define GUARD_MESSAGES 6

enum guard_mode {
	GUARD_OFF = 0,
	GUARD_WARN, /* what is unsafe is told */
	GUARD_BLOCK, /* what is unsafe is not sent, and not shown */
};

/* How an agent is guarded. All borrowed. */
struct guard_with {
	const struct agent *agent; /* the guard */
	const struct secret *key;
	enum guard_mode mode;
	bool after; /* nothing of a reply is given before all of it is judged;
		       else it is, sentence by sentence */
	bool allow; /* what is undecided passes when unsafe is blocked */
};

enum guard_verdict { GUARD_UNDECIDED = 0, GUARD_SAFE, GUARD_UNSAFE };

/* Reads an answer; of an unsafe one the categories are appended in words, as in
 * "S1 Violent Crimes, S10 Hate". Pure. */
enum guard_verdict guard_read(struct span answer, struct buf *categories);

/*
 * Asks it about the last message of a path or, when `reply` is not empty, about
 * that as the reply to it. The path is copied.
 */
enum status guard_ask(struct guard **ret, const struct guard_with *with,
	struct http *http, struct known *known, const struct msg *const *path,
	size_t n, struct span reply, struct err *err);
/* After http_step(), and at least every GUARD_LOOK_MS. */
void guard_step(struct guard *g);
#define GUARD_LOOK_MS 10
bool guard_done(const struct guard *g);
/* `why` gets the categories, or the reason why it is undecided. */
enum guard_verdict guard_verdict(const struct guard *g, struct buf *why);
/* NULL is allowed. */
void guard_free(struct guard *g);

#endif
