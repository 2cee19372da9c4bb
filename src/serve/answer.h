/*
 * What @guide says: a conversation in, the next answer out.
 *
 * The answer is the section of the manual that has the last question among its
 * keywords or fits it best, with the names of related ones under numbers. A
 * number, "more" or "tell me about 2" opens one of those; "tour", "next" and
 * "back" walk through the sections titled "Tour N: ..."; documents that came
 * with the question are searched before the manual. Nothing is remembered
 * between calls: everything is read from the conversation. Pure.
 */
#ifndef ATL_SERVE_ANSWER_H
#define ATL_SERVE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "serve/manual.h"

/* The first line of every answer. */
#define ANSWER_FIRST_LINE "This is the manual of atllama, not a model."

struct turn {
	bool user; /* false: the guide's */
	struct span text;
};

/* Appends the answer to the user's last turn, or a greeting when there is
 * none. */
enum status answer_make(const struct manual *m, const struct turn *turns,
	size_t n, struct buf *out, struct err *err);

#endif
