/*
 * Runs fdatasync(2) in the background while the caller goes on. Each sync has a
 * thread of its own, which ends with it.
 *
 * All calls for one syncer must come from one thread. What is written to the
 * file during a sync may or may not be included in it.
 */
#ifndef ATL_STORE_SYNCER_H
#define ATL_STORE_SYNCER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct syncer {
	pthread_t thread;
	bool running; /* the thread has not been joined yet */
	atomic_bool over; /* the thread has finished its sync */
	int fd;
	int error; /* errno of the last sync, 0 on success; belongs to the
		    * thread until that is joined */
};

void syncer_init(struct syncer *s);
/* Whether a sync is under way. */
bool syncer_busy(struct syncer *s);
/* Begins a sync; the one before must be over. The caller keeps fd open until
 * the next syncer_wait(). If no thread can be made, syncs before returning. */
void syncer_begin(struct syncer *s, int fd);
/* Waits for the sync under way, if any. Returns the errno with which the last
 * one failed, but only once; otherwise 0. */
int syncer_wait(struct syncer *s);

#endif
