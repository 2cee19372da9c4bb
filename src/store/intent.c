#include "store/intent.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "store/disk.h"
#include "store/vault.h"

enum { PATH_MAX_BYTES = 64 * 1024, TEXT_MAX = 1024 * 1024 };

static void put_path(const struct vault *v, struct buf *out)
{
	buf_fmt(out, "%s/deleting", vault_state(v));
}

static bool write_ids(int fd, const struct id *ids, size_t n)
{
	struct buf text;
	bool ok;
	size_t k;

	buf_init(&text, TEXT_MAX);
	for (k = 0; k < n; k++) {
		char hex[ID_HEX + 1];

		id_hex(&ids[k], hex);
		buf_fmt(&text, "%s\n", hex);
	}
	ok = !text.bad && lseek(fd, 0, SEEK_END) >= 0 &&
		fd_write_full(fd, text.p, text.len) && fdatasync(fd) == 0;
	buf_release(&text);
	return ok;
}

void intent_begin(
	struct intent *i, const struct vault *v, const struct id *ids, size_t n)
{
	struct err err = {0};
	enum status st;

	i->fd = -1;
	buf_init(&i->path, PATH_MAX_BYTES);
	put_path(v, &i->path);
	if (n == 0 || i->path.bad)
		return;
	st = disk_open_lock(i->path.p, &i->fd, &err);
	if (st == ST_OK)
		st = disk_lock(i->fd, i->path.p, LOCK_EX, VAULT_LOCK_MS, &err);
	if (st == ST_OK && !write_ids(i->fd, ids, n))
		st = err_sys(&err, ST_IO, "cannot write \"%s\"", i->path.p);
	if (st == ST_OK)
		st = disk_sync_parent(i->path.p, &err);
	if (st == ST_OK)
		return;
	log_debug("deleting without a note of it: %s", err.msg);
	if (i->fd >= 0)
		(void)close(i->fd);
	i->fd = -1;
}

void intent_end(struct intent *i, bool done)
{
	/* Unlinked while locked: whoever waits for the lock then has a file
	 * without a name, and ids in that do no harm. */
	if (i->fd >= 0 && done)
		(void)unlink(i->path.p);
	if (i->fd >= 0)
		(void)close(i->fd);
	i->fd = -1;
	buf_release(&i->path);
}

static size_t parse(struct span text, struct id *ret)
{
	size_t n = 0;

	while (text.n > 0) {
		struct span line = span_cut(&text, '\n');

		/* A line that a crash has cut short is not an id. */
		if (line.n == ID_HEX && id_parse(line, &ret[n]))
			n++;
	}
	return n;
}

static enum status read_ids(int fd, const char *path, struct id **ret,
	size_t *ret_n, struct err *err)
{
	struct buf text;
	enum status st;

	buf_init(&text, TEXT_MAX);
	st = fd_read_all(fd, path, &text, err);
	if (st == ST_OK && text.len >= ID_HEX) {
		*ret = calloc(text.len / ID_HEX, sizeof(**ret));
		if (*ret == NULL)
			st = err_nomem(err);
		else
			*ret_n = parse(buf_view(&text), *ret);
	}
	buf_release(&text);
	return st;
}

enum status intent_left(
	const struct vault *v, struct id **ret, size_t *ret_n, struct err *err)
{
	struct buf path;
	enum status st = ST_OK;
	int fd = -1;

	*ret = NULL;
	*ret_n = 0;
	buf_init(&path, PATH_MAX_BYTES);
	put_path(v, &path);
	if (!path.bad)
		fd = open(path.p, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		st = read_ids(fd, path.p, ret, ret_n, err);
	if (fd >= 0)
		(void)close(fd);
	buf_release(&path);
	return st;
}
