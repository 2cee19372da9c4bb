/*
 * Reads the records of one segment file in order, whatever the damage: bytes
 * that do not open as a record are skipped up to the next record that does, and
 * every loss is reported. Writes nothing.
 *
 * A scan remembers where it stopped and can continue there when the file has
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

/* Reads for a scan: returns the number of bytes, 0 at the end, or -1 with
 * errno set. */
typedef ssize_t scan_source(void *from, void *p, size_t n, uint64_t offset);

/* A source that reads a file: `from` points to its descriptor (an int). */
ssize_t scan_pread(void *from, void *p, size_t n, uint64_t offset);

/* The part of a file that is in memory. Scans that run one after the other may
 * share one. */
struct scan_window {
	uint8_t *p;
	size_t cap;
	uint64_t at; /* offset of p in the file */
	size_t n;
	bool shared; /* set by the owner: a second thread may help */
};

void scan_window_release(struct scan_window *w);

enum scan_fault {
	SCAN_GAP, /* `bytes` at `offset` hold no record; `lost` are missing */
	SCAN_LINK, /* the record at `offset` names another predecessor */
	SCAN_ORDER, /* skipped: the record was read or passed before */
	SCAN_FOOT, /* the record was read, but its end is damaged */
};

struct scan_loss {
	enum scan_fault fault;
	uint64_t offset;
	uint64_t bytes;
	uint64_t seq; /* of the record after it */
	uint64_t lost;
};

/* Gets each record, borrowed for the call. Anything but ST_OK ends the scan;
 * the record counts as read even then. */
typedef enum status scan_record_fn(
	const struct record *r, uint64_t seq, void *payload, struct err *err);
typedef void scan_loss_fn(const struct scan_loss *loss, void *payload);

/* Where a scan stands. */
struct scan {
	struct segment *seg; /* borrowed */
	bool raw; /* the scan has no key */
	uint64_t end; /* offset just after the last good record */
	uint64_t next_seq;
	uint8_t link[SEGMENT_LINK]; /* of the last good record */
	uint64_t last; /* offset of that record; 0 before the first */
	uint8_t last_head[FRAME_HEAD];
	/* From the last call: the number of bytes after `end`, and what they
	 * look like. */
	uint64_t tail;
	bool valid_after;
	bool foot;
};

/* Sets s to the beginning of the segment, which is borrowed. */
void scan_begin(struct scan *s, struct segment *seg);
/*
 * Begins a scan without a key, of a segment from segment_read_raw(). Whatever
 * has both checksums counts as a record. The link to its predecessor and the
 * content stay sealed: the record that is passed on is empty.
 */
void scan_begin_raw(struct scan *s, struct segment *seg);

/*
 * Scans from where s stands to the end of the file, which is at `size`. Bytes
 * after the last good record are not reported as a gap but described in tail,
 * valid_after and foot. Fails with ST_IO, ST_NOMEM or the status of `fn`.
 */
enum status scan_run(struct scan *s, struct scan_window *w, scan_source *source,
	void *from, uint64_t size, scan_record_fn *fn, scan_loss_fn *loss,
	void *payload, struct err *err);

#endif
