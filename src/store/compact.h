/*
 * Conversations written anew without dead weight: in one segment, without the
 * records that later ones say again (store/dead), and with the index reduced to
 * what counts. No message is lost by it, nor any branch: they are copied as they
 * are, in their order.
 *
 * The new segment is written to a temporary file, synced, read back, and takes
 * the place of the last one; then those before it are removed, keys first. It
 * bears the flag that it stands for them, so that a crash between loses and
 * doubles nothing.
 *
 * A conversation that is damaged is left alone, since what does not read now
 * would be gone; and so is one that is in use, or has segments of another
 * device.
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
	/* Each may be NULL. */
	void (*progress)(size_t done, size_t of, void *payload);
	bool (*stop)(void *payload); /* true ends it as ST_STOPPED */
	void *payload;

	size_t conversations; /* looked at, those of s/ among them */
	size_t compacted;
	size_t left; /* alone, for a reason that is told */
	size_t damaged; /* among these */
	size_t records; /* left out */
	size_t segments; /* fewer than before */
	uint64_t before; /* bytes of those that were compacted */
	uint64_t after;
	uint64_t index_before; /* 0 both when the index was not */
	uint64_t index_after;
	size_t temps; /* temporary files of crashes, removed */
	struct buf text; /* sentences, a line each */
};

void compact_report_init(struct compact_report *r);
void compact_report_release(struct compact_report *r);

/* n conversations; or all there is, with n = 0. ST_OK also when some were left
 * alone. */
enum status compact_convs(struct vault *v, struct catalog *c,
	const struct id *ids, size_t n, struct compact_report *r,
	struct err *err);
enum status compact_index(
	struct catalog *c, struct compact_report *r, struct err *err);

#endif
