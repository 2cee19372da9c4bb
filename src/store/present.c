#include "store/present.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "store/disk.h"
#include "store/vault.h"

enum { PATH_MAX_BYTES = 64 * 1024, TRIES = 4 };

struct present {
	struct buf path;
	int fd;
};

static void put_folder(const struct vault *v, struct buf *out)
{
	buf_reset(out);
	buf_fmt(out, "%s/open", vault_state(v));
}

static void put_path(
	const struct vault *v, const struct id *conv, struct buf *out)
{
	char hex[ID_HEX + 1];

	id_hex(conv, hex);
	put_folder(v, out);
	buf_fmt(out, "/%s", hex);
}

bool present_others(
	const struct vault *v, const struct id *conv, struct buf *who)
{
	struct buf path;
	bool held = false;
	int fd = -1;

	buf_init(&path, PATH_MAX_BYTES);
	put_path(v, conv, &path);
	if (!path.bad)
		fd = open(
			path.p, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0) {
		held = flock(fd, LOCK_EX | LOCK_NB) != 0 &&
			errno == EWOULDBLOCK;
		if (held)
			disk_holders(fd, who);
		(void)close(fd);
	}
	buf_release(&path);
	return held;
}

static int enter(const char *path)
{
	int tries;

	for (tries = 0; tries < TRIES; tries++) {
		int fd = open(path,
			O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
			0600);

		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_SH | LOCK_NB) == 0 &&
			disk_is_there(fd, path))
			return fd;
		(void)close(fd);
	}
	return -1;
}

struct present *present_enter(const struct vault *v, const struct id *conv)
{
	struct present *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	buf_init(&p->path, PATH_MAX_BYTES);
	p->fd = -1;
	put_folder(v, &p->path);
	if (!p->path.bad && mkdir(p->path.p, 0700) != 0 && errno != EEXIST)
		log_debug("cannot create \"%s\"", p->path.p);
	put_path(v, conv, &p->path);
	if (!p->path.bad)
		p->fd = enter(p->path.p);
	if (p->fd >= 0)
		return p;
	present_leave(p);
	return NULL;
}

void present_leave(struct present *p)
{
	if (p == NULL)
		return;
	/* The last process to leave removes the file. */
	if (p->fd >= 0 && flock(p->fd, LOCK_EX | LOCK_NB) == 0 &&
		disk_is_there(p->fd, p->path.p))
		(void)unlink(p->path.p);
	if (p->fd >= 0)
		(void)close(p->fd);
	buf_release(&p->path);
	free(p);
}
