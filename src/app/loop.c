#include "app/loop.h"

#include <errno.h>
#include <poll.h>
#include <sys/resource.h>
#include <time.h>

#include "base/clock.h"

/* Wake-ups: how many a millisecond has without a rest, and how many more a
 * burst may bring. */
#define PACE 2
#define BURST 32

enum status loop_once(struct loop_source *sources, size_t n, struct err *err)
{
	struct pollfd fds[LOOP_SOURCES_MAX];
	int wait = -1;
	int64_t due[LOOP_SOURCES_MAX];
	int64_t now = clock_mono_ms();
	size_t i;

	if (n > LOOP_SOURCES_MAX)
		return err_set(err, ST_FAIL, "too many sources in one loop");
	for (i = 0; i < n; i++) {
		struct loop_source *s = &sources[i];
		int ms = s->fd >= 0 && s->timeout_ms != NULL
			? s->timeout_ms(s->payload)
			: -1;

		fds[i] = (struct pollfd){s->fd, s->events, 0};
		due[i] = ms < 0 ? INT64_MAX : now + ms;
		if (ms >= 0 && (wait < 0 || ms < wait))
			wait = ms;
	}
	if (poll(fds, (nfds_t)n, wait) < 0) {
		if (errno == EINTR)
			return ST_OK;
		return err_sys(err, ST_FAIL, "cannot wait for events");
	}
	now = clock_mono_ms();
	for (i = 0; i < n; i++) {
		enum status st;

		if (fds[i].revents == 0 && due[i] > now)
			continue;
		st = sources[i].ready(fds[i].revents, sources[i].payload, err);
		if (st != ST_OK)
			return st;
	}
	return ST_OK;
}

bool loop_count(struct loop_pace *pace, int64_t now_ms)
{
	int64_t passed = now_ms - pace->at_ms;

	pace->at_ms = now_ms;
	if (passed > BURST / PACE)
		pace->level = 0;
	else
		pace->level -= (int)passed * PACE;
	if (pace->level < 0)
		pace->level = 0;
	if (pace->level == BURST)
		return true;
	pace->level++;
	return false;
}

void loop_rest(struct loop_pace *pace)
{
	const struct timespec rest = {.tv_nsec = 1000000};

	if (loop_count(pace, clock_mono_ms()))
		(void)nanosleep(&rest, NULL);
}

void loop_raise_files(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) != 0)
		return;
	l.rlim_cur = l.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &l);
}
