#include "store/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "store/disk.h"

enum {
	NAME_MAX_BYTES = 512,
	/* How long we wait for the name in a file that was just made. */
	TRIES = 50,
	PAUSE_NS = 20 * 1000 * 1000,
};

/* Types of statfs(2). All those of libfuse are FUSE, whatever is behind
 * them. */
static const struct {
	uint32_t magic;
	const char *name;
} kinds[] = {
	{0x00006969, "NFS"},
	{0x0000517b, "SMB"},
	{0xfe534d42, "SMB"},
	{0xff534d42, "CIFS"},
	{0x65735546, "FUSE"},
	{0x01021997, "9P"},
	{0x5346414f, "AFS"},
	{0x6b414653, "AFS"},
	{0x00c36400, "Ceph"},
	{0x0bd00bd0, "Lustre"},
	{0x73757245, "Coda"},
};

const char *host_remote(const char *path)
{
	struct statfs sb;
	size_t i;

	if (statfs(path, &sb) != 0)
		return NULL;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].magic == (uint32_t)sb.f_type)
			return kinds[i].name;
	return NULL;
}

/* Appends the name of this machine and, since many machines share a name, the
 * id that systemd gives it. */
static void put_self(struct buf *out)
{
	struct utsname u;
	char id[64];
	int fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;

	if (fd >= 0) {
		n = read(fd, id, sizeof(id));
		(void)close(fd);
	}
	buf_str(out, uname(&u) == 0 ? u.nodename : "?");
	buf_char(out, ' ');
	if (n > 0)
		buf_span(out, span_trim(span_of(id, (size_t)n)));
	buf_char(out, '\n');
}

/* Reads the name of the machine; waits if the maker of the file has not written
 * it yet. */
static void read_name(int fd, char *name, size_t size, size_t *ret_n)
{
	struct timespec pause = {0, PAUSE_NS};
	ssize_t n = 0;
	int i;

	for (i = 0; i < TRIES; i++) {
		n = pread(fd, name, size, 0);
		if (n > 0 && name[n - 1] == '\n')
			break;
		(void)nanosleep(&pause, NULL);
	}
	*ret_n = n > 0 ? (size_t)n : 0;
}

/* Tries once. *ret_fd stays -1 if the file has changed meanwhile: try again. */
static enum status try_enter(
	const char *path, struct span self, int *ret_fd, struct err *err)
{
	char name[NAME_MAX_BYTES];
	size_t n = 0;
	int fd = open(
		path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd >= 0 && !fd_write_full(fd, self.p, self.n)) {
		(void)err_sys(err, ST_IO, "cannot write \"%s\"", path);
		(void)unlink(path);
		(void)close(fd);
		return ST_IO;
	}
	if (fd < 0 && errno != EEXIST)
		return err_sys(err, ST_IO, "cannot create \"%s\"", path);
	if (fd < 0)
		fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT
			? ST_OK
			: err_sys(err, ST_IO, "cannot open \"%s\"", path);
	read_name(fd, name, sizeof(name), &n);
	if (!span_eq(span_of(name, n), self)) {
		struct span who = span_of(name, n);

		(void)close(fd);
		who = span_cut(&who, ' ');
		return err_set(err, ST_BUSY,
			"another machine (%.*s) has the saved conversations "
			"open. If it does not run atllama any more, remove "
			"\"%s\"",
			(int)who.n, who.p, path);
	}
	if (flock(fd, LOCK_SH | LOCK_NB) != 0 || !disk_is_there(fd, path)) {
		(void)close(fd);
		return ST_OK;
	}
	*ret_fd = fd;
	return ST_OK;
}

enum status host_enter(const char *path, int *ret_fd, struct err *err)
{
	struct timespec pause = {0, PAUSE_NS};
	struct buf self;
	int i;
	enum status st;

	*ret_fd = -1;
	buf_init(&self, NAME_MAX_BYTES - 1);
	put_self(&self);
	st = buf_check(&self, "name of the machine", err);
	for (i = 0; i < TRIES && st == ST_OK && *ret_fd < 0; i++) {
		if (i > 0)
			(void)nanosleep(&pause, NULL);
		st = try_enter(path, buf_view(&self), ret_fd, err);
	}
	if (st == ST_OK && *ret_fd < 0)
		st = err_set(err, ST_BUSY, "\"%s\" cannot be locked", path);
	buf_release(&self);
	return st;
}

void host_leave(const char *path, int fd)
{
	if (fd < 0)
		return;
	/* The last one removes the file. */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && disk_is_there(fd, path))
		(void)unlink(path);
	(void)close(fd);
}
