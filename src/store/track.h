/*
 * What the list shows of a conversation, gathered from its records as they go
 * by. Pure.
 */
#ifndef ATL_STORE_TRACK_H
#define ATL_STORE_TRACK_H

#include <stdint.h>

#include "base/buf.h"
#include "store/entry.h"
#include "wire/record.h"

struct track {
	struct buf title; /* given by a record of metadata */
	struct buf first; /* else: the first line of the first user message */
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
/* Back to nothing seen; keeps the memory. */
void track_reset(struct track *t);
void track_record(struct track *t, const struct record *r);
/* The row of the list; it borrows from t. */
void track_row(
	const struct track *t, const struct id *id, struct catalog_entry *ret);

#endif
