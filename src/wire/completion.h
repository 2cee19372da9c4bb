/*
 * Writes an answer in the form of OpenAI's chat completions, whole or as chunks
 * of an event stream. Pure.
 */
#ifndef ATL_WIRE_COMPLETION_H
#define ATL_WIRE_COMPLETION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "chat/msg.h"
#include "wire/json.h"

/* What stands in each chunk; borrowed. */
struct completion {
	struct span id;
	struct span model;
	int64_t created_s; /* of 1970 */
};

struct completion_reply {
	struct span text;
	struct span reasoning; /* empty: none is told */
	struct span tools; /* calls as JSON, see completion_call(); empty:
			      none */
	const char *finish; /* NULL: null */
	struct usage usage; /* unknown counts are written as 0: clients compute
			       with them */
};

/* The finish reason for an outcome; NULL for a reply that did not end. */
const char *completion_finish(enum outcome outcome, bool calls_tools);

/* A call of a tool: a row of "tool_calls". */
struct completion_call {
	struct span id;
	struct span name;
	struct span arguments; /* JSON, as the model wrote it */
};

void completion_call(struct json_writer *w, const struct completion_call *call);

/* The object "chat.completion". */
void completion_whole(struct json_writer *w, const struct completion *c,
	const struct completion_reply *r);

/* Append an event: a chunk whose delta has one member; one with a whole call
 * (rows count from 0); the one that ends the choice; one without a choice, for
 * the usage; and the end of the stream. */
void completion_delta(const struct completion *c, const char *key,
	struct span value, struct buf *out);
void completion_calls(const struct completion *c, size_t row,
	const struct completion_call *call, struct buf *out);
void completion_last(
	const struct completion *c, const char *finish, struct buf *out);
void completion_counts(
	const struct completion *c, const struct usage *u, struct buf *out);
void completion_end(struct buf *out);

#endif
