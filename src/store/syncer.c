#include "store/syncer.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

void syncer_init(struct syncer *s)
{
	s->running = false;
	atomic_init(&s->over, true);
	s->fd = -1;
	s->error = 0;
}

static void *sync_one(void *payload)
{
	struct syncer *s = payload;

	s->error = fdatasync(s->fd) != 0 ? errno : 0;
	atomic_store(&s->over, true);
	return NULL;
}

bool syncer_busy(struct syncer *s)
{
	return !atomic_load(&s->over);
}

void syncer_begin(struct syncer *s, int fd)
{
	sigset_t all;
	sigset_t old;

	(void)syncer_wait(s);
	s->fd = fd;
	atomic_store(&s->over, false);
	/* Signals must go to the thread of the event loop. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	s->running = pthread_create(&s->thread, NULL, sync_one, s) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!s->running)
		(void)sync_one(s);
}

int syncer_wait(struct syncer *s)
{
	int error;

	if (s->running)
		(void)pthread_join(s->thread, NULL);
	s->running = false;
	error = s->error;
	s->error = 0;
	return error;
}
