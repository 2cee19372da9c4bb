/*
 * Where the results of a batch go: a file that can be gone on with, or standard
 * output.
 *
 * A result is one line, written whole; what was written when the program was
 * killed is there, and at most the last line is torn. A file is locked while
 * it is written, synced at most BATCH_SYNC_MS after a result came, and at the
 * end.
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
	bool gone; /* whoever read it is no more */
	off_t good; /* its length without a line that is half written */
	struct buf pending;
	int64_t since_ms; /* of the first that is not synced; -1: none */
	/* What a file that is gone on with has. */
	struct batch_ids done;
	uint64_t answered;
	uint64_t failed;
	uint64_t again; /* failed for what may pass, and taken out */
	enum status first; /* failure of those that stay */
};

void batch_out_init(struct batch_out *o);
void batch_out_release(struct batch_out *o);

/*
 * Opens it; path NULL: standard output. A file that has something in it
 * is gone on with if `resume`, else ST_USAGE. ST_BUSY while another process
 * writes it.
 */
enum status batch_out_open(
	struct batch_out *o, const char *path, bool resume, struct err *err);
/* Writes what is pending. */
enum status batch_out_flush(struct batch_out *o, struct err *err);
/* -1: nothing is to be synced. */
int batch_out_timeout_ms(const struct batch_out *o);
enum status batch_out_sync(struct batch_out *o, bool now, struct err *err);

#endif
