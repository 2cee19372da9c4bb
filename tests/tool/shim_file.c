/* Calls about files. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "tool/shim.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_at(int dir, const char *path, int flags, mode_t mode)
{
	static const char boot_id[] = "/proc/sys/kernel/random/boot_id";
	bool counts = shim_path_counts(path);
	long fd;

	if (shim_fails(counts,
		    OPENS | NAMES |
			    ((flags & O_CREAT) != 0 ? CHANGES | ROOM : 0)))
		return -1;
	if (atomic_load(&shim.on) && shim.boot != NULL &&
		strcmp(path, boot_id) == 0)
		path = shim.boot;
	fd = syscall(SYS_openat, dir, path, flags, mode);
	shim_fd_mark((int)fd, counts && fd >= 0);
	if (counts)
		(void)shim_done_paths("open", fd, flags, path, "-");
	return (int)fd;
}

static mode_t open_mode(int flags, va_list ap)
{
	return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE
		? (mode_t)va_arg(ap, unsigned)
		: 0;
}

EXPORT int open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = open_mode(flags, ap);
	va_end(ap);
	return open_at(AT_FDCWD, path, flags, mode);
}

EXPORT int open64(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = open_mode(flags, ap);
	va_end(ap);
	return open_at(AT_FDCWD, path, flags, mode);
}

EXPORT int openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = open_mode(flags, ap);
	va_end(ap);
	return open_at(dir, path, flags, mode);
}

EXPORT int close(int fd)
{
	(void)shim_done_fd("close", 0, fd, 0);
	shim_fd_mark(fd, false);
	return (int)syscall(SYS_close, fd);
}

/* `at` -1: where the descriptor stands. */
static ssize_t put(int fd, const void *p, size_t n, off_t at)
{
	bool counts = shim_fd_counts(fd);
	int how = shim_verdict(counts, CHANGES | ROOM | BYTES);
	size_t part = how < 0 && n > 1 ? n / 2 : n;
	long result;
	int saved;

	if (how > 0) {
		errno = how;
		return -1;
	}
	if (counts && at < 0 && shim.trace >= 0) {
		off_t here = lseek(fd, 0, SEEK_CUR);

		result = syscall(SYS_write, fd, p, part);
		saved = errno;
		if (result >= 0)
			shim_trace_bytes(
				"write", result, fd, here, p, (size_t)result);
		errno = saved;
		return result;
	}
	result = at < 0 ? syscall(SYS_write, fd, p, part)
			: syscall(SYS_pwrite64, fd, p, part, at);
	saved = errno;
	if (counts && result >= 0)
		shim_trace_bytes("write", result, fd, at, p, (size_t)result);
	else if (fd == STDOUT_FILENO && result >= 0)
		shim_trace_bytes("out", result, fd, 0, p, (size_t)result);
	if (how == HOW_TORN)
		(void)raise(SIGKILL);
	errno = saved;
	if (how == HOW_LESS) {
		errno = ENOSPC;
		return -1;
	}
	return result;
}

EXPORT ssize_t write(int fd, const void *p, size_t n)
{
	return put(fd, p, n, -1);
}

EXPORT ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	return put(fd, p, n, at);
}

EXPORT ssize_t pwrite64(int fd, const void *p, size_t n, off_t at)
{
	return put(fd, p, n, at);
}

/* Reading: less than what was asked for is no fault at all. */
static ssize_t get(int fd, void *p, size_t n, off_t at)
{
	int how = shim_verdict(shim_fd_counts(fd), BYTES);

	if (how > 0) {
		errno = how;
		return -1;
	}
	if (how == HOW_TORN)
		(void)raise(SIGKILL);
	if (how == HOW_SHORT && n > 1)
		n = 1;
	return at < 0 ? syscall(SYS_read, fd, p, n)
		      : syscall(SYS_pread64, fd, p, n, at);
}

EXPORT ssize_t read(int fd, void *p, size_t n)
{
	return get(fd, p, n, -1);
}

EXPORT ssize_t pread(int fd, void *p, size_t n, off_t at)
{
	return get(fd, p, n, at);
}

EXPORT ssize_t pread64(int fd, void *p, size_t n, off_t at)
{
	return get(fd, p, n, at);
}

EXPORT int fsync(int fd)
{
	if (shim_fails(shim_fd_counts(fd), CHANGES))
		return -1;
	return (int)shim_done_fd("sync", syscall(SYS_fsync, fd), fd, 0);
}

