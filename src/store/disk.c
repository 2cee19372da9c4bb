#include "store/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

enum { LOCK_RETRY_MS = 20, LOCK_TURNS = 12, HOLDERS_MAX = 8, LOOKS = 5 };

enum status disk_open_lock(const char *path, int *ret_fd, struct err *err)
{
	int fd = open(path,
		O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

	/* A lock needs no writing: on a read-only home a lock file that exists
	 * will do. */
	if (fd < 0 && (errno == EROFS || errno == EACCES))
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return err_sys(err, ST_IO, "cannot open \"%s\"", path);
	*ret_fd = fd;
	return ST_OK;
}

static bool holds_already(const long *pids, size_t n, long pid)
{
	for (size_t i = 0; i < n; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/*
 * Adds the processes that hold a lock on that file, from the table of the
 * kernel: "1: FLOCK ADVISORY WRITE pid major:minor:inode 0 EOF", where the
 * numbers of the device are hexadecimal. A process of another container has the
 * pid 0 and does not count; one that holds several locks counts once. False
 * when the answer is not certain: a table longer than one read (a page, here)
 * can show a line twice or not at all while others lock and unlock.
 */
static bool look_at_locks(
	const struct stat *sb, long pids[HOLDERS_MAX], size_t *found)
{
	FILE *f = fopen("/proc/locks", "re");
	char page[4096];
	char line[256];
	size_t bytes = 0;

	if (f == NULL)
		return true;
	(void)setvbuf(f, page, _IOFBF, sizeof(page));
	while (*found < HOLDERS_MAX && fgets(line, sizeof(line), f) != NULL) {
		unsigned maj;
		unsigned min;
		unsigned long long ino;
		long pid;

		bytes += strlen(line);
		if (sscanf(line, "%*d: FLOCK %*s %*s %ld %x:%x:%llu", &pid,
			    &maj, &min, &ino) == 4 &&
			ino == sb->st_ino && maj == major(sb->st_dev) &&
			min == minor(sb->st_dev) && pid > 0 &&
			!holds_already(pids, *found, pid))
			pids[(*found)++] = pid;
	}
	(void)fclose(f);
	return bytes + sizeof(line) <= sizeof(page);
}

static size_t lock_holders(int fd, long pids[HOLDERS_MAX])
{
	struct stat sb;
	size_t found = 0;
	int looks;

	if (fstat(fd, &sb) != 0)
		return 0;
	for (looks = 0; looks < LOOKS; looks++)
		if (look_at_locks(&sb, pids, &found))
			break;
	return found;
}

bool disk_is_there(int fd, const char *path)
{
	struct stat a;
	struct stat b;

	return fstat(fd, &a) == 0 && lstat(path, &b) == 0 &&
		a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

void disk_holders(int fd, struct buf *out)
{
	long pids[HOLDERS_MAX];
	size_t n = lock_holders(fd, pids);

	if (n == 0)
		buf_str(out, "another process");
	else
		buf_fmt(out, "%s %ld", n == 1 ? "process" : "processes",
			pids[0]);
	for (size_t i = 1; i < n; i++)
		buf_fmt(out, ", %ld", pids[i]);
}

static enum status locked(int fd, const char *path, struct err *err)
{
	struct buf who;

	buf_init(&who, BUF_SMALL);
	disk_holders(fd, &who);
	(void)err_set(err, ST_BUSY, "\"%s\" is locked by %s", path, who.p);
	buf_release(&who);
	return ST_BUSY;
}

/* Adds what to do when the file system cannot do what saving relies on. */
static enum status not_here(struct err *err, const char *what)
{
	if (err != NULL)
		err_hint(err,
			"; saving needs a file system with %s: keep this "
			"folder on another one (XDG_DATA_HOME and "
			"XDG_CONFIG_HOME say where)",
			what);
	return ST_IO;
}

static enum status lock_failed(const char *path, struct err *err)
{
	int sys = errno;

	(void)err_sys(err, ST_IO, "cannot lock \"%s\"", path);
	return sys == ENOLCK || sys == ENOSYS || sys == EOPNOTSUPP
		? not_here(err, "locks")
		: ST_IO;
}

static long a_holder(int fd)
{
	long pids[HOLDERS_MAX];

	return lock_holders(fd, pids) > 0 ? pids[0] : 0;
}

/* When many processes want the lock, the holder at the end of our wait is not
 * the one of its beginning; we then go on waiting, up to LOCK_TURNS times. */
enum status disk_lock(
	int fd, const char *path, int how, int wait_ms, struct err *err)
{
	struct timespec pause = {0, LOCK_RETRY_MS * 1000000L};
	int64_t until = 0;
	long holder = -1;
	int turns = 0;

	while (flock(fd, how | LOCK_NB) != 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return lock_failed(path, err);
		if (clock_mono_ms() >= until) {
			long before = holder;

			if (wait_ms > 0)
				holder = a_holder(fd);
			if (holder == before || turns++ == LOCK_TURNS)
				return locked(fd, path, err);
			until = clock_mono_ms() + wait_ms;
		}
		(void)nanosleep(&pause, NULL);
	}
	return ST_OK;
}

enum status disk_sync_folder(const char *dir, struct err *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum status st = ST_OK;

	if (fd < 0 || fsync(fd) != 0)
		st = err_sys(err, ST_IO, "cannot sync folder \"%s\"", dir);
	if (fd >= 0)
		(void)close(fd);
	return st;
}

enum status disk_sync_parent(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char *dir = NULL;
	enum status st;

	dir = slash == NULL	? strdup(".")
		: slash == path ? strdup("/")
				: strndup(path, (size_t)(slash - path));
	if (dir == NULL)
		return err_nomem(err);
	st = disk_sync_folder(dir, err);
	free(dir);
	return st;
}

/* Writes the temporary file, synced. A leftover of a crash is removed and not
 * truncated: it may be linked to the final name already, and truncating would
 * empty that file as well. */
static enum status write_tmp(
	const char *tmp, struct span content, struct err *err)
{
	enum status st = ST_OK;
	int fd;

	if (unlink(tmp) != 0 && errno != ENOENT)
		return err_sys(err, ST_IO, "cannot remove \"%s\"", tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		0600);
	if (fd < 0)
		return err_sys(err, ST_IO, "cannot create \"%s\"", tmp);
	if (!fd_write_full(fd, content.p, content.n) || fsync(fd) != 0) {
		st = err_sys(err, ST_IO, "cannot write \"%s\"", tmp);
		(void)unlink(tmp);
	}
	(void)close(fd);
	return st;
}

static enum status link_failed(const char *path, struct err *err)
{
	int sys = errno;

	(void)err_sys(err, ST_IO, "cannot create \"%s\"", path);
	return sys == EPERM || sys == ENOSYS || sys == EOPNOTSUPP
		? not_here(err, "hard links")
		: ST_IO;
}

enum status disk_publish(const char *path, const char *tmp, struct span content,
	bool *ret_made, struct err *err)
{
	enum status st = write_tmp(tmp, content, err);
	bool made;

	if (st != ST_OK)
		return st;
	made = link(tmp, path) == 0;
	if (!made && errno != EEXIST) {
		st = link_failed(path, err);
		(void)unlink(tmp);
		return st;
	}
	(void)unlink(tmp);
	st = disk_sync_parent(path, err);
	if (st == ST_OK)
		*ret_made = made;
	return st;
}

enum status disk_replace(
	const char *path, const char *tmp, struct span content, struct err *err)
{
	enum status st = write_tmp(tmp, content, err);

	if (st != ST_OK)
		return st;
	if (rename(tmp, path) != 0) {
		st = err_sys(err, ST_IO, "cannot replace \"%s\"", path);
		(void)unlink(tmp);
		return st;
	}
	return disk_sync_parent(path, err);
}

enum status disk_read(const char *path, struct buf *out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat sb;
	enum status st;

	if (fd < 0)
		return err_sys(err,
			errno == ENOENT || errno == ENOTDIR ? ST_NOT_FOUND
				: errno == ELOOP	    ? ST_DAMAGED
							    : ST_IO,
			"cannot open \"%s\"", path);
	if (fstat(fd, &sb) != 0)
		st = err_sys(err, ST_IO, "cannot read \"%s\"", path);
	else if (!S_ISREG(sb.st_mode))
		st = err_set(err, ST_DAMAGED, "\"%s\" is not a file", path);
	else
		st = fd_read_all(fd, path, out, err);
	(void)close(fd);
	return st;
}
