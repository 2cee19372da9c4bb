/*
 * atl-bench: two commands against each other, run in turn.
 *
 *   atl-bench [-n RUNS] [-w RUNS] [-l LABEL] [-i FILE]
 *             [--wall RATIO] [--cpu RATIO] [--rss RATIO] -- A... -- B...
 *
 * Runs A and B alternately, -w times to warm up and -n times (21) measured,
 * which of them goes first changing each time, with stdin from -i (else
 * /dev/null) and stdout to /dev/null. Prints the medians of wall time, CPU time
 * and greatest resident memory, and the ratios A/B. A limit that is exceeded
 * makes the exit 1; a command that fails, 2 with its words on stderr.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#define RUNS_MAX 10000

enum what { WALL, CPU, RSS, WHATS };

static const char *const names[] = {"wall", "cpu", "rss"};
static const char *const units[] = {"ms", "ms", "MiB"};

struct side {
	char **argv;
	int64_t *seen[WHATS]; /* us, us, KiB */
};

struct bench {
	int runs;
	int warm_up;
	const char *label;
	const char *input;
	double limit[WHATS]; /* 0: none */
	struct side side[2];
};

static int fail(const char *what, const char *which)
{
	(void)fprintf(stderr, "atl-bench: %s%s%s\n", what,
		which[0] != '\0' ? ": " : "", which);
	return 2;
}

static void become(const struct bench *b, char **argv)
{
	int in = open(b->input, O_RDONLY);
	int out = open("/dev/null", O_WRONLY);

	if (in < 0 || out < 0 || dup2(in, STDIN_FILENO) < 0 ||
		dup2(out, STDOUT_FILENO) < 0)
		_exit(127);
	(void)close(in);
	(void)close(out);
	(void)execvp(argv[0], argv);
	_exit(127);
}

static int64_t us_of(const struct timeval *t)
{
	return (int64_t)t->tv_sec * 1000000 + (int64_t)t->tv_usec;
}

static bool run(const struct bench *b, const struct side *s, int64_t *seen)
{
	int64_t began_us = clock_mono_us();
	struct rusage used;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		become(b, s->argv);
	if (pid < 0 || wait4(pid, &status, 0, &used) != pid)
		return false;
	seen[WALL] = clock_mono_us() - began_us;
	seen[CPU] = us_of(&used.ru_utime) + us_of(&used.ru_stime);
	seen[RSS] = (int64_t)used.ru_maxrss;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int run_all(struct bench *b)
{
	int64_t seen[WHATS];
	int i, turn, w;

	for (i = -b->warm_up; i < b->runs; i++) {
		for (turn = 0; turn < 2; turn++) {
			struct side *s = &b->side[(i & 1) ^ turn];

			if (!run(b, s, seen))
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

static int report(struct bench *b)
{
	int over = 0;
	int w;

	printf("%s\n", b->label);
	for (w = 0; w < WHATS; w++) {
		double unit = w == RSS ? 1024 : 1000;
		double a = median(b->side[0].seen[w], b->runs);
		double c = median(b->side[1].seen[w], b->runs);
		double ratio = c > 0 ? a / c : 0;
		bool bad = b->limit[w] > 0 && ratio > b->limit[w];

		printf("  %-4s %9.2f %s against %9.2f %s: %.2f", names[w],
			a / unit, units[w], c / unit, units[w], ratio);
		if (b->limit[w] > 0)
			printf(", at most %.2f%s", b->limit[w],
				bad ? ": EXCEEDED" : "");
		printf("\n");
		over += bad;
	}
	return over > 0 ? 1 : 0;
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
	if (strcmp(name, "-l") == 0)
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