EXPORT int fdatasync(int fd)
{
	if (shim_fails(shim_fd_counts(fd), CHANGES))
		return -1;
	return (int)shim_done_fd("sync", syscall(SYS_fdatasync, fd), fd, 0);
}

EXPORT int ftruncate(int fd, off_t size)
{
	if (shim_fails(shim_fd_counts(fd), CHANGES))
		return -1;
	return (int)shim_done_fd(
		"size", syscall(SYS_ftruncate, fd, size), fd, size);
}

EXPORT int ftruncate64(int fd, off_t size)
{
	return ftruncate(fd, size);
}

EXPORT int posix_fallocate(int fd, off_t at, off_t n)
{
	if (shim_fails(shim_fd_counts(fd), CHANGES | ROOM))
		return errno;
	return syscall(SYS_fallocate, fd, 0, at, n) == 0 ? 0 : errno;
}

EXPORT int flock(int fd, int how)
{
	if (shim_fails(shim_fd_counts(fd), CHANGES))
		return -1;
	if (shim.no_locks && shim_fd_counts(fd)) {
		errno = ENOLCK;
		return -1;
	}
	return (int)syscall(SYS_flock, fd, how);
}

EXPORT int fchmod(int fd, mode_t mode)
{
	if (shim_fails(shim_fd_counts(fd), CHANGES))
		return -1;
	return (int)syscall(SYS_fchmod, fd, mode);
}

EXPORT int chmod(const char *path, mode_t mode)
{
	if (shim_fails(shim_path_counts(path), CHANGES | NAMES))
		return -1;
	return (int)syscall(SYS_fchmodat, AT_FDCWD, path, mode);
}

EXPORT int link(const char *from, const char *to)
{
	bool counts = shim_path_counts(to);
	long result;

	if (shim_fails(counts, CHANGES | ROOM | NAMES))
		return -1;
	if (shim.no_links && counts) {
		errno = EPERM;
		return -1;
	}
	result = syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
	return (int)(counts ? shim_done_paths("link", result, 0, from, to)
			    : result);
}

EXPORT int rename(const char *from, const char *to)
{
	bool counts = shim_path_counts(to);
	long result;

	if (shim_fails(counts, CHANGES | ROOM | NAMES))
		return -1;
	result = syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
	return (int)(counts ? shim_done_paths("rename", result, 0, from, to)
			    : result);
}

static int remove_name(const char *call, const char *path, int flags)
{
	bool counts = shim_path_counts(path);
	long result;

	if (shim_fails(counts, CHANGES | NAMES))
		return -1;
	result = syscall(SYS_unlinkat, AT_FDCWD, path, flags);
	return (int)(counts ? shim_done_paths(call, result, 0, path, "-")
			    : result);
}

EXPORT int unlink(const char *path)
{
	return remove_name("unlink", path, 0);
}

EXPORT int rmdir(const char *path)
{
	return remove_name("rmdir", path, AT_REMOVEDIR);
}

EXPORT int mkdir(const char *path, mode_t mode)
{
	bool counts = shim_path_counts(path);
	long result;

	if (shim_fails(counts, CHANGES | ROOM | NAMES))
		return -1;
	result = syscall(SYS_mkdirat, AT_FDCWD, path, mode);
	return (int)(counts ? shim_done_paths("mkdir", result, 0, path, "-")
			    : result);
}

EXPORT DIR *opendir(const char *path)
{
	DIR *(*real)(const char *) = NULL;

	if (shim_fails(shim_path_counts(path), OPENS | NAMES))
		return NULL;
	*(void **)&real = dlsym(RTLD_NEXT, "opendir");
	return real(path);
}

static int look(const char *path, struct stat *sb, int flags)
{
	if (shim_fails(shim_path_counts(path), NAMES))
		return -1;
	return (int)syscall(SYS_newfstatat, AT_FDCWD, path, sb, flags);
}

EXPORT int stat(const char *path, struct stat *sb)
{
	return look(path, sb, 0);
}

EXPORT int lstat(const char *path, struct stat *sb)
{
	return look(path, sb, AT_SYMLINK_NOFOLLOW);
}

EXPORT int fstat(int fd, struct stat *sb)
{
	if (shim_fails(shim_fd_counts(fd), 0))
		return -1;
	return (int)syscall(SYS_fstat, fd, sb);
}

EXPORT ssize_t send(int fd, const void *p, size_t n, int flags)
{
	ssize_t result = syscall(SYS_sendto, fd, p, n, flags, NULL, 0);
	int saved = errno;

	if (result > 0)
		shim_trace_bytes("send", result, fd, 0, p, (size_t)result);
	errno = saved;
	return result;
}
