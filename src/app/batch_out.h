/*
 * Where the results of a batch go: a file that a later run can continue, or
 * standard output.
 *
 * A result is one line, written whole: after the program was killed, what it
 * wrote is there, and at most the last line is torn. A file is locked while it
 * is written, and synced at the end and at most BATCH_SYNC_MS after a result
 * came.
 */
#ifndef ATL_APP_BATCH_OUT_H
#define ATL_APP_BATCH_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "app/batch_ids.h"
#include "base/buf.h"
#include "base/err.h"

#define BATCH_SYNC_MS 1000

struct batch_out {
	int fd;
	const char *path; /* borrowed; NULL: standard output */
	bool file; /* a regular one */
	bool gone; /* the reader has gone */
	off_t good; /* length up to the last whole line */
	struct buf pending;
	int64_t since_ms; /* when the first unsynced result came */
	/* What was in a file that is continued. */
	struct batch_ids done;
	uint64_t answered;
	uint64_t failed;
	uint64_t again; /* taken out, to be asked again */
	enum status first; /* first failure among those that stay */
};

void batch_out_init(struct batch_out *o);
void batch_out_release(struct batch_out *o);

/*
 * Opens the output; path NULL: standard output. A file with content is
 * continued with `resume`, and ST_USAGE without it. ST_BUSY while another
 * process writes the file.
 */
enum status batch_out_open(
	struct batch_out *o, const char *path, bool resume, struct err *err);
/* Writes what is pending. */
enum status batch_out_flush(struct batch_out *o, struct err *err);
/* Time until a sync is due; -1: nothing is to be synced. */
int batch_out_timeout_ms(const struct batch_out *o);
enum status batch_out_sync(struct batch_out *o, bool now, struct err *err);

#endif
