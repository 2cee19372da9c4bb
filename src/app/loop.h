/*
 * The one poll of the program: descriptors, each with its timeout and with what
 * to call when it wakes.
 */
#ifndef ATL_APP_LOOP_H
#define ATL_APP_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define LOOP_SOURCES_MAX 8

struct loop_source {
	int fd; /* -1: skipped, and so is its timeout */
	short events; /* of poll */
	/* NULL: no timeout. -1: none now. */
	int (*timeout_ms)(void *payload);
	/* Called after an event (revents as of poll) or the timeout (revents
	 * 0). */
	enum status (*ready)(short revents, void *payload, struct err *err);
	void *payload;
};

/* Waits once and calls the sources that woke. The first failure of one ends
 * it. */
enum status loop_once(struct loop_source *sources, size_t n, struct err *err);

/*
 * Keeps a stream from waking the program for every few bytes: what comes faster
 * than two pieces a millisecond is gathered for a millisecond, which nobody
 * notices, and which cost an eighth of the processor time. A burst, as at the
 * start of a connection, is served at once.
 */
struct loop_pace {
	int64_t at_ms;
	int level; /* wake-ups above the pace */
};

/* Counts a wake-up. True when it is time to rest for a millisecond. */
bool loop_count(struct loop_pace *pace, int64_t now_ms);
/* Counts a wake-up, and rests when it is time to; a signal ends the rest. */
void loop_rest(struct loop_pace *pace);

/* Raises the limit of descriptors as far as the system allows: each connection
 * takes one. */
void loop_raise_files(void);

#endif
