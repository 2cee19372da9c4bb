/*
 * How far long work is: a line on standard error that is drawn anew in place
 * and leaves no trace.
 *
 *	progress_start(&p, "searching", "conversations", quiet);
 *	progress_at(&p, done, total);	as often as one likes
 *	progress_hide(&p);		before anything else is written
 *	progress_stop(&p);
 *
 *	searching  [#########...........]  45 %  450 of 1000 conversations
 *
 * The first line appears when the work takes longer than PROGRESS_FIRST_MS, the
 * next ones PROGRESS_EVERY_MS apart, each in one write. Where a line cannot be
 * redrawn (an accessible terminal, a dumb one) it is a sentence by itself, and
 * one comes every PROGRESS_WORDS_MS. Nothing is written when standard error is
 * no terminal, or in the background.
 *
 * Not thread-safe: it belongs to the thread that owns the terminal.
 */
#ifndef ATL_TTY_PROGRESS_H
#define ATL_TTY_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define PROGRESS_FIRST_MS 500
#define PROGRESS_EVERY_MS 100
#define PROGRESS_WORDS_MS 5000

struct progress {
	const char *what; /* borrowed, our own words */
	const char *unit;
	char note[48]; /* written by the owner: shown behind the count, such as
			  a rate */
	bool off;
	bool words; /* sentences */
	bool shown; /* the line is on the screen */
	int64_t next_ms; /* when it may be drawn next */
};

/* `what` is a participle, `unit` a plural; quiet: nothing is shown. */
void progress_start(
	struct progress *p, const char *what, const char *unit, bool quiet);
/* Tells how far it is. total 0: not known; then only the count is shown. */
void progress_at(struct progress *p, uint64_t done, uint64_t total);
/* Removes the line; the next progress_at() that is due draws it again. */
void progress_hide(struct progress *p);
/* The same, for good. A zeroed struct may be hidden and stopped too. */
void progress_stop(struct progress *p);

/* Appends what is shown in so many columns, as one line or a sentence. Pure. */
void progress_line(const struct progress *p, uint64_t done, uint64_t total,
	int columns, struct buf *out);

#endif
