/*
 * Conversations as other programs export them, for wire/exchange.
 *
 * Known by their shape: ChatGPT's, a tree of messages in "mapping", of which
 * the branch that ends in "current_node" is taken; Claude's, a list in
 * "chat_messages"; and ShareGPT's, a list of "from" and "value" in
 * "conversations". None of them is documented by who writes it: what is missing
 * is left out, and what is unknown is ignored. Pure.
 */
#ifndef ATL_WIRE_FOREIGN_H
#define ATL_WIRE_FOREIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct json;

/* A message; all of it borrowed for the call. */
struct foreign_msg {
	struct span role; /* for role_parse */
	const struct json *content; /* a text or parts; NULL without any */
	const struct json *documents; /* {file_name, extracted_content} */
	struct span model; /* may be empty */
	int64_t time_ms; /* wall clock; -1 when it is not told */
};

/* Anything but ST_OK ends the walk with it. */
typedef enum status foreign_fn(
	const struct foreign_msg *m, void *payload, struct err *err);

bool foreign_is(const struct json *j);
/* Empty when it has none. */
struct span foreign_title(const struct json *j);
/* Its messages in their order. ST_DAMAGED says which one is wrong. */
enum status foreign_each(
	const struct json *j, foreign_fn *fn, void *payload, struct err *err);

#endif
