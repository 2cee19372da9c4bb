/*
 * The inside of wire/reply: what its parts share. reply.c takes the bytes in,
 * reply_text.c gathers the text, reply_end.c says how the reply ended.
 */
#ifndef ATL_WIRE_REPLY_END_H
#define ATL_WIRE_REPLY_END_H

#include "wire/chunk.h"
#include "wire/reply.h"

/* The sse_fn of a reply; payload is the struct reply. */
enum status reply_event(
	const struct sse_event *ev, void *payload, struct err *err);
/* Takes in a chunk or a whole JSON reply. */
enum status reply_chunk(
	struct reply *r, const struct chunk *c, struct err *err);
/* Marks the reply as failed: out of a body, or with a sentence of ours. */
enum status reply_fail(struct reply *r, struct span body, struct err *err);
enum status reply_fail_with(struct reply *r, enum status status, bool retry,
	const char *text, struct err *err);
/* The same, for bytes that should have been JSON. */
enum status reply_unreadable(
	struct reply *r, struct span data, struct err *err);
/* To the sink; once it has refused, nothing more. */
enum status reply_send(
	struct reply *r, const struct event *ev, struct err *err);
enum status reply_notice(struct reply *r, const char *text, struct err *err);
/* Takes in the text and the reasoning of a chunk. */
enum status reply_content(
	struct reply *r, const struct chunk *c, struct err *err);
/* The texts end: U+FFFD for half a character, as text for half a tag. */
enum status reply_end_texts(struct reply *r, struct err *err);

#endif
