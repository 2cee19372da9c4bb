/*
 * The one poll of the program: descriptors, each with its timeout and what to
 * do when it wakes.
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
	/* Called when an event came (revents of poll) or its timeout passed
	 * (revents 0). */
	enum status (*ready)(short revents, void *payload, struct err *err);
	void *payload;
};

/* Waits once and serves what woke. The first failure of a source ends it. */
enum status loop_once(struct loop_source *sources, size_t n, struct err *err);

/*
 * How a stream is kept from waking the program for every few bytes: words that
 * come faster than two a millisecond are gathered for a millisecond, which
 * nobody sees, and which costs an eighth of the processor time. A burst, as at
 * the start of a connection, is served at once.
 */
struct loop_pace {
	int64_t at_ms;
	int level; /* wake-ups above the pace */
};

/* Counts a wake-up; whether it is time to rest for a millisecond. */
bool loop_count(struct loop_pace *pace, int64_t now_ms);
/* Counts a wake-up, and rests when it is time to; a signal ends the rest. */
void loop_rest(struct loop_pace *pace);

/* As many descriptors as the system allows: each connection is one. */
void loop_raise_files(void);

#endif
