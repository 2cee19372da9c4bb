#include "store/index.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "store/disk.h"
#include "store/place.h"

enum { PATH_MAX_BYTES = 64 * 1024, LAST_MAX = 1024 * 1024 };

#define INDEX_MAX ((size_t)4 * 1024 * 1024 * 1024)

void index_init(struct index *x, struct vault *v, const struct index_ops *ops)
{
	memset(x, 0, sizeof(*x));
	x->vault = v;
	x->ops = *ops;
	x->fd = -1;
	syncer_init(&x->syncer);
	x->window.shared = true;
	buf_init(&x->path, PATH_MAX_BYTES);
	buf_init(&x->tmp, PATH_MAX_BYTES);
	buf_init(&x->out, INDEX_MAX);
	buf_fmt(&x->path, "%s/index.ati", vault_state(v));
}

static void close_file(struct index *x)
{
	(void)index_settled(x);
	if (x->fd >= 0)
		(void)close(x->fd);
	x->fd = -1;
	x->end = 0;
	x->losses = 0;
	segment_release(&x->segment);
}

void index_release(struct index *x)
{
	close_file(x);
	scan_window_release(&x->window);
	buf_release(&x->path);
	buf_release(&x->tmp);
	buf_release(&x->out);
}

static enum status read_header(struct index *x, struct err *err)
{
	static const struct id none;
	uint8_t bytes[SEGMENT_HEADER];
	ssize_t n = fd_pread_full(x->fd, bytes, sizeof(bytes), 0);
	enum status st;

	if (n < 0)
		return err_sys(err, ST_IO, "cannot read \"%s\"", x->path.p);
	st = segment_read(&x->segment, x->vault, bytes, (size_t)n, err);
	if (st == ST_OK &&
		(!(x->segment.info.flags & SEGMENT_INDEX) ||
			!id_eq(&x->segment.info.conv, &none)))
		st = err_set(err, ST_DAMAGED, "not an index");
	if (st != ST_OK)
		err_prefix(err, "\"%s\"", x->path.p);
	return st;
}

/* Opens the file that is now at the path, unless that one is open already. */
static enum status open_file(struct index *x, struct err *err)
{
	struct stat sb;
	enum status st;

