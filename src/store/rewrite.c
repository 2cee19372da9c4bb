#include "store/rewrite.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "store/catalog_priv.h"
#include "store/disk.h"
#include "store/journal_priv.h"
#include "store/names.h"

enum { PATH_MAX_BYTES = 64 * 1024, FLUSH_AT = 1024 * 1024 };

void rewrite_init(struct rewrite *w)
{
	memset(w, 0, sizeof(*w));
	segment_init(&w->seg);
	buf_init(&w->path, PATH_MAX_BYTES);
	buf_init(&w->out, FRAME_TOTAL_MAX + 2 * (size_t)FLUSH_AT);
	w->fd = -1;
}

void rewrite_release(struct rewrite *w)
{
	if (w->made)
		(void)unlink(w->path.p);
	if (w->fd >= 0)
		(void)close(w->fd);
	segment_release(&w->seg);
	buf_release(&w->path);
	buf_release(&w->out);
	rewrite_init(w);
}

static enum status flush(struct rewrite *w, struct err *err)
{
	enum status st = buf_check(&w->out, "segment", err);

	if (st == ST_OK && !fd_write_full(w->fd, w->out.p, w->out.len))
		st = err_sys(err, ST_IO, "cannot write \"%s\"", w->path.p);
	w->bytes += w->out.len;
	buf_reset(&w->out);
	return st;
}

enum status rewrite_begin(struct rewrite *w, struct vault *v,
	const char *folder, const struct segment_info *info, struct err *err)
{
	enum status st = segment_new(&w->seg, v, info, err);

	if (st != ST_OK)
		return st;
	place_temp(&w->path, folder);
	st = buf_check(&w->path, "path", err);
	if (st != ST_OK)
		return st;
	w->fd = open(w->path.p,
		O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (w->fd < 0)
		return err_sys(err, ST_IO, "cannot create \"%s\"", w->path.p);
	w->made = true;
	(void)flock(w->fd, LOCK_EX | LOCK_NB);
	segment_put_header(&w->seg, &w->out);
	segment_first_link(&w->seg, w->link);
	return ST_OK;
}

enum status rewrite_settle(struct journal *j, struct err *err)
{
	struct jseg *last = journal_last(j);

	if (!journal_settled(j, last))
		return err_sys(err, ST_IO, "cannot sync \"%s\"", last->path.p);
	if (last->renewed && !last->head.settled)
		return err_set(err, ST_IO, "the index cannot be written");
	return ST_OK;
}

enum status rewrite_begin_all(struct rewrite *w, struct vault *v,
	const struct journal *j, const uint8_t *link, struct err *err)
{
	const struct jseg *last = journal_last(j);
	struct segment_info info = {.conv = j->id,
		.seg_no = last->no,
		.flags = SEGMENT_COMPACTED,
		.prev_seg = last->segment.info.seg};

	if (link != NULL)
		memcpy(info.prev_link, link, SEGMENT_LINK);
	return rewrite_begin(w, v, j->folder.p, &info, err);
}

enum status rewrite_put(
	struct rewrite *w, const struct record *r, struct err *err)
{
	enum status st = segment_seal(
		&w->seg, w->seq++, w->link, r, &w->out, err);

	return st == ST_OK && w->out.len > FLUSH_AT ? flush(w, err) : st;
}

enum status rewrite_put_note(
	struct rewrite *w, const char *text, struct err *err)
{
	struct record r = {
		.type = RECORD_NOTE,
		.flags = RECORD_MAY_IGNORE,
		.time_ms = clock_wall_ms(),
		.payload = span_str(text),
	};

	return w->seq > 0 ? ST_OK : rewrite_put(w, &r, err);
}

enum status rewrite_sync(struct rewrite *w, struct err *err)
{
	enum status st = flush(w, err);

	if (st == ST_OK && fsync(w->fd) != 0)
		st = err_sys(err, ST_IO, "cannot sync \"%s\"", w->path.p);
	return st;
}

enum status rewrite_replace(
	struct rewrite *w, const char *path, struct err *err)
{
	if (rename(w->path.p, path) != 0)
		return err_sys(err, ST_IO, "cannot replace \"%s\"", path);
	w->made = false;
	return disk_sync_parent(path, err);
}

enum status rewrite_note(const struct conv_name *name, struct vault *v,
	struct catalog *c, struct err *err)
{
	struct journal_with with = {.vault = v};
	struct journal *j = NULL;
	struct entry e;
	size_t i;
	enum status st = names_open(name, &with, &j, err);

	if (st == ST_OK)
		st = journal_read(j, err);
	for (i = 0; st == ST_OK && i < j->n; i++) {
		if (!j->segs[i]->unreadable)
			jseg_anchor(j->segs[i]);
	}
	if (st == ST_OK)
		st = journal_entry(j, &j->heads, &e, err);
	if (st == ST_OK)
		st = catalog_note(c, &e, err);
	journal_close(j);
	return st;
}
