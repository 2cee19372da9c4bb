/*
 * Reads the records of one segment file in order, over whatever damage there
 * is: what does not open is skipped up to the next record that does, and every
 * loss is told. Writes nothing.
 *
 * A scan remembers where it stands, so that it can go on when the file has
 * grown. Memory: one window, no larger than the largest record or 1 MiB.
 */
#ifndef ATL_STORE_SCAN_H
#define ATL_STORE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "store/segment.h"

/* What a scan reads from: returns bytes read, 0 at the end, -1 with errno. */
typedef ssize_t scan_source(void *from, void *p, size_t n, uint64_t offset);

/* A source that is a file: `from` points to its descriptor. */
ssize_t scan_pread(void *from, void *p, size_t n, uint64_t offset);

/* Bytes of a file at hand; may be shared by scans that run one by one. */
struct scan_window {
	uint8_t *p;
	size_t cap;
	uint64_t at; /* offset of p in the file */
	size_t n;
	bool shared; /* set by the owner: a second thread may help */
};

void scan_window_release(struct scan_window *w);

enum scan_fault {
	SCAN_GAP, /* no record in `bytes` at `offset`; `lost` are missing */
	SCAN_LINK, /* the record at `offset` does not follow its predecessor */
	SCAN_ORDER, /* skipped: a record that was read, or passed, before */
	SCAN_FOOT, /* read, but its end is damaged */
};

struct scan_loss {
	enum scan_fault fault;
	uint64_t offset;
	uint64_t bytes;
	uint64_t seq; /* of the record behind it */
	uint64_t lost;
};

/* The record is borrowed for the call; anything but ST_OK ends the scan, and
 * the record counts as read. */
typedef enum status scan_record_fn(
	const struct record *r, uint64_t seq, void *payload, struct err *err);
typedef void scan_loss_fn(const struct scan_loss *loss, void *payload);

/* Where a scan stands. */
struct scan {
	struct segment *seg; /* borrowed */
	bool raw; /* without a key */
	uint64_t end; /* just behind the last good record */
	uint64_t next_seq;
	uint8_t link[SEGMENT_LINK]; /* of the last good record */
	uint64_t last; /* offset of it; 0 before the first */
	uint8_t last_head[FRAME_HEAD];
	/* Of the last call: bytes behind `end`, and what they look like. */
	uint64_t tail;
	bool valid_after;
	bool foot;
};

void scan_begin(struct scan *s, struct segment *seg);
/*
 * Without a key, of a segment_read_raw(): a record is what has both sums. Which
 * record it says was before it, and what else it says, stays sealed; the record
 * that is handed on is empty.
 */
void scan_begin_raw(struct scan *s, struct segment *seg);

/*
 * Goes on from where it stands to the end, which is at `size`. Bytes behind the
 * last good record are not reported as a gap but described in tail, valid_after
 * and foot. ST_IO and ST_NOMEM, or the status of `fn`.
 */
enum status scan_run(struct scan *s, struct scan_window *w, scan_source *source,
	void *from, uint64_t size, scan_record_fn *fn, scan_loss_fn *loss,
	void *payload, struct err *err);

#endif
