/*
 * Every system call that writes fails once, in turn, while a conversation is
 * made, added to and streamed: what was acknowledged is there, and it goes on
 * afterwards.
 */
#include <errno.h>
#include <sys/syscall.h>

#include "store/live.h"
#include "unit/journals.h"

#define APPENDS 4

/* Which call fails: the number counts down, 0 is never. */
static long fail_at;
static int fail_more; /* calls after that one, which fail as well */
static int fail_with;
static bool fail_short;

static bool fails(void)
{
	if (fail_at == 0 || --fail_at != 0)
		return false;
	errno = fail_with;
	if (fail_more > 0) {
		fail_more--;
		fail_at = 1;
	}
	return true;
}

/* In place of those of the C library. */
int fsync(int fd)
{
	return fails() ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return fails() ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int ftruncate(int fd, off_t size)
{
	return fails() ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int link(const char *from, const char *to)
{
	return fails() ? -1 : (int)syscall(SYS_link, from, to);
}

int rename(const char *from, const char *to)
{
	return fails() ? -1 : (int)syscall(SYS_rename, from, to);
}

int mkdir(const char *path, mode_t mode)
{
	return fails() ? -1 : (int)syscall(SYS_mkdir, path, mode);
}

ssize_t write(int fd, const void *p, size_t n)
{
	if (!fails())
		return syscall(SYS_write, fd, p, n);
	if (fail_short && n > 1)
		(void)syscall(SYS_write, fd, p, n / 2);
	errno = fail_with;
	return -1;
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	if (!fails())
		return syscall(SYS_pwrite64, fd, p, n, at);
	if (fail_short && n > 1)
		(void)syscall(SYS_pwrite64, fd, p, n / 2, at);
	errno = fail_with;
	return -1;
}

/* One round with call `at` failing; false when there are fewer calls. */
static bool round_of(struct store *s, long at)
{
	struct journal_with with = {s->vault, s->catalog, NULL, NULL};
	struct journal *j = NULL;
	struct live *l = NULL;
	struct msg *m = msg_new(ROLE_ASSISTANT);
	struct live_report rep;
	struct numbers k;
	struct journal_report report;
	bool acked[APPENDS + 1] = {false};
	size_t told = 0;
	bool reached;
	struct id id;
	uint32_t i;

	HOME_MUST(m != NULL);
	HOME_MUST(journal_create(&with, NULL, &j, NULL) == ST_OK);
	id = *journal_id(j);
	fail_at = at;
	for (i = 0; i < APPENDS; i++)
		acked[i] = append_number(j, i, 40, true, NULL) == ST_OK;
	journal_close(j);
	m->id = number_id(77);
	if (live_begin(s->vault, &id, m, &l, NULL) == ST_OK)
		while (told < 3 &&
			live_write(l, DELTA_TEXT, span_str("x"), NULL) == ST_OK)
			told++;
	live_end(l, false);
	reached = fail_at == 0;
	fail_at = 0;
	msg_free(m);

	/* The disk is well again. */
	j = NULL;
	CHECK_INT(read_conv(s, &id, true, &k, &j, &report), ST_OK);
	for (i = 0; i < APPENDS; i++)
		CHECK(k.seen[i] || !acked[i]);
	CHECK_INT(k.wrong + k.twice, 0);
	CHECK(!report.damaged);
	CHECK(append_number(j, APPENDS, 0, true, NULL) == ST_OK);
	journal_close(j);
	live_report_init(&rep);
	CHECK_INT(live_recover(s->vault, s->catalog, &rep, NULL), ST_OK);
	CHECK_INT(rep.recovered, told > 0);
	CHECK_INT(rep.aside, 0);
	live_report_release(&rep);
	CHECK_INT(read_conv(s, &id, true, &k, NULL, &report), ST_OK);
	CHECK(k.seen[APPENDS] && !report.damaged);
	return reached;
}

static void fail_all(void)
{
	struct store s;
	long at;

	store_new(&s);
	for (at = 1; at < 1000; at++) {
		int before = check_failures;
		bool reached = round_of(&s, at);

		if (check_failures > before) {
			printf("with call %ld failing\n", at);
			break;
		}
		if (!reached)
			break;
	}
	printf("%ld calls failed\n", at - 1);
	CHECK(at > 15 && at < 1000);
	store_free(&s);
}

static void test_io_error(void)
{
	fail_with = EIO;
	fail_short = false;
	fail_all();
}

static void test_no_space(void)
{
	fail_with = ENOSPC;
	fail_short = true;
	fail_all();
}

/* A record that could not be synced goes to a new segment, and the old one is
 * not written to again. */
static void test_bad_disk(void)
{
	struct store s;
	struct numbers k;
	struct journal *j = NULL;
	struct journal_report rep;
	struct stat before;
	struct stat after;
	struct id id;

	store_new(&s);
	id = make_conv(&s, 2, 0);
	CHECK_INT(read_conv(&s, &id, true, &k, &j, NULL), ST_OK);
	HOME_MUST(stat(conv_file(&s, &id, 0), &before) == 0);
	fail_with = EIO;
	fail_short = false;
	fail_at = 2; /* pwrite, then fdatasync */
	CHECK_INT(append_number(j, 2, 0, true, NULL), ST_OK);
	CHECK_INT(fail_at, 0);
	CHECK_INT(append_number(j, 3, 0, true, NULL), ST_OK);
	journal_close(j);
	HOME_MUST(stat(conv_file(&s, &id, 0), &after) == 0);
	CHECK_INT(after.st_size, before.st_size);
	CHECK(access(conv_file(&s, &id, 1), F_OK) == 0);
	CHECK_INT(read_conv(&s, &id, true, &k, NULL, &rep), ST_OK);
	CHECK_INT(k.n, 4);
	CHECK(k.in_order && !rep.damaged && rep.torn == 0);
	store_free(&s);
}

/* One that could not be taken back either is there twice, and no damage. */
static void test_bad_disk_twice(void)
{
	struct store s;
	struct numbers k;
	struct journal *j = NULL;
	struct journal_report rep;
	struct id id;

	store_new(&s);
	id = make_conv(&s, 2, 0);
	CHECK_INT(read_conv(&s, &id, true, &k, &j, NULL), ST_OK);
	fail_with = EIO;
	fail_short = false;
	fail_at = 2; /* pwrite, then fdatasync, then ftruncate */
	fail_more = 1;
	CHECK_INT(append_number(j, 2, 0, true, NULL), ST_OK);
	CHECK_INT(fail_at, 0);
	journal_close(j);
	CHECK(access(conv_file(&s, &id, 1), F_OK) == 0);
	CHECK_INT(read_conv(&s, &id, true, &k, NULL, &rep), ST_OK);
	CHECK_INT(k.n, 4);
	CHECK(!rep.damaged && rep.torn == 0 && rep.lost == 0);
	store_free(&s);
}

int main(void)
{
	RUN(test_io_error);
	RUN(test_no_space);
	RUN(test_bad_disk);
	RUN(test_bad_disk_twice);
	return REPORT();
}
