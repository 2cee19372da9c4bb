/*
 * Memory that is given out in pieces of any size and freed at once. All zero is
 * an empty one. Not fit for threads.
 */
#ifndef ATL_BASE_ARENA_H
#define ATL_BASE_ARENA_H

#include <stddef.h>

#include "base/attr.h"

struct arena_block;

struct arena {
	struct arena_block *last;
};

/* n bytes, aligned for any object, that stay where they are; NULL without
 * memory. */
void *arena_get(struct arena *a, size_t n) ATTR_MUST_CHECK;
/* Frees everything; it is empty and usable again. */
void arena_release(struct arena *a);
/* Gives all that `from` holds to `to`. */
void arena_move(struct arena *to, struct arena *from);

#endif
