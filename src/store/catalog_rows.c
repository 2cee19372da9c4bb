#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/le.h"
#include "base/vec.h"
#include "store/catalog_priv.h"

#define SLOTS_MAX (CATALOG_MAX * 4) /* at most half are in use; a power of 2 */

void catalog_drop_rows(struct catalog *c)
{
	/* Kept until the next list, since the last one may borrow from them. */
	arena_move(&c->old, &c->arena);
	c->resets++;
	c->n = 0;
	c->live = 0;
	if (c->slots_n > 0)
		memset(c->slots, 0, c->slots_n * sizeof(*c->slots));
}

void catalog_free_rows(struct catalog *c)
{
	arena_release(&c->old);
}

/* Ids are random, so any of their bytes make a good hash. */
static size_t slot_of(const struct catalog *c, const struct id *id)
{
	return (size_t)(le64_get(id->b) ^ le64_get(id->b + 8)) &
		(c->slots_n - 1);
}

struct row *catalog_row(struct catalog *c, const struct id *id)
{
	size_t at;

	if (c->slots_n == 0)
		return NULL;
	for (at = slot_of(c, id); c->slots[at] != 0;
		at = (at + 1) & (c->slots_n - 1))
		if (id_eq(&c->rows[c->slots[at] - 1].id, id))
			return &c->rows[c->slots[at] - 1];
	return NULL;
}

static void put_slot(struct catalog *c, size_t number)
{
	size_t at = slot_of(c, &c->rows[number].id);

	while (c->slots[at] != 0)
		at = (at + 1) & (c->slots_n - 1);
	c->slots[at] = (uint32_t)number + 1; /* at most CATALOG_MAX */
}

/* Makes room for one more row: at most half of the slots may be in use. */
static bool grow_slots(struct catalog *c)
{
	size_t n = c->slots_n > 0 ? c->slots_n * 2 : 64;
	uint32_t *slots = NULL;
	size_t cap = 0;
	size_t i;

	if ((c->n + 1) * 2 <= c->slots_n)
		return true;
	/* Not calloc: see index_grow() in chat/conv.c. */
	if (!vec_grow(&slots, &cap, n, sizeof(*slots), SLOTS_MAX))
		return false;
	free(c->slots);
	c->slots = slots;
	c->slots_n = n;
	for (i = 0; i < c->n; i++)
		put_slot(c, i);
	return true;
}

struct row *catalog_need_row(struct catalog *c, const struct id *id)
{
	struct row *row = catalog_row(c, id);

	if (row != NULL)
		return row;
	if (!grow_slots(c) ||
		!vec_grow(&c->rows, &c->cap, c->n + 1, sizeof(*c->rows),
			CATALOG_MAX))
		return NULL;
	row = &c->rows[c->n];
	memset(row, 0, sizeof(*row));
	row->id = *id;
	put_slot(c, c->n);
	c->n++;
	return row;
}

bool catalog_set_row(
	struct catalog *c, struct row *row, struct span payload, size_t bytes)
{
	char *copy = arena_get(&c->arena, payload.n);

	if (copy == NULL)
		return false;
	if (payload.n > 0)
		memcpy(copy, payload.p, payload.n);
	c->live -= row->bytes;
	c->live += bytes;
	row->payload = copy;
	row->payload_n = payload.n;
	row->bytes = bytes;
	return true;
}

void catalog_tell(struct catalog *c, const char *fmt, ...)
{
	va_list ap;

	if (c->told)
		buf_reset(&c->notice);
	c->told = false;
	va_start(ap, fmt);
	buf_vfmt(&c->notice, fmt, ap);
	va_end(ap);
	buf_char(&c->notice, '\n');
}

void catalog_on_reset(void *payload)
{
	catalog_drop_rows(payload);
}

void catalog_on_record(const struct record *r, size_t bytes, void *payload)
{
	struct catalog *c = payload;
	struct row *row;

	if (r->type != RECORD_ENTRY && r->type != RECORD_DELETED)
		return;
	row = catalog_need_row(c, &r->id);
	if (row == NULL) {
		c->broken = true;
		return;
	}
	if (row->deleted)
		return;
	if (r->type == RECORD_ENTRY) {
		if (!catalog_set_row(c, row, r->payload, bytes))
			c->broken = true;
		return;
	}
	c->live -= row->bytes;
	c->live += bytes;
	row->bytes = bytes;
	row->deleted = true;
	row->payload = NULL;
}
