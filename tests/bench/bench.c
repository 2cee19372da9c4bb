/*
 * atl-bench: two commands against each other, run in turn.
 *
 *   atl-bench [-n RUNS] [-w RUNS] [-l LABEL] [-i FILE] [--until TEXT]
 *             [--wall RATIO] [--cpu RATIO] [--rss RATIO] [--plus BYTES]
 *             -- A... -- B...
 *
 * Runs A and B alternately, -w times to warm up and -n times (21) measured,
 * which of them goes first changing each time, with stdin from -i (else
 * /dev/null). Their stdout is a pipe whose other end is read at once. With
 * --until A runs on a pseudo-terminal instead: its wall time is over when it
 * has written TEXT there, after which its terminal is taken away; an empty
 * TEXT waits for its end.
 *
 * One line is printed for each budget: the label, the medians of both, their
 * ratio A/B, and the budget. CPU time is user and system time together; memory
 * is the greatest resident size, of which A may have --plus BYTES more. Without
 * any budget the three are printed for information. Exit: 0, 1 when a budget
 * is exceeded, 2 when a command fails, with words on stderr.
 */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#define RUNS_MAX 10000
#define PATIENCE_MS 60000

enum what { WALL, CPU, RSS, WHATS };

static const char *const names[] = {"wall", "cpu", "memory"};
static const char *const units[] = {"ms", "ms", "MB"};

struct side {
	char **argv;
	int64_t *seen[WHATS]; /* us, us, bytes */
};

struct bench {
	int runs;
	int warm_up;
	const char *label;
	const char *input;
	const char
		*until; /* A runs on a terminal until it says this; or NULL */
	double limit[WHATS]; /* 0: none */
	long long plus; /* bytes */
	struct side side[2];
};

static int fail(const char *what, const char *which)
{
	(void)fprintf(stderr, "atl-bench: %s%s%s\n", what,
		which[0] != '\0' ? ": " : "", which);
	return 2;
}

static void become(char **argv, int in, int out)
{
	if (in < 0 || out < 0 || dup2(in, STDIN_FILENO) < 0 ||
		dup2(out, STDOUT_FILENO) < 0)
		_exit(127);
	(void)close(in);
	(void)close(out);
	(void)execvp(argv[0], argv);
	_exit(127);
}

/* A session of its own, with the terminal for all three streams. */
static void become_on_terminal(char **argv, int master)
{
	const char *name = ptsname(master);
	int slave = -1;

	if (name != NULL && setsid() >= 0)
		slave = open(name, O_RDWR);
	(void)close(master);
	if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) != 0 ||
		dup2(slave, STDERR_FILENO) < 0)
		_exit(127);
	become(argv, slave, dup(slave));
}

static bool has(const char *p, size_t n, const char *text)
{
	size_t len = strlen(text);
	size_t i;

	for (i = 0; i + len <= n; i++)
		if (memcmp(p + i, text, len) == 0)
			return true;
	return false;
}

/* Reads until the text has come, or, if it is empty, until the other end
 * closes; false when it does not come to that. */
static bool drain(int fd, const char *until)
{
	static char bytes[256 * 1024];
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	size_t have = 0;

	while (poll(&ready, 1, PATIENCE_MS) > 0) {
		ssize_t n = read(fd, bytes + have, sizeof(bytes) - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return until[0] == '\0';
		if (until[0] == '\0')
			continue;
		have += (size_t)n;
		if (has(bytes, have, until))
			return true;
		if (have == sizeof(bytes))
			return false;
	}
	return false;
}

static int64_t us_of(const struct timeval *t)
{
	return (int64_t)t->tv_sec * 1000000 + (int64_t)t->tv_usec;
}

static void note(int64_t *seen, int64_t began_us, const struct rusage *used)
{
	seen[WALL] = clock_mono_us() - began_us;
	seen[CPU] = us_of(&used->ru_utime) + us_of(&used->ru_stime);
	seen[RSS] = (int64_t)used->ru_maxrss * 1024;
}

static bool run_piped(
	const struct bench *b, const struct side *s, int64_t *seen)
{
	int64_t began_us;
	struct rusage used;
	int ends[2];
	int how;
	pid_t pid;
	bool ok;

	if (pipe(ends) != 0 || fcntl(ends[0], F_SETFD, FD_CLOEXEC) != 0)
		return false;
	began_us = clock_mono_us();
	pid = fork();
	if (pid == 0)
		become(s->argv, open(b->input, O_RDONLY | O_CLOEXEC), ends[1]);
	(void)close(ends[1]);
	ok = pid > 0 && drain(ends[0], "");
	(void)close(ends[0]);
	if (pid > 0 && !ok)
		(void)kill(pid, SIGKILL);
	if (pid <= 0 || wait4(pid, &how, 0, &used) != pid)
		return false;
	note(seen, began_us, &used);
	return ok && WIFEXITED(how) && WEXITSTATUS(how) == 0;
}

static bool run_on_terminal(
	const struct bench *b, const struct side *s, int64_t *seen)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct winsize size = {.ws_col = 80, .ws_row = 24};
	int64_t began_us;
	struct rusage used;
	int64_t wall_us;
	int how;
	pid_t pid;
	bool ok;

	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 ||
		ioctl(master, TIOCSWINSZ, &size) != 0)
		return false;
	began_us = clock_mono_us();
	pid = fork();
	if (pid == 0)
		become_on_terminal(s->argv, master);
	ok = pid > 0 && drain(master, b->until);
	wall_us = clock_mono_us() - began_us;
	(void)close(master);
	if (pid > 0 && !ok)
		(void)kill(pid, SIGKILL);
	if (pid <= 0 || wait4(pid, &how, 0, &used) != pid)
		return false;
	note(seen, began_us, &used);
	seen[WALL] = wall_us;
	return ok &&
		(b->until[0] != '\0' ||
			(WIFEXITED(how) && WEXITSTATUS(how) == 0));
}

