/*
 * Dead records: those that a conversation no longer needs, because a later
 * record says the same or replaces them. These are:
 * - a note about the conversation, if each of its fields is of the kind of
 *   which only the last counts (a title, but not a thread) and is in a later
 *   note;
 * - a note that says where the conversation stands, if a message follows it;
 * - an API key that was replaced or removed, and the record that removed it.
 * Messages are never dead, nor is anything that this version does not know.
 */
#ifndef ATL_STORE_DEAD_H
#define ATL_STORE_DEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct journal;

/* The dead records by number. The records of the file that can be read are
 * counted from 0 through all segments in order; a long payload takes
 * several. */
struct dead {
	uint64_t *v; /* ascending */
	size_t n;
	size_t cap;
	uint64_t records; /* how many records there are, dead or not */
};

/* Finds the dead records of an open journal, and reads all of it for that. The
 * caller calls dead_release() on *ret even when it fails. */
enum status dead_find(struct journal *j, struct dead *ret, struct err *err);
bool dead_has(const struct dead *d, uint64_t number);
void dead_release(struct dead *d);

#endif
