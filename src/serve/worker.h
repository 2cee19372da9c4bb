/*
 * One thread beside the loop, for work that may wait for the disk.
 *
 * Jobs are done one after the other in the order they were posted, urgent ones
 * before those that can wait. `work` runs in the thread; `done` runs later, in
 * worker_step() of the thread that posts. A job, with all it points to, belongs
 * to one of the two threads at any time; the hand-over is a memory barrier.
 *
 * What both threads use (the vault, the list of conversations) is used by
 * `work`, and by the posting thread between worker_hold() and worker_go_on()
 * only.
 */
#ifndef ATL_SERVE_WORKER_H
#define ATL_SERVE_WORKER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

struct worker;

/* Part of the caller's own struct; borrowed until `done` is called. */
struct worker_job {
	void (*work)(struct worker_job *job);
	void (*done)(struct worker_job *job); /* may free the job and post
						 others */
	struct worker_job *next; /* private */
};

enum status worker_start(struct worker **ret, struct err *err) ATTR_MUST_CHECK;
/* Finishes all posted jobs, with their `done`, and ends the thread. NULL is
 * allowed. */
void worker_stop(struct worker *w);

void worker_post(struct worker *w, struct worker_job *job);
/* The same, behind all urgent jobs. */
void worker_post_idle(struct worker *w, struct worker_job *job);

/* Readable when worker_step() has something to do. */
int worker_fd(const struct worker *w);
void worker_step(struct worker *w);
/* Jobs whose `done` has not been called yet. */
size_t worker_waiting(const struct worker *w);

/* Waits for the job at work, if any, and keeps the next one from beginning. */
void worker_hold(struct worker *w);
void worker_go_on(struct worker *w);

#endif
