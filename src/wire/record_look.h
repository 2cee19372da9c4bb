/*
 * Reads parts of a message's payload without copying it, for search. Pure.
 */
#ifndef ATL_WIRE_RECORD_LOOK_H
#define ATL_WIRE_RECORD_LOOK_H

#include "wire/record.h"

struct record_document {
	struct span name; /* borrowed */
	struct span text;
};

/* Takes the next document off the rest of a payload; *rest begins as a whole
 * payload of a message. False when there is none. */
bool record_next_document(struct span *rest, struct record_document *ret);
/* Reads role and agent from the beginning of a payload that may be cut off
 * anywhere; both come before the texts, and stay unset when they are missing.
 * Moves *payload to the first field that is cut off, or to its text. */
void record_peek_start(struct span *payload, struct record_brief *ret);

#endif
