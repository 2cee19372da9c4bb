#include "store/opener.h"

#include <pthread.h>
#include <stdlib.h>

enum {
	JOBS = 1024, /* records of a window that are known at a time */
	SHARE = 8, /* how many are taken at once */
};

struct job {
	uint8_t *p;
	struct frame frame;
	bool done;
	bool good; /* it could be opened; the result follows */
	struct opened opened;
};

struct opener {
	const struct segment *seg;
	pthread_t thread;
	/* Used by the reader only. */
	size_t next; /* job that is read next */
	size_t known; /* all before this one are known to be done */

	pthread_mutex_t mutex; /* protects what follows */
	pthread_cond_t work; /* the thread waits for jobs */
	pthread_cond_t news; /* the reader waits for the thread */
	size_t taken; /* jobs that the thread or the reader has taken */
	size_t n;
	bool busy; /* the thread is working on jobs */
	bool over;
	struct job jobs[JOBS]; /* until done, a job belongs to its taker */
};

/* Takes some jobs and opens their records. The caller holds the mutex, which is
 * released during the work. */
static void open_some(struct opener *o)
{
	size_t from = o->taken;
	size_t to = o->n - from > SHARE ? from + SHARE : o->n;
	size_t i;

	o->taken = to;
	(void)pthread_mutex_unlock(&o->mutex);
	for (i = from; i < to; i++) {
		struct job *job = &o->jobs[i];

		job->good = segment_open(
			o->seg, job->p, &job->frame, &job->opened);
	}
	(void)pthread_mutex_lock(&o->mutex);
	for (i = from; i < to; i++)
		o->jobs[i].done = true;
}

static void *work(void *payload)
{
	struct opener *o = payload;

	(void)pthread_mutex_lock(&o->mutex);
	while (!o->over) {
		if (o->taken == o->n) {
			(void)pthread_cond_wait(&o->work, &o->mutex);
			continue;
		}
		o->busy = true;
		open_some(o);
		o->busy = false;
		(void)pthread_cond_signal(&o->news);
	}
	(void)pthread_mutex_unlock(&o->mutex);
	return NULL;
}

struct opener *opener_start(const struct segment *seg)
{
	struct opener *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->seg = seg;
	(void)pthread_mutex_init(&o->mutex, NULL);
	(void)pthread_cond_init(&o->work, NULL);
	(void)pthread_cond_init(&o->news, NULL);
	if (pthread_create(&o->thread, NULL, work, o) != 0) {
		free(o);
		return NULL;
	}
	return o;
}

void opener_rest(struct opener *o)
{
	if (o == NULL)
		return;
	(void)pthread_mutex_lock(&o->mutex);
	o->taken = o->n;
	while (o->busy)
		(void)pthread_cond_wait(&o->news, &o->mutex);
	o->taken = 0;
	o->n = 0;
	(void)pthread_mutex_unlock(&o->mutex);
	o->next = 0;
	o->known = 0;
}

void opener_stop(struct opener *o)
{
	if (o == NULL)
		return;
	(void)pthread_mutex_lock(&o->mutex);
	o->taken = o->n;
	o->over = true;
	(void)pthread_cond_signal(&o->work);
	(void)pthread_mutex_unlock(&o->mutex);
	(void)pthread_join(o->thread, NULL);
	free(o);
}

/* Makes jobs from the records that follow one another from p on. */
static void plan(
	struct opener *o, uint8_t *p, size_t n, const struct frame *first)
{
	struct frame f = *first;
	size_t jobs = 0;

	opener_rest(o);
	do {
		struct job *job = &o->jobs[jobs++];

		job->p = p;
		job->frame = f;
		job->done = false;
		p += f.total;
		n -= f.total;
	} while (jobs < JOBS && n >= FRAME_HEAD &&
		frame_get_head(p, &o->seg->info.seg, &f) && f.total <= n);
	(void)pthread_mutex_lock(&o->mutex);
	o->n = jobs;
	(void)pthread_cond_signal(&o->work);
	(void)pthread_mutex_unlock(&o->mutex);
}

/* Waits until the next job is done, and does jobs itself if any are left. */
static void await(struct opener *o)
{
	(void)pthread_mutex_lock(&o->mutex);
	while (!o->jobs[o->next].done) {
		if (o->taken < o->n)
			open_some(o);
		else
			(void)pthread_cond_wait(&o->news, &o->mutex);
	}
	for (o->known = o->next; o->known < o->n; o->known++)
		if (!o->jobs[o->known].done)
			break;
	(void)pthread_mutex_unlock(&o->mutex);
}

bool opener_open(struct opener *o, uint8_t *p, size_t n, const struct frame *f,
	struct opened *ret)
{
	const struct job *job = &o->jobs[o->next];

	/* A job at p is about these bytes: they were not read again since. */
	if (o->next == o->n || job->p != p) {
		plan(o, p, n, f);
		job = &o->jobs[0];
	}
	if (o->next == o->known)
		await(o);
	o->next++;
	*ret = job->opened;
	return job->good;
}
