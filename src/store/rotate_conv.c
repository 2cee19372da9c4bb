#include "store/rotate_conv.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "store/catalog_priv.h"
#include "store/disk.h"
#include "store/journal_priv.h"

enum { PATH_MAX_BYTES = 64 * 1024, CHUNK = 1024 * 1024 };

/* A segment being written. */
struct rewriting {
	struct segment seg;
	struct id id; /* of it */
	uint64_t seq;
	uint8_t link[SEGMENT_LINK];
	struct buf path; /* temporary; who holds the vault owns it */
	struct buf out;
	int fd;
	uint64_t bytes;
	uint64_t lost;
};

static enum status flush(struct rewriting *w, struct err *err)
{
	if (buf_check(&w->out, "segment", err) != ST_OK)
		return ST_NOMEM;
	if (!fd_write_full(w->fd, w->out.p, w->out.len))
		return err_sys(err, ST_IO, "cannot write \"%s\"", w->path.p);
	w->bytes += w->out.len;
	buf_reset(&w->out);
	return ST_OK;
}

static enum status put(
	struct rewriting *w, const struct record *r, struct err *err)
{
	enum status st = segment_seal(
		&w->seg, w->seq++, w->link, r, &w->out, err);

	return st == ST_OK && w->out.len > CHUNK ? flush(w, err) : st;
}

static enum status on_record(
	const struct record *r, uint64_t seq, void *payload, struct err *err)
{
	(void)seq;
	return put(payload, r, err);
}

static void on_loss(const struct scan_loss *loss, void *payload)
{
	struct rewriting *w = payload;

	if (loss->fault == SCAN_GAP)
		w->lost += loss->lost > 0 ? loss->lost : 1;
}

/* So that the file itself remembers what the new one has no trace of. */
static enum status put_note(struct rewriting *w, struct err *err)
{
	struct buf text;
	struct record r = {.type = RECORD_NOTE, .flags = RECORD_MAY_IGNORE};
	enum status st;

	buf_init(&text, BUF_SMALL);
	buf_fmt(&text,
		"%" PRIu64 " records did not read when the master key was "
		"changed.",
		w->lost);
	r.time_ms = clock_wall_ms();
	r.payload = buf_view(&text);
	st = buf_check(&text, "note", err);
	if (st == ST_OK)
		st = put(w, &r, err);
	buf_release(&text);
	return st;
}

/* Everything that reads of js, sealed into the temporary file, synced. */
static enum status copy(struct rewriting *w, struct jseg *js,
	struct scan_window *window, struct err *err)
{
	struct stat sb;
	struct scan scan;
	enum status st;

	if (fstat(js->fd, &sb) != 0)
		return err_sys(err, ST_IO, "cannot read \"%s\"", js->path.p);
	w->fd = open(w->path.p,
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (w->fd < 0)
		return err_sys(err, ST_IO, "cannot create \"%s\"", w->path.p);
	segment_put_header(&w->seg, &w->out);
	segment_first_link(&w->seg, w->link);
	scan_begin(&scan, &js->segment);
	window->n = 0;
	st = scan_run(&scan, window, scan_pread, &js->fd, (uint64_t)sb.st_size,
		on_record, on_loss, w, err);
	if (st == ST_OK && w->lost > 0)
		st = put_note(w, err);
	if (st == ST_OK)
		st = flush(w, err);
	if (st == ST_OK && fsync(w->fd) != 0)
		st = err_sys(err, ST_IO, "cannot sync \"%s\"", w->path.p);
	return st;
}

static enum status rewrite(struct journal *j, struct jseg *js,
	struct rewriting *w, const struct segment_info *info, struct err *err)
{
	enum status st;

