#include "serve/worker.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A queue, first in, first out. */
struct queue {
	struct worker_job *first;
	struct worker_job **last; /* where the next one goes */
};

struct worker {
	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* the queues and `stop` */
	pthread_cond_t more;
	struct queue urgent;
	struct queue idle;
	struct queue over; /* finished jobs whose `done` was not yet called */
	bool stop;
	pthread_mutex_t busy; /* held while a job is worked on */
	int fd;
	size_t waiting; /* used by the posting thread alone */
};

static void queue_init(struct queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void queue_put(struct queue *q, struct worker_job *job)
{
	job->next = NULL;
	*q->last = job;
	q->last = &job->next;
}

static struct worker_job *queue_take(struct queue *q)
{
	struct worker_job *job = q->first;

	if (job == NULL)
		return NULL;
	q->first = job->next;
	if (q->first == NULL)
		q->last = &q->first;
	job->next = NULL;
	return job;
}

/* Waits for the next job; NULL when the thread is to end. */
static struct worker_job *wait_for_job(struct worker *w)
{
	struct worker_job *job;

	(void)pthread_mutex_lock(&w->lock);
	for (;;) {
		job = queue_take(&w->urgent);
		if (job == NULL)
			job = queue_take(&w->idle);
		if (job != NULL || w->stop)
			break;
		(void)pthread_cond_wait(&w->more, &w->lock);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return job;
}

static void hand_back(struct worker *w, struct worker_job *job)
{
	static const uint64_t one = 1;

	(void)pthread_mutex_lock(&w->lock);
	queue_put(&w->over, job);
	(void)pthread_mutex_unlock(&w->lock);
	/* It fails when the counter is full, and then the reader wakes
	 * anyway. */
	if (write(w->fd, &one, sizeof(one)) < 0)
		return;
}

static void *run(void *payload)
{
	struct worker *w = payload;
	struct worker_job *job;

	while ((job = wait_for_job(w)) != NULL) {
		(void)pthread_mutex_lock(&w->busy);
		job->work(job);
		(void)pthread_mutex_unlock(&w->busy);
		hand_back(w, job);
	}
	return NULL;
}

enum status worker_start(struct worker **ret, struct err *err)
{
	struct worker *w = calloc(1, sizeof(*w));
	sigset_t all;
	sigset_t old;
	int rc;

	if (w == NULL)
		return err_nomem(err);
	queue_init(&w->urgent);
	queue_init(&w->idle);
	queue_init(&w->over);
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_mutex_init(&w->busy, NULL);
	(void)pthread_cond_init(&w->more, NULL);
	/* Signals are for the loop's thread. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = w->fd < 0 ? -1 : pthread_create(&w->thread, NULL, run, w);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc != 0) {
		worker_stop(w);
		return err_set(err, ST_FAIL, "cannot start a thread");
	}
	w->running = true;
	*ret = w;
	return ST_OK;
}

void worker_stop(struct worker *w)
{
	if (w == NULL)
		return;
	/* Jobs that `done` posts are done too. */
	while (w->running && w->waiting > 0) {
		struct pollfd fd = {w->fd, POLLIN, 0};

		(void)poll(&fd, 1, -1);
		worker_step(w);
	}
	if (w->running) {
		(void)pthread_mutex_lock(&w->lock);
		w->stop = true;
		(void)pthread_cond_signal(&w->more);
		(void)pthread_mutex_unlock(&w->lock);
		(void)pthread_join(w->thread, NULL);
	}
	(void)pthread_cond_destroy(&w->more);
	(void)pthread_mutex_destroy(&w->busy);
	(void)pthread_mutex_destroy(&w->lock);
	if (w->fd >= 0)
		(void)close(w->fd);
	free(w);
}

static void post(struct worker *w, struct queue *q, struct worker_job *job)
{
	w->waiting++;
	(void)pthread_mutex_lock(&w->lock);
	queue_put(q, job);
	(void)pthread_cond_signal(&w->more);
	(void)pthread_mutex_unlock(&w->lock);
}

void worker_post(struct worker *w, struct worker_job *job)
{
	post(w, &w->urgent, job);
}

void worker_post_idle(struct worker *w, struct worker_job *job)
{
	post(w, &w->idle, job);
}

int worker_fd(const struct worker *w)
{
	return w->fd;
}

void worker_step(struct worker *w)
{
	struct worker_job *job;
	struct worker_job *next;
	uint64_t count;

	if (read(w->fd, &count, sizeof(count)) < 0)
		count = 0;
	(void)pthread_mutex_lock(&w->lock);
	job = w->over.first;
	queue_init(&w->over);
	(void)pthread_mutex_unlock(&w->lock);
	for (; job != NULL; job = next) {
		next = job->next;
		w->waiting--;
		job->done(job);
	}
}

size_t worker_waiting(const struct worker *w)
{
	return w->waiting;
}

void worker_hold(struct worker *w)
{
	(void)pthread_mutex_lock(&w->busy);
}

void worker_go_on(struct worker *w)
{
	(void)pthread_mutex_unlock(&w->busy);
}
