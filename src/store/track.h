/*
 * Gathers what the list shows of a conversation from its records as they are
 * read. Does no I/O.
 */
#ifndef ATL_STORE_TRACK_H
#define ATL_STORE_TRACK_H

#include <stdint.h>

#include "base/buf.h"
#include "store/entry.h"
#include "wire/record.h"

struct track {
	struct buf title; /* from a metadata record */
	struct buf first; /* without a title: the first line of the first user
			     message */
	struct buf agent;
	struct buf model;
	struct buf tty;
	int64_t created_ms;
	int64_t updated_ms;
	uint64_t records;
	uint64_t messages;
};

void track_init(struct track *t);
void track_release(struct track *t);
/* Forgets all records seen, but keeps the memory for reuse. */
void track_reset(struct track *t);
void track_record(struct track *t, const struct record *r);
/* Makes the row of the list; *ret borrows from t. */
void track_row(
	const struct track *t, const struct id *id, struct catalog_entry *ret);

#endif
