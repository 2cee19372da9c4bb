#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef ATL_PREFIX_SHARE
#define ATL_PREFIX_SHARE "/usr/local/share/atllama"
#endif

enum { READ_CHUNK = 64 * 1024 };

enum status fd_read_all(
	int fd, const char *name, struct buf *out, struct err *err)
{
	for (;;) {
		size_t room = out->max - out->len;
		ssize_t n;

		/* One byte more tells a full buffer from too large a file. */
		if (room == 0) {
			char extra;

			do
				n = read(fd, &extra, 1);
			while (n < 0 && errno == EINTR);
			if (n == 0)
				return ST_OK;
			if (n > 0)
				return err_set(err, ST_FAIL,
					"\"%s\" is larger "
					"than %zu bytes",
					name, out->max);
			return err_sys(err, ST_IO, "cannot read \"%s\"", name);
		}
		if (room > READ_CHUNK)
			room = READ_CHUNK;
		if (!buf_reserve(out, room))
			return err_nomem(err);
		n = read(fd, out->p + out->len, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, ST_IO, "cannot read \"%s\"", name);
		if (n == 0)
			return ST_OK;
		out->len += (size_t)n;
		out->p[out->len] = '\0';
	}
}

enum status file_read(const char *path, struct buf *out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum status st;

	if (fd < 0)
		return err_sys(err, errno == ENOENT ? ST_NOT_FOUND : ST_IO,
			"cannot open \"%s\"", path);
	st = fd_read_all(fd, path, out, err);
	(void)close(fd);
	return st;
}

ssize_t fd_pread_full(int fd, void *p, size_t n, off_t at)
{
	size_t got = 0;

	while (got < n) {
		ssize_t part = pread(
			fd, (char *)p + got, n - got, at + (off_t)got);

		if (part < 0 && errno == EINTR)
			continue;
		if (part < 0)
			return -1;
		if (part == 0)
			break;
		got += (size_t)part;
	}
	return (ssize_t)got;
}

bool fd_write_full(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t done = write(fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && errno == EAGAIN) {
			/* Somebody else made the pipe non-blocking. */
			struct pollfd room = {.fd = fd, .events = POLLOUT};

			if (poll(&room, 1, -1) >= 0 || errno == EINTR)
				continue;
		}
		if (done < 0)
			return false;
		at += done;
		n -= (size_t)done;
	}
	return true;
}

enum status file_sync_folder(const char *path, struct err *err)
{
	char *copy = strdup(path);
	char *slash;
	int fd;
	enum status st = ST_OK;

	if (copy == NULL)
		return err_nomem(err);
	slash = strrchr(copy, '/');
	if (slash == copy)
		slash[1] = '\0';
	else if (slash != NULL)
		*slash = '\0';
	fd = open(
		slash != NULL ? copy : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		st = err_sys(
			err, ST_IO, "cannot sync the folder of \"%s\"", path);
	if (fd >= 0)
		(void)close(fd);
	free(copy);
	return st;
}

enum status file_replace(
	const char *path, struct span content, mode_t mode, struct err *err)
{
	struct buf tmp;
	enum status st = ST_IO;
	int fd = -1;

	buf_init(&tmp, BUF_SMALL);
	buf_fmt(&tmp, "%s.XXXXXX", path);
	if (tmp.bad)
		return err_nomem(err);
	fd = mkstemp(tmp.p);
	if (fd < 0) {
		st = err_sys(err, ST_IO, "cannot write \"%s\"", path);
		goto out;
	}
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fchmod(fd, mode) != 0 ||
		!fd_write_full(fd, content.p, content.n) || fsync(fd) != 0 ||
		rename(tmp.p, path) != 0) {
		st = err_sys(err, ST_IO, "cannot write \"%s\"", path);
		(void)unlink(tmp.p);
		goto out;
	}
	st = file_sync_folder(path, err);
out:
	if (fd >= 0)
		(void)close(fd);
	buf_release(&tmp);
	return st;
}

enum status file_output(
	const char *path, struct span content, mode_t mode, struct err *err)
{
	char real[PATH_MAX];
	struct stat sb;
	enum status st = ST_OK;
	int fd;

	if (stat(path, &sb) != 0 || S_ISREG(sb.st_mode))
		return file_replace(realpath(path, real) != NULL ? real : path,
			content, mode, err);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || !fd_write_full(fd, content.p, content.n))
		st = err_sys(err, ST_IO, "cannot write \"%s\"", path);
	if (fd >= 0)
		(void)close(fd);
	return st;
}

enum status file_mkdirs(const char *path, mode_t mode, struct err *err)
{
	enum status st = ST_OK;
	struct stat sb;
	char *copy;
	char *at;

