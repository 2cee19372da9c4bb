#include "store/disk.h"

#include <errno.h>
#include <sys/file.h>

#include "base/clock.h"
#include "unit/check.h"
#include "unit/home.h"

static void locks(void)
{
	struct home h;
	struct err err = {0};
	char pid[32];
	const char *path;
	int a = -1;
	int b = -1;
	int64_t start;

	home_new(&h);
	path = home_path(&h, "lock");
	CHECK_INT(disk_open_lock(path, &a, &err), ST_OK);
	CHECK_INT(disk_open_lock(path, &b, &err), ST_OK);
	CHECK_INT(disk_lock(a, path, LOCK_SH, 0, &err), ST_OK);
	CHECK_INT(disk_lock(b, path, LOCK_SH, 0, &err), ST_OK);
	CHECK_INT(disk_lock(b, path, LOCK_EX, 0, &err), ST_BUSY);
	CHECK(flock(b, LOCK_UN) == 0);
	CHECK_INT(disk_lock(a, path, LOCK_EX, 0, &err), ST_OK);
	start = clock_mono_ms();
	CHECK_INT(disk_lock(b, path, LOCK_SH, 60, &err), ST_BUSY);
	CHECK(clock_mono_ms() - start >= 60);
	/* The holder is ourselves. */
	(void)snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
	CHECK(strstr(err.msg, pid) != NULL);
	CHECK(strstr(err.msg, path) != NULL);
	(void)close(a);
	CHECK_INT(disk_lock(b, path, LOCK_SH, 0, &err), ST_OK);
	(void)close(b);
	home_free(&h);
}

/* A process that holds two locks on a file is named once. */
static void holder_named_once(void)
{
	struct home h;
	struct buf who;
	char pid[32];
	const char *path;
	int fd[2] = {-1, -1};

	home_new(&h);
	buf_init(&who, BUF_SMALL);
	path = home_path(&h, "lock");
	for (int i = 0; i < 2; i++) {
		CHECK_INT(disk_open_lock(path, &fd[i], NULL), ST_OK);
		CHECK_INT(disk_lock(fd[i], path, LOCK_SH, 0, NULL), ST_OK);
	}
	disk_holders(fd[0], &who);
	(void)snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
	CHECK_STR(who.p, pid);
	buf_release(&who);
	(void)close(fd[0]);
	(void)close(fd[1]);
	home_free(&h);
}

static void lock_follows_no_link(void)
{
	struct home h;
	struct err err = {0};
	int fd = -1;

	home_new(&h);
	home_write(home_path(&h, "file"), "x", 1);
	HOME_MUST(symlink("file", home_path(&h, "lock")) == 0);
	CHECK_INT(disk_open_lock(home_path(&h, "lock"), &fd, &err), ST_IO);
	CHECK_INT(fd, -1);
	home_free(&h);
}

static void published_once(void)
{
	struct home h;
	struct err err = {0};
	const char *path;
	const char *tmp;
	uint8_t got[16];
	bool made = false;

	home_new(&h);
	path = home_path(&h, "file");
	tmp = home_path(&h, "file.tmp");
	home_write(tmp, "left over by a crash", 20);
	CHECK_INT(disk_publish(path, tmp, span_str("one"), &made, &err), ST_OK);
	CHECK(made);
	CHECK_INT(disk_publish(path, tmp, span_str("two"), &made, &err), ST_OK);
	CHECK(!made);
	CHECK_INT(home_read(path, got, sizeof(got)), 3);
	CHECK(memcmp(got, "one", 3) == 0);
	CHECK(access(tmp, F_OK) != 0);
	home_free(&h);
}

/* A crash between link and unlink leaves both names for one file. */
static void leftover_link(void)
{
	struct home h;
	struct err err = {0};
	const char *path;
	const char *tmp;
	uint8_t got[16];

	home_new(&h);
	path = home_path(&h, "file");
	tmp = home_path(&h, "file.tmp");
	home_write(path, "one", 3);
	HOME_MUST(link(path, tmp) == 0);
	CHECK_INT(disk_replace(path, tmp, span_str("four"), &err), ST_OK);
	CHECK_INT(home_read(path, got, sizeof(got)), 4);
	CHECK(access(tmp, F_OK) != 0);
	HOME_MUST(link(path, tmp) == 0);
	CHECK_INT(disk_replace(
			  home_path(&h, "no/file"), tmp, span_str("x"), &err),
		ST_IO);
	CHECK_INT(err.sys, ENOENT);
	CHECK_INT(home_read(path, got, sizeof(got)), 4);
	home_free(&h);
}

static void reading(void)
{
	struct home h;
	struct err err = {0};
	struct buf out;

	home_new(&h);
	buf_init(&out, 4);
	CHECK_INT(disk_read(home_path(&h, "file"), &out, &err), ST_NOT_FOUND);
	CHECK_INT(disk_read(h.root, &out, &err), ST_DAMAGED);
	home_write(home_path(&h, "file"), "four", 4);
	CHECK_INT(disk_read(home_path(&h, "file"), &out, &err), ST_OK);
	CHECK_INT(out.len, 4);
	buf_reset(&out);
	HOME_MUST(symlink("file", home_path(&h, "link")) == 0);
	CHECK_INT(disk_read(home_path(&h, "link"), &out, &err), ST_DAMAGED);
	HOME_MUST(mkfifo(home_path(&h, "fifo"), 0600) == 0);
	CHECK_INT(disk_read(home_path(&h, "fifo"), &out, &err), ST_DAMAGED);
	home_write(home_path(&h, "file"), "fiver", 5);
	CHECK_INT(disk_read(home_path(&h, "file"), &out, &err), ST_FAIL);
	buf_release(&out);
	home_free(&h);
}

int main(void)
{
	RUN(locks);
	RUN(holder_named_once);
	RUN(lock_follows_no_link);
	RUN(published_once);
	RUN(leftover_link);
	RUN(reading);
	return REPORT();
}
