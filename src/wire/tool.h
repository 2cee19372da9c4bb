/*
 * Calls of functions that arrive in fragments, in all the ways in which
 * endpoints number them: every call under index 0, no index, an index that
 * begins at 1, fragments under the index of another call, the name behind the
 * arguments, arguments as an object instead of a string.
 *
 * A new id starts a new call; an index finds the last call that had it; all
 * else belongs to the last call. Never is anything looked up by position.
 */
#ifndef ATL_WIRE_TOOL_H
#define ATL_WIRE_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "wire/scan.h"

/* Calls in one reply; fragments of further ones are dropped. */
#define TOOLS_MAX ((size_t)128)
/* Bytes of a name or an id. */
#define TOOL_NAME_MAX ((size_t)4096)

struct tool {
	int64_t index;
	bool has_index;
	struct buf id;
	struct buf name;
	struct buf args; /* JSON, when it is whole */
	struct scan_text join; /* of args */
};

struct tools {
	struct tool *rows;
	size_t n;
	size_t cap;
};

void tools_init(struct tools *t);
void tools_release(struct tools *t);
/*
 * Takes the JSON of "tool_calls" (an array) or "function_call" (an object) of
 * a delta. *bytes grows by what is kept. ST_NOMEM is the only failure.
 */
enum status tools_add(
	struct tools *t, struct span json, size_t *bytes, struct err *err);
/* Whether the call has a name, and arguments that are JSON or absent. */
bool tool_is_whole(const struct tool *t);

#endif
