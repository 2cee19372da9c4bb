/*
 * What the journal and the parts of the catalog share.
 */
#ifndef ATL_STORE_CATALOG_PRIV_H
#define ATL_STORE_CATALOG_PRIV_H

#include "base/arena.h"
#include "store/catalog.h"
#include "store/entry.h"
#include "store/index.h"

struct row {
	struct id id;
	const char *payload; /* NULL: no entry, only files */
	size_t payload_n;
	size_t bytes; /* of its record in the index */
	uint32_t files; /* segments found by the last look at the folders */
	bool stale; /* a file differs from what the entry says */
	bool deleted; /* for good */
};

struct catalog {
	struct vault *vault;
	struct index index;
	struct arena arena; /* payloads of the rows */
	struct arena old; /* payloads of an index replaced meanwhile */
	struct row *rows;
	size_t n;
	size_t cap;
	uint32_t *slots; /* hash of rows: number + 1, or 0 */
	size_t slots_n; /* a power of 2, or 0 */
	size_t live; /* bytes of the records that still count */
	bool building; /* a refresh is at work: do not read the index */
	bool broken; /* memory ran out while records came in */
	bool unkept; /* the index cannot be written */
	bool told; /* the notice has been fetched */
	bool told_reappeared;
	uint64_t resets; /* how often the rows were dropped */
	struct catalog_entry *list;
	size_t list_n;
	size_t list_cap;
	struct buf payload;
	struct buf heads;
	struct buf notice;
};

/* catalog.c */

/* Reads the index entry of a conversation, borrowed from c until the next call.
 * False when there is none. */
bool catalog_entry(struct catalog *c, const struct id *conv, struct entry *ret);
/* Makes the index record of an entry. Its payload belongs to c and is valid
 * until the next call. */
enum status catalog_record(struct catalog *c, const struct entry *e,
	struct record *ret, struct err *err);
/* Appends the entry to the index, where it replaces the earlier one. A missing
 * or damaged index is first rebuilt from all files. ST_IO when the index cannot
 * be written. */
enum status catalog_note(
	struct catalog *c, const struct entry *e, struct err *err);
/* Begins to sync the index; false when that cannot be done. */
bool catalog_settle(struct catalog *c);
/* Waits until that is done; false when it failed. */
bool catalog_settled(struct catalog *c);

/* catalog_rows.c */

/* Forgets all rows. Their payloads stay valid until catalog_free_rows(), since
 * the last list may borrow from them. */
void catalog_drop_rows(struct catalog *c);
void catalog_free_rows(struct catalog *c);
/* Finds the row of an id; NULL when there is none. */
struct row *catalog_row(struct catalog *c, const struct id *id);
/* The same, but makes the row if there is none, which may move the others. NULL
 * when out of memory or beyond CATALOG_MAX. */
struct row *catalog_need_row(struct catalog *c, const struct id *id);
/* Sets the entry of a row: copies the payload; `bytes` is the size of its
 * record in the index. False when out of memory. */
bool catalog_set_row(
	struct catalog *c, struct row *row, struct span payload, size_t bytes);
/* Appends a sentence to the notice. */
void catalog_tell(struct catalog *c, const char *fmt, ...) ATTR_PRINTF(2, 3);
/* For index_ops. */
void catalog_on_reset(void *payload);
void catalog_on_record(const struct record *r, size_t bytes, void *payload);

/* catalog_refresh.c */

/* Updates the rows from the index and the files. */
enum status catalog_refresh(struct catalog *c, struct err *err);
/* Updates the rows and rewrites the index under the present key. */
enum status catalog_rewrite(struct catalog *c, struct err *err);
/* Rewrites the index if most of its records no longer count. A failure does no
 * harm and is ignored. */
void catalog_reduce(struct catalog *c);
/* Writes all rows to the new index, between index_begin() and
 * index_commit(). */
enum status catalog_put_rows(struct catalog *c, struct err *err);

#endif
