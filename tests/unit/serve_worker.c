#include "serve/worker.h"

#include <poll.h>
#include <pthread.h>

#include "unit/check.h"

enum { JOBS = 200 };

struct job {
	struct worker_job job;
	int number;
};

static struct job jobs[JOBS];
static struct worker *worker;
static pthread_t poster;
static int worked[JOBS]; /* in the order they were */
static int n_worked;
static int n_done;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void work(struct worker_job *job)
{
	CHECK(!pthread_equal(pthread_self(), poster));
	worked[n_worked++] = ((struct job *)(void *)job)->number;
}

static void done(struct worker_job *job)
{
	(void)job;
	CHECK(pthread_equal(pthread_self(), poster));
	n_done++;
}

/* The first one holds up the thread until the gate opens. */
static void work_at_gate(struct worker_job *job)
{
	(void)pthread_mutex_lock(&gate);
	(void)pthread_mutex_unlock(&gate);
	work(job);
}

static void done_and_more(struct worker_job *job)
{
	done(job);
	jobs[1].job.work = work;
	jobs[1].job.done = done;
	jobs[1].number = 1;
	worker_post(worker, &jobs[1].job);
}

static void reset(void)
{
	poster = pthread_self();
	n_worked = 0;
	n_done = 0;
	CHECK_INT(worker_start(&worker, NULL), ST_OK);
}

static void test_order(void)
{
	int i;

	reset();
	(void)pthread_mutex_lock(&gate);
	for (i = 0; i < JOBS; i++) {
		jobs[i].job.work = i == 0 ? work_at_gate : work;
		jobs[i].job.done = done;
		jobs[i].number = i;
		/* Every second one can wait. */
		if (i % 2 == 1)
			worker_post_idle(worker, &jobs[i].job);
		else
			worker_post(worker, &jobs[i].job);
	}
	CHECK_INT(worker_waiting(worker), JOBS);
	(void)pthread_mutex_unlock(&gate);
	while (worker_waiting(worker) > 0) {
		struct pollfd fd = {worker_fd(worker), POLLIN, 0};

		(void)poll(&fd, 1, -1);
		worker_step(worker);
	}
	CHECK_INT(n_done, JOBS);
	for (i = 0; i < JOBS / 2; i++) {
		CHECK_INT(worked[i], 2 * i);
		CHECK_INT(worked[JOBS / 2 + i], 2 * i + 1);
	}
	worker_stop(worker);
}

/* Stopping does what is there, and what that posts. */
static void test_stop(void)
{
	reset();
	jobs[0].job.work = work;
	jobs[0].job.done = done_and_more;
	jobs[0].number = 0;
	worker_post(worker, &jobs[0].job);
	worker_stop(worker);
	CHECK_INT(n_worked, 2);
	CHECK_INT(n_done, 2);
	worker_stop(NULL);
}

static void test_hold(void)
{
	reset();
	worker_hold(worker);
	jobs[0].job.work = work;
	jobs[0].job.done = done;
	worker_post(worker, &jobs[0].job);
	CHECK_INT(n_worked, 0);
	worker_go_on(worker);
	worker_stop(worker);
	CHECK_INT(n_worked, 1);
}

int main(void)
{
	RUN(test_order);
	RUN(test_stop);
	RUN(test_hold);
	return REPORT();
}
