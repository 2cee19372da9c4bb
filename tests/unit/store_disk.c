#include "store/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

enum { CHAIN = 4, HOLD_MS = 100, WAIT_MS = 250 };

/* Holds the lock for a while, tells when it has it and then for how long it
 * had. */
static void hold_once(const char *path, int out)
{
	struct timespec pause = {0, HOLD_MS * 1000000L};
	int fd = open(path, O_RDWR | O_CLOEXEC);
	int64_t ms;

	if (fd < 0 || flock(fd, LOCK_EX) != 0)
		_exit(1);
	ms = -clock_mono_ms();
	if (write(out, &ms, sizeof(ms)) != sizeof(ms))
		_exit(1);
	(void)nanosleep(&pause, NULL);
	if (flock(fd, LOCK_UN) != 0)
		_exit(1);
	ms += clock_mono_ms();
	_exit(write(out, &ms, sizeof(ms)) == sizeof(ms) ? 0 : 1);
}

/* Behind a chain of processes that have it for longer than we wait for one of
 * them. False when one had it for so long. */
static bool chain(const char *path, int fd)
{
	struct err err = {0};
	bool slow = false;
	int64_t ms;
	int64_t start = clock_mono_ms();
	int out[2];
	int begun;
	int ended;
	int i;
	enum status st;

	HOME_MUST(pipe(out) == 0);
	for (i = 0; i < CHAIN; i++) {
		pid_t pid = fork();

		HOME_MUST(pid >= 0);
		if (pid == 0)
			hold_once(path, out[1]);
	}
	(void)close(out[1]);
	HOME_MUST(read(out[0], &ms, sizeof(ms)) == sizeof(ms));
	st = disk_lock(fd, path, LOCK_EX, WAIT_MS, &err);
	start = clock_mono_ms() - start;
	(void)flock(fd, LOCK_UN);
	for (begun = 1, ended = 0;
		read(out[0], &ms, sizeof(ms)) == sizeof(ms);) {
		begun += ms < 0;
		ended += ms >= 0;
		slow = slow || ms >= WAIT_MS - HOLD_MS;
	}
	for (i = 0; i < CHAIN; i++)
		CHECK(wait(NULL) > 0);
	(void)close(out[0]);
	CHECK_INT(begun, CHAIN);
	CHECK_INT(ended, CHAIN);
	if (st != ST_OK && slow)
		return false;
	CHECK_INT(st, ST_OK);
	return start > WAIT_MS;
}

/* What many want one after the other is waited for. */
static void lock_changes_hands(void)
{
	struct home h;
	const char *path;
	int fd = -1;
	int tries;

	home_new(&h);
	path = home_path(&h, "lock");
	CHECK_INT(disk_open_lock(path, &fd, NULL), ST_OK);
	for (tries = 0; tries < 20 && !chain(path, fd); tries++)
		continue;
	(void)close(fd);
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
	RUN(lock_changes_hands);
	RUN(holder_named_once);
	RUN(lock_follows_no_link);
	RUN(published_once);
	RUN(leftover_link);
	RUN(reading);
	return REPORT();
}
