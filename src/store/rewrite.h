/*
 * A segment being written anew, in a temporary file that takes the place of the
 * one before when all of it is on the disk. Who uses this holds the lock of
 * what is replaced.
 *
 * The temporary file is locked while it is written, so that nobody takes it for
 * what a crash left.
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
	uint64_t seq; /* records so far */
	uint8_t link[SEGMENT_LINK]; /* of the last of them */
	uint64_t bytes; /* of the file */
	struct buf path;
	struct buf out;
	int fd;
	bool made; /* the temporary file is there */
};

/* Then rewrite_release() is safe. */
void rewrite_init(struct rewrite *w);
/* Closes; removes the temporary file unless it took its place. */
void rewrite_release(struct rewrite *w);

/* Makes the file in this folder, and the segment as segment_new() does. */
enum status rewrite_begin(struct rewrite *w, struct vault *v,
	const char *folder, const struct segment_info *info, struct err *err);
/* The index on the disk knows the last segment, which is locked: by that it can
 * be told that the one which takes its place was made of it. */
enum status rewrite_settle(struct journal *j, struct err *err);
/* The one that takes the place of all segments of a journal, under the number
 * of the last. `link` is of the record before, NULL: none is named. */
enum status rewrite_begin_all(struct rewrite *w, struct vault *v,
	const struct journal *j, const uint8_t *link, struct err *err);
enum status rewrite_put(
	struct rewrite *w, const struct record *r, struct err *err);
/* A note, when there is no record yet: a segment without any would be a damaged
 * one. */
enum status rewrite_put_note(
	struct rewrite *w, const char *text, struct err *err);
/* All of it is on the disk when this returns. */
enum status rewrite_sync(struct rewrite *w, struct err *err);
/* Takes the place of the file at `path`, and syncs the folder. */
enum status rewrite_replace(
	struct rewrite *w, const char *path, struct err *err);

/* Reads a conversation that was written anew and tells the catalog that it is
 * on the disk to its end. */
enum status rewrite_note(const struct conv_name *name, struct vault *v,
	struct catalog *c, struct err *err);

#endif
