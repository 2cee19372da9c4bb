/*
 * Memory that is given out in pieces of any size and freed at once. A zeroed
 * struct is empty. Not fit for threads.
 */
#ifndef ATL_BASE_ARENA_H
#define ATL_BASE_ARENA_H

#include <stddef.h>

#include "base/attr.h"

struct arena_block;

struct arena {
	struct arena_block *last;
};

/* Gives n bytes, aligned for any object, which never move; NULL without
 * memory. */
void *arena_get(struct arena *a, size_t n) ATTR_MUST_CHECK;
/* Frees everything; the arena is empty and usable again. */
void arena_release(struct arena *a);
/* Moves all memory of `from` to `to`. */
void arena_move(struct arena *to, struct arena *from);

#endif