	if (x->path.bad)
		return err_nomem(err);
	if (lstat(x->path.p, &sb) != 0) {
		close_file(x);
		return err_sys(err,
			errno == ENOENT || errno == ENOTDIR ? ST_NOT_FOUND
							    : ST_IO,
			"cannot open \"%s\"", x->path.p);
	}
	if (x->fd >= 0 && sb.st_dev == x->dev && sb.st_ino == x->ino)
		return ST_OK;
	close_file(x);
	x->fd = open(x->path.p, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (x->fd < 0 && (errno == EACCES || errno == EROFS))
		x->fd = open(x->path.p,
			O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (x->fd < 0 || fstat(x->fd, &sb) != 0)
		return err_sys(err, errno == ENOENT ? ST_NOT_FOUND : ST_IO,
			"cannot open \"%s\"", x->path.p);
	x->dev = sb.st_dev;
	x->ino = sb.st_ino;
	st = read_header(x, err);
	if (st != ST_OK) {
		close_file(x);
		return st;
	}
	scan_begin(&x->scan, &x->segment);
	x->fresh = true;
	return ST_OK;
}

static enum status on_record(
	const struct record *r, uint64_t seq, void *payload, struct err *err)
{
	struct index *x = payload;
	size_t bytes = frame_padded(SEGMENT_FIXED + r->payload.n) + BOX_TAG +
		FRAME_HEAD + FRAME_FOOT;

	(void)seq;
	(void)err;
	x->ops.record(r, bytes, x->ops.payload);
	return ST_OK;
}

static void on_loss(const struct scan_loss *loss, void *payload)
{
	struct index *x = payload;

	(void)loss;
	x->losses++;
}

/* Delivers what is new in the open file. */
static enum status deliver(struct index *x, struct err *err)
{
	struct stat sb;

	if (fstat(x->fd, &sb) != 0)
		return err_sys(err, ST_IO, "cannot read \"%s\"", x->path.p);
	if (x->fresh || (uint64_t)sb.st_size < x->scan.end) {
		x->ops.reset(x->ops.payload);
		scan_begin(&x->scan, &x->segment);
		x->losses = 0;
		x->fresh = false;
	}
	return scan_run(&x->scan, &x->window, scan_pread, &x->fd,
		(uint64_t)sb.st_size, on_record, on_loss, x, err);
}

enum status index_sync(struct index *x, struct err *err)
{
	enum status st = open_file(x, err);

	return st == ST_OK ? deliver(x, err) : st;
}

/* Takes the lock, and makes sure that the locked file is still the one at the
 * path. */
static enum status lock_file(struct index *x, struct err *err)
{
	int tries;
	enum status st = ST_OK;

	for (tries = 0; tries < 16; tries++) {
		struct stat sb;

		st = open_file(x, err);
		if (st == ST_OK)
			st = disk_lock(
				x->fd, x->path.p, LOCK_EX, VAULT_LOCK_MS, err);
		if (st != ST_OK)
			return st;
		if (lstat(x->path.p, &sb) == 0 && sb.st_dev == x->dev &&
			sb.st_ino == x->ino)
			return ST_OK;
		/* It was replaced while we waited: open the new file. */
		(void)flock(x->fd, LOCK_UN);
	}
	return err_set(err, ST_BUSY,
		"\"%s\" is being rewritten again and again", x->path.p);
}

/* Finds where to append from the last record alone, whose foot says how long it
 * is. False when it is torn, damaged or too long for that. */
static bool find_end(struct index *x, uint64_t size)
{
	uint8_t foot[FRAME_FOOT];
	struct frame f;
	size_t total;
	uint8_t *p;

	if (size == SEGMENT_HEADER) {
		x->end = size;
		x->next_seq = 0;
		segment_first_link(&x->segment, x->link);
		return true;
	}
	if (size < SEGMENT_HEADER + FRAME_FOOT ||
		fd_pread_full(x->fd, foot, sizeof(foot),
			(off_t)(size - FRAME_FOOT)) != sizeof(foot) ||
		!frame_is_foot(foot, size - SEGMENT_HEADER, &total) ||
		total > LAST_MAX)
		return false;
	buf_reset(&x->out);
	if (!buf_reserve(&x->out, total) ||
		fd_pread_full(x->fd, x->out.p, total, (off_t)(size - total)) !=
			(ssize_t)total)
		return false;
	p = (uint8_t *)x->out.p;
	if (!frame_get_head(p, &x->segment.info.seg, &f) || f.total != total ||
		!frame_is_whole(p, &x->segment.info.seg, &f))
		return false;
	x->end = size;
	x->next_seq = f.seq + 1;
	segment_link_of(p, &f, x->link);
	return true;
}

/* Finds where to append with a scan of the file, when its tail cannot be
 * read. */
static enum status scan_end(struct index *x, uint64_t size, struct err *err)
{
	struct scan s;
	enum status st;

	scan_begin(&s, &x->segment);
	st = scan_run(&s, &x->window, scan_pread, &x->fd, size, NULL, NULL,
		NULL, err);
	if (st != ST_OK)
		return st;
	if (ftruncate(x->fd, (off_t)s.end) != 0)
		return err_sys(err, ST_IO, "cannot repair \"%s\"", x->path.p);
	x->end = s.end;
	x->next_seq = s.next_seq;
	memcpy(x->link, s.link, SEGMENT_LINK);
	return ST_OK;
}

static enum status append_locked(
	struct index *x, const struct record *r, struct err *err)
{
	struct stat sb;
	enum status st = ST_OK;

	if (fstat(x->fd, &sb) != 0)
		return err_sys(err, ST_IO, "cannot read \"%s\"", x->path.p);
	if ((uint64_t)sb.st_size != x->end &&
		!find_end(x, (uint64_t)sb.st_size))
		st = scan_end(x, (uint64_t)sb.st_size, err);
	if (st != ST_OK)
		return st;
	buf_reset(&x->out);
	st = segment_seal(&x->segment, x->next_seq, x->link, r, &x->out, err);
	if (st != ST_OK) {
		x->end = 0;
		return st;
	}
	if (pwrite(x->fd, x->out.p, x->out.len, (off_t)x->end) !=
		(ssize_t)x->out.len) {
		st = err_sys(err, ST_IO, "cannot write \"%s\"", x->path.p);
		/* If this fails too, the next append cuts off the torn tail. */
		(void)!ftruncate(x->fd, (off_t)x->end);
		x->end = 0;
		return st;
	}
	x->doubled = ((x->end + x->out.len) ^ x->end) > x->end;
	x->end += x->out.len;
	x->next_seq++;
	return ST_OK;
}

enum status index_append(
	struct index *x, const struct record *r, struct err *err)
{
	enum status st = lock_file(x, err);

	if (st != ST_OK)
		return st;
	st = append_locked(x, r, err);
	(void)flock(x->fd, LOCK_UN);
	return st;
}

bool index_settle(struct index *x)
{
	(void)index_settled(x);
	if (x->fd < 0)
		return false;
	syncer_begin(&x->syncer, x->fd);
	return true;
}

bool index_settled(struct index *x)
{
	int error = syncer_wait(&x->syncer);

	if (error != 0)
		log_debug("cannot sync \"%s\": errno %d", x->path.p, error);
	return error == 0;
}

/* Puts a new header into x->out. The old file stays open, for its lock. */
static enum status new_header(
	struct index *x, struct segment *ret, struct err *err)
{
	struct segment_info info = {.flags = SEGMENT_INDEX};
	enum status st = segment_new(ret, x->vault, &info, err);

	if (st != ST_OK)
		return st;
	buf_reset(&x->out);
	segment_put_header(ret, &x->out);
	segment_first_link(ret, x->link);
	x->next_seq = 0;
	return ST_OK;
}

enum status index_begin(struct index *x, struct err *err)
{
	struct segment seg;
	enum status st = lock_file(x, err);

	if (st == ST_OK)
		st = deliver(x, err);
	else if (st == ST_NOT_FOUND || st == ST_DAMAGED) {
		err_clear(err);
		st = ST_OK;
	}
	if (st == ST_OK)
		st = new_header(x, &seg, err);
	if (st != ST_OK) {
		close_file(x);
		return st;
	}
	segment_release(&x->segment);
	x->segment = seg;
	return ST_OK;
}

enum status index_put(struct index *x, const struct record *r, struct err *err)
{
	return segment_seal(
		&x->segment, x->next_seq++, x->link, r, &x->out, err);
}

enum status index_commit(struct index *x, enum status so_far, struct err *err)
{
	enum status st = so_far;

	if (st == ST_OK) {
		place_temp(&x->tmp, vault_state(x->vault));
		st = buf_check(&x->tmp, "path", err);
	}
	if (st == ST_OK)
		st = disk_replace(x->path.p, x->tmp.p, buf_view(&x->out), err);
	/* This unlocks; the next call opens the new file. */
	close_file(x);
	buf_release(&x->out);
	return st;
}
