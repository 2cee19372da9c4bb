#include "store/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/disk.h"

enum {
	COPY_CHUNK = 64 * 1024,
	PATH_MAX_BYTES = 64 * 1024,
	FOLDERS = 256, /* one for each first byte of an id */
};

void place_conv_folder(
	const struct vault *v, const struct id *conv, struct buf *out)
{
	buf_reset(out);
	buf_fmt(out, "%s/c/%02x", vault_dir(v), conv->b[0]);
}

static enum status each_name(
	const char *path, place_fn *fn, void *payload, struct err *err)
{
	DIR *dir = opendir(path);
	struct dirent *de;
	enum status st = ST_OK;

	if (dir == NULL)
		return errno == ENOENT
			? ST_OK
			: err_sys(err, ST_IO, "cannot read folder \"%s\"",
				  path);
	while (st == ST_OK && (de = readdir(dir)) != NULL)
		st = fn(dirfd(dir), de->d_name, payload, err);
	(void)closedir(dir);
	return st;
}

enum status place_each_conv(
	const struct vault *v, place_fn *fn, void *payload, struct err *err)
{
	struct buf path;
	unsigned k;
	enum status st = ST_OK;

	buf_init(&path, PATH_MAX_BYTES);
	for (k = 0; k < FOLDERS && st == ST_OK; k++) {
		struct id first = {{(uint8_t)k}};

		place_conv_folder(v, &first, &path);
		st = buf_check(&path, "path", err);
		if (st == ST_OK)
			st = each_name(path.p, fn, payload, err);
	}
	buf_release(&path);
	return st;
}

void place_folder(const struct vault *v, const char *name, struct buf *out)
{
	buf_reset(out);
	buf_fmt(out, "%s/%s", vault_dir(v), name);
}

static enum status make_one(const char *path, bool sync, struct err *err)
{
	if (mkdir(path, 0700) != 0) {
		if (errno == EEXIST)
			return ST_OK;
		return err_sys(err, ST_IO, "cannot create folder \"%s\"", path);
	}
	/* The umask may have cleared bits that we need. */
	if (chmod(path, 0700) != 0)
		return err_sys(
			err, ST_IO, "cannot open up folder \"%s\"", path);
	return sync ? disk_sync_parent(path, err) : ST_OK;
}

enum status place_make(
	const struct vault *v, const char *folder, bool sync, struct err *err)
{
	size_t at = strlen(vault_dir(v));
	struct buf path;
	enum status st = ST_OK;

	if (file_exists(folder))
		return ST_OK;
	buf_init(&path, PATH_MAX_BYTES);
	while (st == ST_OK && folder[at] == '/') {
		at += 1 + strcspn(folder + at + 1, "/");
		buf_set(&path, span_of(folder, at));
		if (path.bad)
			st = err_nomem(err);
		else
			st = make_one(path.p, sync, err);
	}
	buf_release(&path);
	return st;
}

void place_segment(struct buf *out, const char *folder, const char *stem,
	const uint8_t device[VAULT_DEVICE], uint32_t seg_no)
{
	char hex[2 * VAULT_DEVICE + 1];

	hex_encode(device, VAULT_DEVICE, hex);
	buf_reset(out);
	buf_fmt(out, "%s/%s.%s.%04" PRIx32 ".atj", folder, stem, hex, seg_no);
}

bool place_parse(const char *name, char ret_stem[PLACE_STEM],
	uint8_t ret_device[VAULT_DEVICE], uint32_t *ret_seg_no)
{
	struct span rest = span_str(name);
	struct span stem = span_cut(&rest, '.');
	struct span device = span_cut(&rest, '.');
	struct span seg_no = span_cut(&rest, '.');
	uint8_t no[2];

	if (stem.n == 0 || stem.n >= PLACE_STEM || !span_is(rest, "atj") ||
		!hex_decode(device, ret_device, VAULT_DEVICE) ||
		!hex_decode(seg_no, no, sizeof(no)))
		return false;
	memcpy(ret_stem, stem.p, stem.n);
	ret_stem[stem.n] = '\0';
	*ret_seg_no = (uint32_t)no[0] << 8 | no[1];
	return true;
}

void place_temp(struct buf *out, const char *folder)
{
	uint8_t random[ID_LEN];
	char hex[ID_HEX + 1];

	box_random(random, sizeof(random));
	hex_encode(random, sizeof(random), hex);
	buf_reset(out);
	buf_fmt(out, "%s/%s.tmp", folder, hex);
}

/* Sets *out to the path of a new file in quarantine/; makes the folder. */
static enum status aside_path(const struct vault *v, const char *stem,
	uint64_t offset, struct buf *out, struct err *err)
{
	uint8_t random[4];
	char hex[2 * sizeof(random) + 1];
	enum status st;

	place_folder(v, "quarantine", out);
	st = buf_check(out, "path", err);
	if (st == ST_OK)
		st = place_make(v, out->p, true, err);
	if (st != ST_OK)
		return st;
	box_random(random, sizeof(random));
	hex_encode(random, sizeof(random), hex);
	buf_fmt(out, "/%s.%" PRIx64 ".%s", stem, offset, hex);
	return buf_check(out, "path", err);
}

static bool copy_bytes(int to, int fd, uint64_t offset, uint64_t n)
{
	char chunk[COPY_CHUNK];

	while (n > 0) {
		size_t want = n < sizeof(chunk) ? (size_t)n : sizeof(chunk);
		ssize_t got = pread(fd, chunk, want, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		if (got == 0)
			return true;
		if (!fd_write_full(to, chunk, (size_t)got))
			return false;
		offset += (uint64_t)got;
		n -= (uint64_t)got;
	}
	return true;
}

enum status place_quarantine(const struct vault *v, const char *stem, int fd,
	uint64_t offset, uint64_t n, struct err *err)
{
	struct buf path;
	enum status st;
	int to = -1;

	buf_init(&path, PATH_MAX_BYTES);
	st = aside_path(v, stem, offset, &path, err);
	if (st != ST_OK)
		goto out;
	to = open(path.p, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		0600);
	if (to < 0 || fchmod(to, 0600) != 0 || !copy_bytes(to, fd, offset, n) ||
		fsync(to) != 0) {
		st = err_sys(err, ST_IO, "cannot write \"%s\"", path.p);
		if (to >= 0)
			(void)unlink(path.p);
		goto out;
	}
	st = disk_sync_parent(path.p, err);
out:
	if (to >= 0)
		(void)close(to);
	buf_release(&path);
	return st;
}

enum status place_move_aside(const struct vault *v, const char *stem,
	const char *path, struct err *err)
{
	struct buf to;
	enum status st;

	buf_init(&to, PATH_MAX_BYTES);
	st = aside_path(v, stem, 0, &to, err);
	if (st == ST_OK && rename(path, to.p) != 0 && errno != ENOENT)
		st = err_sys(err, ST_IO, "cannot move \"%s\" aside", path);
	buf_release(&to);
	return st;
}
