#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "store/disk.h"
#include "store/journal_priv.h"
#include "store/shred.h"

enum { PATH_MAX_BYTES = 64 * 1024, FLUSH_AT = 1024 * 1024, TRIES = 8 };

/* The input history being written anew. */
struct forgetting {
	struct vault *vault;
	const struct id *ids; /* sorted */
	size_t n;
	size_t lines; /* that go */
	bool writing; /* else only counting */
	struct segment seg;
	uint64_t seq;
	uint8_t link[SEGMENT_LINK];
	struct buf tmp;
	struct buf out;
	int fd;
};

static enum status flush(struct forgetting *f, struct err *err)
{
	enum status st = buf_check(&f->out, "input history", err);

	if (st == ST_OK && !fd_write_full(f->fd, f->out.p, f->out.len))
		st = err_sys(err, ST_IO, "cannot write \"%s\"", f->tmp.p);
	buf_reset(&f->out);
	return st;
}

static enum status on_record(
	const struct record *r, uint64_t seq, void *payload, struct err *err)
{
	struct forgetting *f = payload;
	enum status st;

	(void)seq;
	if (r->type == RECORD_INPUT && delete_has(f->ids, f->n, &r->id)) {
		f->lines++;
		return ST_OK;
	}
	if (!f->writing)
		return ST_OK;
	st = segment_seal(&f->seg, f->seq++, f->link, r, &f->out, err);
	return st == ST_OK && f->out.len > FLUSH_AT ? flush(f, err) : st;
}

static enum status scan_all(
	struct forgetting *f, struct journal *j, struct err *err)
{
	size_t i;
	enum status st = ST_OK;

	f->lines = 0;
	for (i = 0; i < j->n && st == ST_OK; i++) {
		struct jseg *js = j->segs[i];
		struct scan scan;
		struct stat sb;

		if (js->unreadable || js->fd < 0)
			continue;
		if (fstat(js->fd, &sb) != 0)
			return err_sys(
				err, ST_IO, "cannot read \"%s\"", js->path.p);
		scan_begin(&scan, &js->segment);
		st = scan_run(&scan, &j->window, scan_pread, &js->fd,
			(uint64_t)sb.st_size, on_record, NULL, f, err);
	}
	return st;
}

/* A segment without a record would be a damaged one. */
static enum status put_note(struct forgetting *f, struct err *err)
{
	struct record r = {
		.type = RECORD_NOTE,
		.flags = RECORD_MAY_IGNORE,
		.time_ms = clock_wall_ms(),
		.payload = span_str("the lines before were deleted"),
	};

	return segment_seal(&f->seg, f->seq++, f->link, &r, &f->out, err);
}

/* All that stays, in one segment under the number of the last one, in a
 * temporary file, synced. */
static enum status write_new(
	struct forgetting *f, struct journal *j, struct err *err)
{
	struct segment_info info = {.conv = j->id,
		.seg_no = journal_last(j)->no,
		.flags = SEGMENT_COMPACTED};
	enum status st = segment_new(&f->seg, f->vault, &info, err);

	if (st != ST_OK)
		return st;
	place_temp(&f->tmp, j->folder.p);
	st = buf_check(&f->tmp, "path", err);
	if (st != ST_OK)
		return st;
	f->fd = open(f->tmp.p,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (f->fd < 0)
		return err_sys(err, ST_IO, "cannot create \"%s\"", f->tmp.p);
	segment_put_header(&f->seg, &f->out);
	segment_first_link(&f->seg, f->link);
	f->writing = true;
	st = scan_all(f, j, err);
	if (st == ST_OK && f->seq == 0)
		st = put_note(f, err);
	if (st == ST_OK)
		st = flush(f, err);
	if (st == ST_OK && fsync(f->fd) != 0)
		st = err_sys(err, ST_IO, "cannot sync \"%s\"", f->tmp.p);
	return st;
}

/*
 * The new file takes the place of the last one, so that another process which
 * has the history open finds it replaced and not gone. The segments before it,
 * and the old last one, lose their keys.
 */
static enum status replace(
	struct forgetting *f, struct journal *j, struct err *err)
{
	struct jseg *last = journal_last(j);
	size_t i;
	enum status st;

	if (rename(f->tmp.p, last->path.p) != 0)
		return err_sys(
			err, ST_IO, "cannot replace \"%s\"", last->path.p);
	st = disk_sync_parent(last->path.p, err);
	if (st == ST_OK)
		st = shred_fd(last->fd, last->path.p, err);
	for (i = 0; i + 1 < j->n && st == ST_OK; i++)
		st = shred_file(j->segs[i]->path.p, err);
	return st == ST_OK ? disk_sync_parent(last->path.p, err) : st;
}

static bool all_ours(const struct journal *j)
{
	size_t i;

	for (i = 0; i < j->n; i++)
		if (!j->segs[i]->own || j->segs[i]->unreadable)
			return false;
	return true;
}

/* With the history open; *ret_again when it was replaced before the lock was
 * had. */
static enum status forget(struct forgetting *f, struct journal *j,
	struct delete_report *r, bool *ret_again, struct err *err)
{
	struct jseg *last = journal_last(j);
	bool same = true;
	enum status st = scan_all(f, j, err);

	if (st != ST_OK || f->lines == 0)
		return st;
	if (!all_ours(j))
		return err_set(err, ST_FAIL,
			"lines typed in it stay in the input history, part of "
			"which another device wrote or which does not read");
	st = disk_lock(last->fd, last->path.p, LOCK_EX, VAULT_LOCK_MS, err);
	if (st == ST_OK)
		st = jseg_same(last, &same, err);
	if (st == ST_OK && !same) {
		*ret_again = true;
		return ST_OK;
	}
	if (st == ST_OK)
		st = write_new(f, j, err);
	if (st == ST_OK)
		st = replace(f, j, err);
	else if (f->fd >= 0)
		(void)unlink(f->tmp.p);
	if (st == ST_OK)
		r->lines += f->lines;
	return st;
}

enum status forget_lines(struct vault *v, const struct id *ids, size_t n,
	struct delete_report *r, struct err *err)
{
	struct journal_with with = {.vault = v};
	bool again = true;
	int tries;
	enum status st = ST_OK;

	for (tries = 0; again && tries < TRIES && st == ST_OK; tries++) {
		struct forgetting f = {
			.vault = v, .ids = ids, .n = n, .fd = -1};
		struct journal *j = NULL;

		again = false;
		segment_init(&f.seg);
		buf_init(&f.tmp, PATH_MAX_BYTES);
		buf_init(&f.out, FRAME_TOTAL_MAX + 2 * (size_t)FLUSH_AT);
		st = journal_open_reserved(&with, "history", &j, err);
		if (st == ST_OK && j->n > 0)
			st = forget(&f, j, r, &again, err);
		journal_close(j);
		if (f.fd >= 0)
			(void)close(f.fd);
		segment_release(&f.seg);
		buf_release(&f.tmp);
		buf_release(&f.out);
	}
	if (st == ST_OK && again)
		st = err_set(err, ST_BUSY,
			"the input history is being rewritten by another "
			"process");
	return st;
}
