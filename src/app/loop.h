/*
 * The one poll of the program: descriptors, each with its timeout and what to
 * do when it wakes.
 */
#ifndef ATL_APP_LOOP_H
#define ATL_APP_LOOP_H

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

/* As many descriptors as the system allows: each connection is one. */
void loop_raise_files(void);

#endif
