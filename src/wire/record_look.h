/*
 * Further looks at the payload of a message without copying it, for search.
 * Pure.
 */
#ifndef ATL_WIRE_RECORD_LOOK_H
#define ATL_WIRE_RECORD_LOOK_H

#include "wire/record.h"

struct record_document {
	struct span name; /* borrowed */
	struct span text;
};

/* The next document in the rest of a payload, which begins as the payload of a
 * message; false when there is none. */
bool record_next_document(struct span *rest, struct record_document *ret);
/* Role and agent from the beginning of a payload that may be cut off anywhere,
 * which both stand before the texts; left alone where they are not there.
 * *payload then begins with what is there of the first field that is cut, or of
 * its text. */
void record_peek_start(struct span *payload, struct record_brief *ret);

#endif
