/*
 * The index: the file of the catalog. It has records in the format of a
 * segment, sealed with the vault's index key; the last record of a conversation
 * counts. Appended to without sync. It is rewritten when it is twice as large
 * as what counts; that is checked whenever the list is read and whenever the
 * file has doubled in size.
 *
 * A torn or damaged tail is simply cut off: what it said can be had again from
 * the conversations.
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
	/* The records delivered so far no longer count. */
	void (*reset)(void *payload);
	/* Delivers a record, borrowed for the call; it takes `bytes` bytes of
	 * the file. */
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
	bool fresh; /* opened, and nothing of it delivered yet */
	uint64_t losses; /* places of this file that could not be read */
	struct segment segment;
	struct scan scan; /* how far it has been delivered */
	struct scan_window window;
	/* Where the next record goes; unknown while end is 0. */
	uint64_t end;
	uint64_t next_seq;
	uint8_t link[SEGMENT_LINK];
	/* The last append took the size of the file past a power of two: time
	 * to check how much of it still counts. */
	bool doubled;
	struct buf out;
	struct syncer syncer;
};

/* v is borrowed; *ops is copied. */
void index_init(struct index *x, struct vault *v, const struct index_ops *ops);
void index_release(struct index *x);

/* Delivers the records that are new. ST_NOT_FOUND when there is no file,
 * ST_DAMAGED when its header cannot be read. */
enum status index_sync(struct index *x, struct err *err);
/* Appends one record, which the next index_sync() delivers. Fails as that does,
 * and with ST_BUSY or ST_IO. */
enum status index_append(
	struct index *x, const struct record *r, struct err *err);
/* Begins to sync what was appended; false when there is no file. */
bool index_settle(struct index *x);
/* Waits until that is done; false when it failed. */
bool index_settled(struct index *x);

/*
 * Replace the file. index_begin() takes the lock of the present one, if there
 * is one, and delivers what others appended. Once it has succeeded, call
 * index_put() for each record that is to stay, and then index_commit() in any
 * case, with the status `so_far`: unless that is ST_OK the old file stays.
 */
enum status index_begin(struct index *x, struct err *err);
enum status index_put(struct index *x, const struct record *r, struct err *err);
enum status index_commit(struct index *x, enum status so_far, struct err *err);

#endif
