/*
 * Rewrites a segment: the new one is written to a temporary file, which then
 * replaces the old file when all of it is on the disk. The caller holds the
 * lock of what is replaced.
 *
 * The temporary file is locked while it is written, so that nobody takes it for
 * one that a crash left.
 */
#ifndef ATL_STORE_REWRITE_H
#define ATL_STORE_REWRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/segment.h"

struct catalog;
struct conv_name;
struct journal;

struct rewrite {
	struct segment seg;
	uint64_t seq; /* number of records so far */
	uint8_t link[SEGMENT_LINK]; /* of the last record */
	uint64_t bytes; /* size of the file */
	struct buf path;
	struct buf out;
	int fd;
	bool made; /* the temporary file exists */
};

/* Afterwards rewrite_release() may be called. */
void rewrite_init(struct rewrite *w);
/* Closes the file; removes it unless rewrite_replace() has put it in place. */
void rewrite_release(struct rewrite *w);

/* Makes the temporary file in this folder, and a segment as segment_new()
 * does. */
enum status rewrite_begin(struct rewrite *w, struct vault *v,
	const char *folder, const struct segment_info *info, struct err *err);
/* Makes sure that the index on the disk knows the journal's last segment, which
 * is locked. The replacement can then be recognised as made from it. */
enum status rewrite_settle(struct journal *j, struct err *err);
/* Begins a segment that replaces all segments of a journal, with the number of
 * the last. `link` is that of the record before it; NULL: it names none. */
enum status rewrite_begin_all(struct rewrite *w, struct vault *v,
	const struct journal *j, const uint8_t *link, struct err *err);
/* Seals the record with the next number and adds it to the file. */
enum status rewrite_put(
	struct rewrite *w, const struct record *r, struct err *err);
/* Writes a note if there is no record yet: a segment without records would
 * count as damaged. */
enum status rewrite_put_note(
	struct rewrite *w, const char *text, struct err *err);
/* Syncs: on success all of it is on the disk. */
enum status rewrite_sync(struct rewrite *w, struct err *err);
/* Renames the temporary file to `path`, replacing the file there, and syncs the
 * folder. */
enum status rewrite_replace(
	struct rewrite *w, const char *path, struct err *err);

/* Reads a rewritten conversation and tells the catalog that it is on the disk
 * to its end. */
enum status rewrite_note(const struct conv_name *name, struct vault *v,
	struct catalog *c, struct err *err);

#endif
