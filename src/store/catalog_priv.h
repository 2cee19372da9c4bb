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
	uint32_t files; /* seen by the last look at the folders */
	bool stale; /* files are not as the entry says */
	bool deleted; /* for good */
};

struct catalog {
	struct vault *vault;
	struct index index;
	struct arena arena; /* of the payloads of rows, */
	struct arena old; /* and of an index replaced meanwhile */
	struct row *rows;
	size_t n;
	size_t cap;
	uint32_t *slots; /* hash of rows: number + 1, or 0 */
	size_t slots_n; /* a power of 2, or 0 */
	size_t live; /* bytes of the records that count */
	bool building; /* the index is not to be asked: we make it */
	bool broken; /* memory failed while records came in */
	bool unkept; /* the index cannot be written */
	bool told; /* the notice has been asked for */
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

/* What the index says of a conversation; borrowed until the next call. False
 * when it says nothing. */
bool catalog_entry(struct catalog *c, const struct id *conv, struct entry *ret);
/* The record of an entry, whose payload lies in c until the next one. */
enum status catalog_record(struct catalog *c, const struct entry *e,
	struct record *ret, struct err *err);
/* Appends the entry, which replaces the one before. */
enum status catalog_note(
	struct catalog *c, const struct entry *e, struct err *err);
/* Begins to put the entries on the disk; false when that cannot be done. */
bool catalog_settle(struct catalog *c);
/* Waits for the end of it; false when it failed. */
bool catalog_settled(struct catalog *c);

/* catalog_rows.c */

void catalog_drop_rows(struct catalog *c);
void catalog_free_rows(struct catalog *c);
/* NULL when there is none. */
struct row *catalog_row(struct catalog *c, const struct id *id);
/* Makes it where there is none; NULL without memory. Moves the rows. */
struct row *catalog_need_row(struct catalog *c, const struct id *id);
/* Gives the row this entry; false without memory. */
bool catalog_set_row(
	struct catalog *c, struct row *row, struct span payload, size_t bytes);
/* Appends a sentence to the notice. */
void catalog_tell(struct catalog *c, const char *fmt, ...) ATTR_PRINTF(2, 3);
/* For index_ops. */
void catalog_on_reset(void *payload);
void catalog_on_record(const struct record *r, size_t bytes, void *payload);

/* catalog_refresh.c */

/* Brings the rows in line with the index and the files. */
enum status catalog_refresh(struct catalog *c, struct err *err);
/* Brings them in line and writes the index anew, under the present key. */
enum status catalog_rewrite(struct catalog *c, struct err *err);
/* Writes the index anew if most of it does not count any more; a failure is of
 * no consequence. */
void catalog_reduce(struct catalog *c);
/* Puts all rows into the index that was begun. */
enum status catalog_put_rows(struct catalog *c, struct err *err);

#endif