	/* The usual case takes one call. */
	if (stat(path, &sb) == 0 && S_ISDIR(sb.st_mode))
		return ST_OK;
	copy = strdup(path);
	if (copy == NULL)
		return err_nomem(err);
	for (at = copy + 1; st == ST_OK; at++) {
		char c = *at;

		if (c != '/' && c != '\0')
			continue;
		*at = '\0';
		if (mkdir(copy, mode) == 0)
			st = file_sync_folder(copy, err);
		else if (errno != EEXIST)
			st = err_sys(err, ST_IO, "cannot create folder \"%s\"",
				copy);
		*at = c;
		if (c == '\0')
			break;
	}
	free(copy);
	return st;
}

enum status file_mkdirs_above(const char *path, mode_t mode, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char *folder;
	enum status st;

	if (slash == NULL || slash == path)
		return ST_OK;
	folder = strndup(path, (size_t)(slash - path));
	if (folder == NULL)
		return err_nomem(err);
	st = file_mkdirs(folder, mode, err);
	free(folder);
	return st;
}

bool file_exists(const char *path)
{
	struct stat sb;

	return stat(path, &sb) == 0;
}

static const struct {
	const char *env;
	const char *below_home; /* NULL: no default */
} xdg_rows[] = {
	[XDG_CONFIG] = {"XDG_CONFIG_HOME", "/.config"},
	[XDG_DATA] = {"XDG_DATA_HOME", "/.local/share"},
	[XDG_STATE] = {"XDG_STATE_HOME", "/.local/state"},
	[XDG_CACHE] = {"XDG_CACHE_HOME", "/.cache"},
	[XDG_RUNTIME] = {"XDG_RUNTIME_DIR", NULL},
};

static enum status put_home(struct buf *out, struct err *err)
{
	const char *home = getenv("HOME");
	struct passwd pw;
	struct passwd *found = NULL;
	char text[4096];

	if (home == NULL || home[0] != '/') {
		home = NULL;
		if (getpwuid_r(getuid(), &pw, text, sizeof(text), &found) ==
				0 &&
			found != NULL && found->pw_dir[0] == '/')
			home = found->pw_dir;
	}
	if (home == NULL)
		return err_set(err, ST_CONFIG,
			"no home folder: set HOME, or "
			"XDG_CONFIG_HOME, XDG_DATA_HOME and XDG_STATE_HOME");
	buf_str(out, home);
	return ST_OK;
}

enum status file_xdg(
	enum xdg which, const char *tail, struct buf *out, struct err *err)
{
	const char *base = getenv(xdg_rows[which].env);
	enum status st;

	if (base != NULL && base[0] == '/') {
		buf_str(out, base);
	} else if (xdg_rows[which].below_home == NULL) {
		return err_set(
			err, ST_CONFIG, "%s is not set", xdg_rows[which].env);
	} else {
		st = put_home(out, err);
		if (st != ST_OK)
			return st;
		buf_str(out, xdg_rows[which].below_home);
	}
	buf_str(out, "/atllama");
	if (tail != NULL)
		buf_fmt(out, "/%s", tail);
	return buf_check(out, "path", err);
}

/* Appends the folder of the executable; false when it is not known. */
static bool put_exe_folder(struct buf *out)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (n <= 0)
		return false;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	buf_str(out, path);
	return true;
}

enum status file_share(const char *tail, struct buf *out, struct err *err)
{
	static const char *const beside[] = {
		"/../share/atllama", "/share/atllama"};
	const char *env = getenv("ATLLAMA_SHARE");
	size_t start = out->len;
	size_t i;

	if (env != NULL && env[0] != '\0') {
		buf_str(out, env);
		goto found;
	}
	for (i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
		buf_truncate(out, start);
		if (!put_exe_folder(out))
			break;
		buf_str(out, beside[i]);
		if (file_exists(out->p + start))
			goto found;
	}
	buf_truncate(out, start);
	buf_str(out, ATL_PREFIX_SHARE);
found:
	if (tail != NULL)
		buf_fmt(out, "/%s", tail);
	return buf_check(out, "path", err);
}

enum status file_output_check(const char *path, struct err *err)
{
	struct stat sb;
	struct buf folder;
	const char *slash = strrchr(path, '/');
	enum status st = ST_OK;

	if (stat(path, &sb) == 0) {
		if (S_ISDIR(sb.st_mode))
			return err_set(err, ST_USAGE,
				"cannot write \"%s\": it is a folder", path);
		return access(path, W_OK) == 0
			? ST_OK
			: err_sys(err, ST_USAGE, "cannot write \"%s\"", path);
	}
	buf_init(&folder, BUF_SMALL);
	if (slash == NULL)
		buf_str(&folder, ".");
	else
		buf_add(&folder, path, (size_t)(slash - path) + 1);
	if (access(folder.p, W_OK | X_OK) != 0)
		st = err_sys(err, ST_USAGE, "cannot write \"%s\"", path);
	buf_release(&folder);
	return st;
}
