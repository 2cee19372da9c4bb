/*
 * What the files of wire/reply share: reply.c takes the bytes in, reply_head.c
 * the headers, reply_text.c gathers the text, and reply_end.c tells how the
 * reply ended.
 */
#ifndef ATL_WIRE_REPLY_PRIV_H
#define ATL_WIRE_REPLY_PRIV_H

#include "wire/chunk.h"
#include "wire/reply.h"

/* Takes a chunk or a whole JSON reply. */
enum status reply_chunk(
	struct reply *r, const struct chunk *c, struct err *err);
/* Mark the reply as failed: for the reason in a body, or with a sentence of
 * ours. */
enum status reply_fail(struct reply *r, struct span body, struct err *err);
enum status reply_fail_with(struct reply *r, enum status status, bool retry,
	const char *text, struct err *err);
/* The same, for bytes that should have been JSON. */
enum status reply_unreadable(
	struct reply *r, struct span data, struct err *err);
/* Sends an event to the sink. Once the sink has failed, nothing more is
 * sent. */
enum status reply_send(
	struct reply *r, const struct event *ev, struct err *err);
enum status reply_notice(struct reply *r, const char *text, struct err *err);
/* Takes the text and the reasoning of a chunk. */
enum status reply_content(
	struct reply *r, const struct chunk *c, struct err *err);
/* Ends the texts: half a character becomes U+FFFD, half a tag is text. */
enum status reply_end_texts(struct reply *r, struct err *err);

#endif
