#include "store/graves.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/vec.h"
#include "store/catalog.h"
#include "store/journal.h"

struct graves {
	struct id *v; /* sorted once all are read */
	size_t n;
	size_t cap;
};

static enum status on_record(
	const struct record *r, void *payload, struct err *err)
{
	struct graves *g = payload;

	if (r->type != RECORD_TOMBSTONE)
		return ST_OK;
	if (!vec_grow(&g->v, &g->cap, g->n + 1, sizeof(*g->v), CATALOG_MAX))
		return err_nomem(err);
	g->v[g->n++] = r->id;
	return ST_OK;
}

static int id_order(const void *a, const void *b)
{
	return id_cmp(a, b);
}

/* Opens the journal and reads all ids into g, sorted. The caller closes *ret
 * and frees g->v, even after a failure. */
static enum status open_all(struct vault *v, struct catalog *c,
	struct graves *g, struct journal **ret, struct err *err)
{
	struct journal_with with = {v, c, on_record, g};
	enum status st = journal_open_reserved(&with, "deleted", ret, err);

	if (st == ST_OK)
		st = journal_read(*ret, err);
	if (st == ST_OK && g->n > 1)
		qsort(g->v, g->n, sizeof(*g->v), id_order);
	return st;
}

static bool is_there(const struct graves *g, const struct id *id)
{
	return g->n > 0 &&
		bsearch(id, g->v, g->n, sizeof(*g->v), id_order) != NULL;
}

enum status graves_add(struct vault *v, struct catalog *c, const struct id *ids,
	size_t n, struct err *err)
{
	struct graves g = {NULL, 0, 0};
	struct journal *j = NULL;
	size_t last = n;
	size_t i;
	enum status st = open_all(v, c, &g, &j, err);

	/* Find the last id to be added: its append syncs all of them. */
	while (last > 0 && is_there(&g, &ids[last - 1]))
		last--;
	for (i = 0; i < last && st == ST_OK; i++) {
		struct record r = {.type = RECORD_TOMBSTONE,
			.time_ms = clock_wall_ms(),
			.id = ids[i]};

		if (!is_there(&g, &ids[i]))
			st = journal_append(j, &r, i + 1 == last, err);
	}
	journal_close(j);
	free(g.v);
	return st;
}

enum status graves_each(struct vault *v,
	enum status (*fn)(const struct id *id, void *payload, struct err *err),
	void *payload, struct err *err)
{
	struct graves g = {NULL, 0, 0};
	struct journal *j = NULL;
	size_t i;
	enum status st = open_all(v, NULL, &g, &j, err);

	for (i = 0; i < g.n && st == ST_OK; i++)
		st = fn(&g.v[i], payload, err);
	journal_close(j);
	free(g.v);
	return st;
}
