/*
 * fdatasync(2) beside its caller, who goes on meanwhile: a thread for one sync,
 * gone when that is over.
 *
 * All calls for one syncer come from one thread. What is written to the file
 * while a sync is under way may or may not be part of it.
 */
#ifndef ATL_STORE_SYNCER_H
#define ATL_STORE_SYNCER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct syncer {
	pthread_t thread;
	bool running; /* the thread has not been joined */
	atomic_bool over; /* it has nothing more to do */
	int fd;
	int error; /* errno of the last sync, 0: it went well; the thread's
		    * until it is joined */
};

void syncer_init(struct syncer *s);
/* Whether a sync is under way. */
bool syncer_busy(struct syncer *s);
/* Begins one; the one before must be over. fd stays open until the next
 * syncer_wait(). Where there is no thread to be had, it is done at once. */
void syncer_begin(struct syncer *s, int fd);
/* Waits for the end of the sync under way, if any. Returns the errno with which
 * the last one failed, once, else 0. */
int syncer_wait(struct syncer *s);

#endif
