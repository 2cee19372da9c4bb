/* A sync beside its caller: it is done, its failure is told, and one may begin
 * where another was. */
#include "store/syncer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit/check.h"

static int new_file(void)
{
	FILE *f = tmpfile();
	int fd = f != NULL ? dup(fileno(f)) : -1;

	if (fd < 0)
		abort();
	(void)fclose(f);
	return fd;
}

static void test_none(void)
{
	struct syncer s;

	syncer_init(&s);
	CHECK(!syncer_busy(&s));
	CHECK_INT(syncer_wait(&s), 0);
	CHECK_INT(syncer_wait(&s), 0);
}

static void test_sync(void)
{
	struct syncer s;
	int fd = new_file();
	int i;

	syncer_init(&s);
	for (i = 0; i < 50; i++) {
		CHECK_INT(write(fd, "x", 1), 1);
		syncer_begin(&s, fd);
		/* The file may be written to meanwhile. */
		CHECK_INT(write(fd, "y", 1), 1);
		if (i % 2 == 0)
			CHECK_INT(syncer_wait(&s), 0);
		if (i % 2 == 0)
			CHECK(!syncer_busy(&s));
	}
	CHECK_INT(syncer_wait(&s), 0);
	(void)close(fd);
}

static void test_failure(void)
{
	struct syncer s;
	int fd = new_file();
	int ends[2];

	syncer_init(&s);
	CHECK_INT(pipe(ends), 0);
	syncer_begin(&s, ends[0]);
	CHECK_INT(syncer_wait(&s), EINVAL);
	CHECK_INT(syncer_wait(&s), 0);
	syncer_begin(&s, fd);
	CHECK_INT(syncer_wait(&s), 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	(void)close(fd);
}

int main(void)
{
	RUN(test_none);
	RUN(test_sync);
	RUN(test_failure);
	return REPORT();
}
