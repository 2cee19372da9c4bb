/*
 * Compacting: rewrites a conversation as one segment, without the records that
 * later ones make superfluous (store/dead), and the index with only what
 * counts. No message and no branch is lost: they are copied unchanged, in their
 * order.
 *
 * The new segment is written to a temporary file, synced and read back, and
 * then replaces the last one; those before it are then removed, their keys
 * first. A flag in the new segment says that it stands for them, so that a
 * crash in between neither loses nor doubles anything.
 *
 * Left alone are: a damaged conversation, since what cannot be read now would
 * be gone for good; one that is in use; one that a later version has written
 * to; and one with a segment that is read-only or of another device.
 */
#ifndef ATL_STORE_COMPACT_H
#define ATL_STORE_COMPACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"

struct catalog;
struct vault;

struct compact_report {
	/* Set by the caller; each may be NULL. */
	void (*progress)(size_t done, size_t of, void *payload);
	bool (*stop)(void *payload); /* true ends it as ST_STOPPED */
	void *payload;

	size_t conversations; /* looked at, including reserved ones */
	size_t compacted;
	size_t left; /* left alone, for a reason given in `text` */
	size_t damaged; /* of `left`: because of damage */
	size_t records; /* left out */
	size_t segments; /* by how many there are fewer now */
	uint64_t before; /* bytes of the compacted ones, before */
	uint64_t after; /* and after */
	uint64_t index_before; /* bytes of the index; 0: it was not rewritten */
	uint64_t index_after; /* the same */
	size_t temps; /* temporary files left by crashes, removed */
	struct buf text; /* sentences, a line each */
};

void compact_report_init(struct compact_report *r);
void compact_report_release(struct compact_report *r);

/* Compacts n conversations, or with n = 0 all there are, and adds to *r.
 * Returns ST_OK even when some were left alone. */
enum status compact_convs(struct vault *v, struct catalog *c,
	const struct id *ids, size_t n, struct compact_report *r,
	struct err *err);
/* Rewrites the index and fills in its two figures. */
enum status compact_index(
	struct catalog *c, struct compact_report *r, struct err *err);

#endif
