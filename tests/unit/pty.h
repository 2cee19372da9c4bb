/*
 * A program on a pseudo-terminal, driven by another: for the tests of src/tty
 * and for tests/tool/pty.c. Everything static; include it once.
 *
 * What the program writes is kept in p->seen. pty_wait_for() looks for a text
 * behind the point where the last one was found. The file that includes it
 * defines _XOPEN_SOURCE (600 or 700) before anything else.
 */
#ifndef ATL_TESTS_PTY_H
#define ATL_TESTS_PTY_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

struct pty {
	int master;
	pid_t pid; /* the session leader; 0 when it was waited for */
	int how; /* its end, as of waitpid() */
	struct buf seen;
	size_t at; /* behind what was expected last */
	struct termios before; /* as the terminal was when it was opened */
};

typedef int pty_main(void *payload);

static bool pty_resize(struct pty *p, int columns, int rows)
{
	struct winsize ws = {.ws_col = (unsigned short)columns,
		.ws_row = (unsigned short)rows};

	return ioctl(p->master, TIOCSWINSZ, &ws) == 0;
}

/* The child: a session of its own, whose terminal is the pty. */
static void pty_child(int master, pty_main *fn, void *payload)
{
	static const int keys[] = {SIGINT, SIGQUIT, SIGTSTP, SIGHUP, SIGTERM};
	const char *name = ptsname(master);
	int slave = -1;
	size_t i;

	/* A shell starts what it runs in the background without them. */
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		(void)signal(keys[i], SIG_DFL);

	if (name != NULL && setsid() >= 0)
		slave = open(name, O_RDWR);
	(void)close(master);
	if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) != 0 ||
		dup2(slave, 0) != 0 || dup2(slave, 1) != 1 ||
		dup2(slave, 2) != 2)
		_exit(99);
	if (slave > 2)
		(void)close(slave);
	exit(fn(payload));
}

/* Opens a terminal of that size and runs fn in a process on it. */
static bool pty_open(
	struct pty *p, int columns, int rows, pty_main *fn, void *payload)
{
	memset(p, 0, sizeof(*p));
	buf_init(&p->seen, BUF_LARGE);
	p->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (p->master < 0 || grantpt(p->master) != 0 ||
		unlockpt(p->master) != 0 || !pty_resize(p, columns, rows) ||
		tcgetattr(p->master, &p->before) != 0)
		return false;
	(void)fflush(NULL);
	p->pid = fork();
	if (p->pid == 0)
		pty_child(p->master, fn, payload);
	return p->pid > 0;
}

/* Reads what has come, waiting at most wait_ms for it. False when the other end
 * is closed and nothing came. */
static bool pty_read(struct pty *p, int wait_ms)
{
	struct pollfd fd = {.fd = p->master, .events = POLLIN};
	char bytes[16 * 1024];
	ssize_t n;

	if (poll(&fd, 1, wait_ms) <= 0)
		return true;
	n = read(p->master, bytes, sizeof(bytes));
	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN);
	buf_add(&p->seen, bytes, (size_t)n);
	return true;
}

/* Where text stands in what was seen from `at` on; -1 when it does not. */
static long pty_find(const struct pty *p, size_t at, struct span text)
{
	for (; at + text.n <= p->seen.len; at++)
		if (memcmp(p->seen.p + at, text.p, text.n) == 0)
			return (long)at;
	return -1;
}

static bool pty_wait_for(struct pty *p, struct span text, int timeout_ms)
{
	int64_t end = clock_mono_ms() + timeout_ms;
	bool open = true;

	for (;;) {
		long at = pty_find(p, p->at, text);
		int64_t left = end - clock_mono_ms();

		if (at >= 0) {
			p->at = (size_t)at + text.n;
			return true;
		}
		if (left <= 0 || !open)
			return false;
		open = pty_read(p, (int)(left < 50 ? left : 50));
	}
}

/* Writes all of it, reading meanwhile, so that neither side blocks. */
static bool pty_write(struct pty *p, struct span bytes)
{
	while (bytes.n > 0) {
		struct pollfd fd = {
			.fd = p->master, .events = POLLIN | POLLOUT};
		size_t part = bytes.n < 256 ? bytes.n : 256;
		ssize_t n;

		if (poll(&fd, 1, 60000) <= 0)
			return false;
		if ((fd.revents & POLLIN) && !pty_read(p, 0))
			return false;
		if (!(fd.revents & POLLOUT))
			continue;
		n = write(p->master, bytes.p, part);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return false;
		if (n > 0) {
			bytes.p += n;
			bytes.n -= (size_t)n;
		}
	}
	return true;
}

/* Reads on until the program ends. False when it does not in time. */
static bool pty_wait_end(struct pty *p, int timeout_ms)
{
	int64_t end = clock_mono_ms() + timeout_ms;

	while (p->pid > 0) {
		pid_t got = waitpid(p->pid, &p->how, WNOHANG);

		if (got == p->pid)
			p->pid = 0;
		else if (clock_mono_ms() >= end)
			return false;
		(void)pty_read(p, p->pid > 0 ? 20 : 0);
		if (p->pid > 0)
			(void)usleep(2000);
	}
	return true;
}

/* Ends the program if it still runs. */
static void pty_close(struct pty *p)
{
	if (p->pid > 0) {
		(void)kill(p->pid, SIGKILL);
		(void)waitpid(p->pid, &p->how, 0);
		p->pid = 0;
	}
	if (p->master >= 0)
		(void)close(p->master);
	p->master = -1;
	buf_release(&p->seen);
}

#endif