static int run_all(struct bench *b)
{
	int64_t seen[WHATS];
	int i, turn, w;

	for (i = -b->warm_up; i < b->runs; i++) {
		for (turn = 0; turn < 2; turn++) {
			int which = (i & 1) ^ turn;
			struct side *s = &b->side[which];
			bool ok = b->until != NULL && which == 0
				? run_on_terminal(b, s, seen)
				: run_piped(b, s, seen);

			if (!ok)
				return fail("it failed", s->argv[0]);
			for (w = 0; w < WHATS && i >= 0; w++)
				s->seen[w][i] = seen[w];
		}
	}
	return 0;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double median(int64_t *values, int n)
{
	qsort(values, (size_t)n, sizeof(*values), by_value);
	if (n % 2 == 1)
		return (double)values[n / 2];
	return (double)(values[n / 2 - 1] + values[n / 2]) / 2;
}

/* Whether the budget is kept, and a line about it. */
static bool report_one(struct bench *b, int what)
{
	double unit = what == RSS ? 1e6 : 1e3;
	double a = median(b->side[0].seen[what], b->runs);
	double c = median(b->side[1].seen[what], b->runs);
	double plus = what == RSS ? (double)b->plus : 0;
	double ratio = c > 0 ? (a > plus ? a - plus : 0) / c : 0;
	bool over = b->limit[what] > 0 && ratio > b->limit[what];

	printf("%-42s %-6s %9.2f %s against %9.2f %s", b->label, names[what],
		a / unit, units[what], c / unit, units[what]);
	if (plus > 0)
		printf(", less %.2f %s", plus / unit, units[what]);
	printf(": %.2f", ratio);
	if (b->limit[what] > 0)
		printf(", budget %.2f: %s", b->limit[what],
			over ? "OVER" : "ok");
	printf("\n");
	return !over;
}

static int report(struct bench *b)
{
	bool any = b->limit[WALL] > 0 || b->limit[CPU] > 0 || b->limit[RSS] > 0;
	bool kept = true;
	int w;

	for (w = 0; w < WHATS; w++)
		if (!any || b->limit[w] > 0)
			kept &= report_one(b, w);
	return kept ? 0 : 1;
}

static bool read_count(const char *text, int *ret)
{
	long long n;

	if (!span_int(span_str(text), 0, RUNS_MAX, &n))
		return false;
	*ret = (int)n;
	return true;
}

static bool read_ratio(const char *text, double *ret)
{
	char *end;

	*ret = strtod(text, &end);
	return end != text && *end == '\0' && *ret > 0;
}

static bool read_option(struct bench *b, const char *name, const char *value)
{
	if (strcmp(name, "-n") == 0)
		return read_count(value, &b->runs) && b->runs > 0;
	if (strcmp(name, "-w") == 0)
		return read_count(value, &b->warm_up);
	if (strcmp(name, "--wall") == 0)
		return read_ratio(value, &b->limit[WALL]);
	if (strcmp(name, "--cpu") == 0)
		return read_ratio(value, &b->limit[CPU]);
	if (strcmp(name, "--rss") == 0)
		return read_ratio(value, &b->limit[RSS]);
	if (strcmp(name, "--plus") == 0)
		return span_int(span_str(value), 0, INT64_MAX, &b->plus);
	if (strcmp(name, "--until") == 0)
		b->until = value;
	else if (strcmp(name, "-l") == 0)
		b->label = value;
	else if (strcmp(name, "-i") == 0)
		b->input = value;
	else
		return false;
	return true;
}

/* The commands stand behind the first and the second "--". */
static int read_words(struct bench *b, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i += 2) {
		if (i + 1 >= argc || !read_option(b, argv[i], argv[i + 1]))
			return fail("what is", argv[i]);
	}
	b->side[0].argv = argv + i + 1;
	for (i++; i < argc && strcmp(argv[i], "--") != 0; i++)
		;
	if (i + 1 >= argc || b->side[0].argv == argv + i)
		return fail("usage: atl-bench [OPTIONS] -- A... -- B...", "");
	argv[i] = NULL;
	b->side[1].argv = argv + i + 1;
	return 0;
}

int main(int argc, char **argv)
{
	struct bench b = {.runs = 21,
		.warm_up = 2,
		.label = "A against B",
		.input = "/dev/null"};
	int rc = read_words(&b, argc, argv);
	int i, w;

	for (i = 0; i < 2 && rc == 0; i++) {
		for (w = 0; w < WHATS && rc == 0; w++) {
			b.side[i].seen[w] = calloc(
				(size_t)b.runs, sizeof(*b.side[i].seen[w]));
			if (b.side[i].seen[w] == NULL)
				rc = fail("out of memory", "");
		}
	}
	if (rc == 0)
		rc = run_all(&b);
	if (rc == 0)
		rc = report(&b);
	for (i = 0; i < 2; i++) {
		for (w = 0; w < WHATS; w++)
			free(b.side[i].seen[w]);
	}
	return rc;
}
