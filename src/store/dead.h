/*
 * Records that a conversation does not need any more: what they say is said
 * again by a later one. That is a note about the conversation all of whose
 * fields are in later notes and count once (a title, but not a thread), or one
 * that says where the conversation stands while a message comes after it; and
 * an API key that was replaced or removed, with the record that removed it.
 * Messages are never among them, nor what this version does not know.
 */
#ifndef ATL_STORE_DEAD_H
#define ATL_STORE_DEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct journal;

/* By their number among all records that read, from 0 on, through all segments
 * in their order. Those of the file, of which a long payload takes several. */
struct dead {
	uint64_t *v; /* in order */
	size_t n;
	size_t cap;
	uint64_t records; /* all there are */
};

/* Of a journal that was opened; reads all of it. dead_release() in any case. */
enum status dead_find(struct journal *j, struct dead *ret, struct err *err);
bool dead_has(const struct dead *d, uint64_t number);
void dead_release(struct dead *d);

#endif