	segment_init(&w->seg);
	w->fd = -1;
	buf_init(&w->path, PATH_MAX_BYTES);
	buf_init(&w->out, FRAME_TOTAL_MAX + 2 * (size_t)CHUNK);
	buf_fmt(&w->path, "%s.tmp", js->path.p);
	st = buf_check(&w->path, "path", err);
	if (st == ST_OK)
		st = segment_new(&w->seg, j->with.vault, info, err);
	if (st == ST_OK)
		st = copy(w, js, &j->window, err);
	if (w->fd >= 0 && close(w->fd) != 0 && st == ST_OK)
		st = err_sys(err, ST_IO, "cannot write \"%s\"", w->path.p);
	if (st == ST_OK && rename(w->path.p, js->path.p) != 0)
		st = err_sys(err, ST_IO, "cannot rename \"%s\"", w->path.p);
	if (st == ST_OK)
		st = disk_sync_parent(js->path.p, err);
	else if (w->fd >= 0)
		(void)unlink(w->path.p);
	w->id = w->seg.info.seg;
	segment_release(&w->seg);
	buf_release(&w->path);
	buf_release(&w->out);
	return st;
}

/* The link that its last record has, of a segment rewritten before. */
static enum status end_of(struct journal *j, struct jseg *js,
	uint8_t ret[SEGMENT_LINK], struct err *err)
{
	struct stat sb;
	struct scan scan;
	enum status st;

	if (fstat(js->fd, &sb) != 0)
		return err_sys(err, ST_IO, "cannot read \"%s\"", js->path.p);
	scan_begin(&scan, &js->segment);
	j->window.n = 0;
	st = scan_run(&scan, &j->window, scan_pread, &js->fd,
		(uint64_t)sb.st_size, NULL, NULL, NULL, err);
	if (st == ST_OK)
		memcpy(ret, scan.link, SEGMENT_LINK);
	return st;
}

/* All segments in their order, since each names the one before. */
static enum status rewrite_all(
	struct journal *j, struct rotate_report *r, struct err *err)
{
	uint32_t epoch = vault_epoch(j->with.vault);
	struct id prev = {{0}};
	uint8_t link[SEGMENT_LINK] = {0};
	enum status st = ST_OK;
	size_t i;

	for (i = 0; i < j->n && st == ST_OK; i++) {
		struct jseg *js = j->segs[i];
		struct rewriting w = {.fd = -1};
		struct segment_info info;

		if (js->unreadable)
			continue;
		info = js->segment.info;
		if (info.epoch == epoch) {
			prev = info.seg;
			st = i + 1 < j->n ? end_of(j, js, link, err) : ST_OK;
			continue;
		}
		if (!js->own)
			return err_set(err, ST_FAIL,
				"\"%s\" was written by another device: move it "
				"away, for it could not be read any more",
				js->path.p);
		if (!id_is_none(&prev)) {
			info.prev_seg = prev;
			memcpy(info.prev_link, link, SEGMENT_LINK);
		}
		st = rewrite(j, js, &w, &info, err);
		if (st != ST_OK)
			break;
		prev = w.id;
		memcpy(link, w.link, SEGMENT_LINK);
		r->segments++;
		r->bytes += w.bytes;
		r->lost += w.lost;
	}
	return st;
}

/* Reads it back and tells the catalog how far it is on the disk. */
static enum status note(const struct conv_name *name, struct vault *v,
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
		struct jseg *js = j->segs[i];

		if (js->unreadable)
			continue;
		js->head.size = js->scan.end;
		js->head.next_seq = js->scan.next_seq;
		memcpy(js->head.link, js->scan.link, SEGMENT_LINK);
		js->anchored = true;
	}
	if (st == ST_OK)
		st = journal_entry(j, &j->heads, &e, err);
	if (st == ST_OK)
		st = catalog_note(c, &e, err);
	journal_close(j);
	return st;
}

enum status rotate_conv(const struct conv_name *name, struct vault *v,
	struct catalog *c, struct rotate_report *r, struct err *err)
{
	struct journal_with with = {.vault = v, .catalog = c};
	struct journal *j = NULL;
	struct err why;
	enum status st = names_open(name, &with, &j, &why);

	if (st == ST_NOT_FOUND)
		return ST_OK;
	if (st == ST_DAMAGED || st == ST_LOCKED || st == ST_FAIL) {
		buf_fmt(&r->text, "%s: %s\n", name->stem, why.msg);
		return ST_OK;
	}
	if (st != ST_OK) {
		if (err != NULL)
			*err = why;
		return st;
	}
	st = rewrite_all(j, r, err);
	journal_close(j);
	return st == ST_OK ? note(name, v, c, err) : st;
}
