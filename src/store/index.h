/*
 * The file of the catalog: records in the format of a segment, sealed with the
 * vault's index key, where the last record of a conversation counts. Appended
 * to without sync; rewritten whole when it is twice what counts, which is
 * looked at when the list is, and whenever the file has doubled.
 *
 * A torn or damaged tail is cut off without ceremony: what it said can be had
 * again from the conversations.
 */
#ifndef ATL_STORE_INDEX_H
#define ATL_STORE_INDEX_H

#include <stdbool.h>
#include <sys/types.h>

#include "store/scan.h"
#include "store/segment.h"
#include "store/syncer.h"

struct vault;

struct index_ops {
	/* What was delivered so far counts no more. */
	void (*reset)(void *payload);
	void (*record)(const struct record *r, size_t bytes, void *payload);
	void *payload;
};

struct index {
	struct vault *vault;
	struct index_ops ops;
	struct buf path;
	struct buf tmp;
	int fd; /* -1 when closed */
	dev_t dev;
	ino_t ino;
	bool fresh; /* opened, and nothing of it delivered */
	uint64_t losses; /* places of this file that did not read */
	struct segment segment;
	struct scan scan; /* how far it was delivered */
	struct scan_window window;
	/* Where the next record goes; not known while end is 0. */
	uint64_t end;
	uint64_t next_seq;
	uint8_t link[SEGMENT_LINK];
	/* The last append made the file longer than a power of two: time to
	 * see how much of it counts. */
	bool doubled;
	struct buf out;
	struct syncer syncer;
};

void index_init(struct index *x, struct vault *v, const struct index_ops *ops);
void index_release(struct index *x);

/* Delivers what is new. ST_NOT_FOUND when there is no file; ST_DAMAGED when its
 * header does not read. */
enum status index_sync(struct index *x, struct err *err);
/* Appends one record; it is delivered by the next sync. As above, and ST_BUSY
 * and ST_IO. */
enum status index_append(
	struct index *x, const struct record *r, struct err *err);
/* Begins to put what was appended on the disk; false when there is no file. */
bool index_settle(struct index *x);
/* Waits for the end of that; false when it failed. */
bool index_settled(struct index *x);

/*
 * Replaces the file. index_begin() takes the lock of the present one, if any,
 * and delivers what others appended; then index_put() each record that is to
 * stay, then index_commit(), which ends it in any case.
 */
enum status index_begin(struct index *x, struct err *err);
enum status index_put(struct index *x, const struct record *r, struct err *err);
enum status index_commit(struct index *x, enum status so_far, struct err *err);

#endif
