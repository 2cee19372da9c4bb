#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { ALIGN = 16 };

#define BLOCK_MIN ((size_t)64 * 1024)
/* Also the size of a huge page on most machines: one fault instead of 512. */
#define BLOCK_MAX ((size_t)2 * 1024 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t size;
	size_t used; /* a multiple of ALIGN, as is the size of this struct */
	size_t unused;
};

_Static_assert(sizeof(struct arena_block) % ALIGN == 0, "block");

static struct arena_block *alloc_block(size_t size)
{
	struct arena_block *b;

	if (size != BLOCK_MAX)
		return malloc(size);
	b = aligned_alloc(BLOCK_MAX, BLOCK_MAX);
	if (b != NULL)
		(void)madvise(b, BLOCK_MAX, MADV_HUGEPAGE);
	return b;
}

/* Gets a block with room for n bytes. Blocks double in size, so that little
 * data takes little and much is fast. A piece too large for a block gets its
 * own, behind the last one, which is filled further. */
static struct arena_block *new_block(struct arena *a, size_t n)
{
	size_t size = a->last == NULL ? BLOCK_MIN : a->last->size * 2;
	struct arena_block **at = &a->last;
	struct arena_block *b;

	if (size > BLOCK_MAX)
		size = BLOCK_MAX;
	if (n > size - sizeof(*b)) {
		size = sizeof(*b) + n;
		if (a->last != NULL)
			at = &a->last->next;
	}
	b = alloc_block(size);
	if (b == NULL)
		return NULL;
	*b = (struct arena_block){*at, size, sizeof(*b), 0};
	*at = b;
	return b;
}

void *arena_get(struct arena *a, size_t n)
{
	struct arena_block *b = a->last;
	char *p;

	if (n > SIZE_MAX / 2)
		return NULL;
	n = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (b == NULL || n > b->size - b->used) {
		b = new_block(a, n);
		if (b == NULL)
			return NULL;
	}
	p = (char *)b + b->used;
	b->used += n;
	return p;
}

void arena_release(struct arena *a)
{
	while (a->last != NULL) {
		struct arena_block *next = a->last->next;

		free(a->last);
		a->last = next;
	}
}

void arena_move(struct arena *to, struct arena *from)
{
	while (from->last != NULL) {
		struct arena_block *b = from->last;

		from->last = b->next;
		b->next = to->last;
		to->last = b;
	}
}
