#include "tty/editor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tty/child.h"

#define FILE_NAME "message.md"

static const char *editor_name(void)
{
	static const char *const names[] = {"VISUAL", "EDITOR"};
	size_t i;

	for (i = 0; i < 2; i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && value[0] != '\0')
			return value;
	}
	return "vi";
}

/* Appends the path of a new folder; "runtime" ones live in memory. */
static enum status make_folder(struct buf *path, struct err *err)
{
	static const char *const names[] = {"XDG_RUNTIME_DIR", "TMPDIR"};
	size_t i;

	for (i = 0; i < 3; i++) {
		const char *base = i < 2 ? getenv(names[i]) : "/tmp";

		if (base == NULL || base[0] != '/')
			continue;
		buf_reset(path);
		buf_fmt(path, "%s/atllama-XXXXXX", base);
		if (path->bad)
			return err_nomem(err);
		if (mkdtemp(path->p) != NULL)
			return ST_OK;
	}
	return err_sys(err, ST_IO, "cannot make a folder for the draft");
}

/* Overwrites a file with zeros before it is removed. On journaling or
 * flash-backed file systems that guarantees nothing; in memory it does. */
static void wipe(int folder, const char *name)
{
	static const char zeros[4096];
	struct stat sb;
	off_t done = 0;
	int fd = openat(folder, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && fstat(fd, &sb) == 0 && S_ISREG(sb.st_mode))
		while (done < sb.st_size) {
			off_t left = sb.st_size - done;
			size_t n = left < (off_t)sizeof(zeros) ? (size_t)left
							       : sizeof(zeros);

			if (!fd_write_full(fd, zeros, n))
				break;
			done += (off_t)n;
		}
	if (fd >= 0)
		(void)close(fd);
	(void)unlinkat(folder, name, 0);
}

static void remove_folder(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (dir == NULL)
		return;
	for (entry = readdir(dir); entry != NULL; entry = readdir(dir))
		if (strcmp(entry->d_name, ".") != 0 &&
			strcmp(entry->d_name, "..") != 0)
			wipe(dirfd(dir), entry->d_name);
	(void)closedir(dir);
	(void)rmdir(path);
}

static enum status write_new(
	const char *path, struct span content, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	enum status st = ST_OK;

	if (fd < 0)
		return err_sys(err, ST_IO, "cannot write \"%s\"", path);
	/* A text file ends with a newline; editors complain otherwise. */
	if (!fd_write_full(fd, content.p, content.n) ||
		(content.n > 0 && !fd_write_full(fd, "\n", 1)))
		st = err_sys(err, ST_IO, "cannot write \"%s\"", path);
	if (close(fd) != 0 && st == ST_OK)
		st = err_sys(err, ST_IO, "cannot write \"%s\"", path);
	return st;
}

static enum status edit_file(const char *path, struct err *err)
{
	struct child child = {0};
	int code = 0;
	enum status st = child_start(&child, editor_name(), path, -1, err);

	if (st == ST_OK)
		st = child_wait(&child, &code, err);
	if (st == ST_OK && code != 0)
		st = err_set(err, ST_FAIL,
			"the editor ended with code %d: the draft is as it was",
			code);
	return st;
}

enum status editor_run(struct buf *text, struct err *err)
{
	struct buf folder;
	struct buf path;
	struct buf result;
	enum status st;

	buf_init(&folder, BUF_SMALL);
	buf_init(&path, BUF_SMALL);
	buf_init(&result, text->max);
	st = make_folder(&folder, err);
	if (st != ST_OK)
		goto out;
	buf_fmt(&path, "%s/%s", folder.p, FILE_NAME);
	st = buf_check(&path, "path", err);
	if (st == ST_OK)
		st = write_new(path.p, buf_view(text), err);
	if (st == ST_OK)
		st = edit_file(path.p, err);
	if (st == ST_OK)
		st = file_read(path.p, &result, err);
	remove_folder(folder.p);
	if (st != ST_OK)
		goto out;
	if (result.len > 0 && result.p[result.len - 1] == '\n')
		buf_truncate(&result, result.len - 1);
	buf_set(text, buf_view(&result));
	st = buf_check(text, "draft", err);
out:
	buf_release(&result);
	buf_release(&path);
	buf_release(&folder);
	return st;
}
