/*
 * Reads lines from a file or a pipe without ever holding all of it.
 */
#ifndef ATL_APP_BATCH_LINES_H
#define ATL_APP_BATCH_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Bytes of a line. A longer one is skipped, and reading goes on behind it. */
#define BATCH_LINE_MAX ((size_t)16 * 1024 * 1024)

enum batch_line {
	BATCH_LINE_MORE, /* batch_lines_fill() first */
	BATCH_LINE_WHOLE,
	BATCH_LINE_LONG, /* the line was too long and is left out */
	BATCH_LINE_TORN, /* the last line, without a newline */
	BATCH_LINE_END,
};

struct batch_lines {
	int fd; /* borrowed */
	const char *name; /* for messages; borrowed */
	uint64_t number; /* of the present line, from 1 */
	uint64_t start; /* where it begins, in bytes */
	struct buf held;
	size_t at; /* bytes of held that were given already */
	size_t seen; /* bytes of held known to have no newline */
	uint64_t offset; /* where held begins in the file */
	bool end; /* all was read */
	bool dropping; /* skips the rest of a line that is too long */
};

void batch_lines_init(struct batch_lines *l, int fd, const char *name);
void batch_lines_release(struct batch_lines *l);

/* The next line without its newline, valid until the next call of this or of
 * batch_lines_fill(); empty for BATCH_LINE_LONG. */
enum batch_line batch_lines_next(struct batch_lines *l, struct span *ret);
/* Reads once, what there is. */
enum status batch_lines_fill(struct batch_lines *l, struct err *err);
/* How many lines a file has, if it can be read without consuming it; else 0. */
uint64_t batch_lines_count(int fd);

#endif
