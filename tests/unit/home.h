/*
 * A temporary home for tests of the store: "<root>/data" and "<root>/state",
 * and files read and written whole. Every call aborts when the system fails.
 */
#ifndef ATL_TESTS_HOME_H
#define ATL_TESTS_HOME_H

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"

struct home {
	char root[256];
	char data[300];
	char state[300];
};

#define HOME_MUST(cond)                                                        \
	do {                                                                   \
		if (!(cond)) {                                                 \
			perror(#cond);                                         \
			abort();                                               \
		}                                                              \
	} while (0)

static inline void home_new(struct home *h)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(h->root, sizeof(h->root), "%s/atllama-test.XXXXXX",
		tmp != NULL ? tmp : "/tmp");
	HOME_MUST(mkdtemp(h->root) != NULL);
	(void)snprintf(h->data, sizeof(h->data), "%s/data", h->root);
	(void)snprintf(h->state, sizeof(h->state), "%s/state", h->root);
}

static inline void home_remove(const char *path)
{
	struct dirent *e;
	DIR *d = opendir(path);

	if (d == NULL) {
		(void)unlink(path);
		return;
	}
	while ((e = readdir(d)) != NULL) {
		char below[1024];

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		HOME_MUST(snprintf(below, sizeof(below), "%s/%s", path,
				  e->d_name) < (int)sizeof(below));
		if (unlink(below) != 0)
			home_remove(below);
	}
	(void)closedir(d);
	(void)rmdir(path);
}

static inline void home_free(struct home *h)
{
	home_remove(h->root);
}

/* The path of "<root>/tail"; the last 8 results are valid. */
static inline const char *home_path(const struct home *h, const char *tail)
{
	static char ring[8][1024];
	static size_t at;
	char *p = ring[at++ % 8];

	HOME_MUST(snprintf(p, sizeof(ring[0]), "%s/%s", h->root, tail) <
		(int)sizeof(ring[0]));
	return p;
}

static inline size_t home_read(const char *path, uint8_t *ret, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	HOME_MUST(fd >= 0);
	n = read(fd, ret, max);
	HOME_MUST(n >= 0);
	(void)close(fd);
	return (size_t)n;
}

static inline void home_write(const char *path, const void *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	HOME_MUST(fd >= 0);
	HOME_MUST(write(fd, p, n) == (ssize_t)n);
	(void)close(fd);
}

#endif
