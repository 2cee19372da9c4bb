#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/le.h"
#include "base/log.h"
#include "store/catalog_priv.h"
#include "store/disk.h"
#include "store/journal_priv.h"

/* Memory that is kept between appends; what a longer record needed is freed. */
#define OUT_KEEP ((size_t)1024 * 1024)

enum {
	SPIN_TRIES = 20, /* with pauses of SPIN_NS */
	SPIN_NS = 500 * 1000,
	PATH_MAX_BYTES = 64 * 1024,
};

/* What is appended. */
struct batch {
	const struct record *r;
	size_t n;
	bool sync;
};

/* Where the sealed records in j->out will be in the file. */
struct spot {
	struct jseg *js; /* j->out is written to its file before the next
			  * record is sealed; NULL: all of it stays there */
	uint64_t offset; /* in the file, of the first byte of j->out */
	uint64_t next_seq;
	uint8_t link[SEGMENT_LINK];
	size_t last; /* offset of the last record in j->out */
};

static bool pwrite_full(int fd, const char *p, size_t n, uint64_t offset)
{
	while (n > 0) {
		ssize_t done = pwrite(fd, p, n, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		p += done;
		offset += (uint64_t)done;
		n -= (size_t)done;
	}
	return true;
}

/* Cuts off what was written after the last good record. If that fails it is a
 * torn tail, which the next append deals with. */
static void take_back(const struct jseg *js)
{
	if (ftruncate(js->fd, (off_t)js->scan.end) != 0)
		log_debug("cannot take back a record of \"%s\"", js->path.p);
}

static enum status write_failed(
	const struct jseg *js, const char *what, struct err *err)
{
	int sys = errno;

	take_back(js);
	errno = sys;
	return err_sys(err, ST_IO, "cannot %s \"%s\"", what, js->path.p);
}

static enum status seal_one(struct journal *j, struct segment *seg,
	struct spot *at, const struct record *r, struct err *err)
{
	if (at->js != NULL && j->out.len > 0) {
		if (!pwrite_full(at->js->fd, j->out.p, j->out.len, at->offset))
			return write_failed(at->js, "write to", err);
		at->offset += j->out.len;
		buf_reset(&j->out);
	}
	at->last = j->out.len;
	return segment_seal(seg, at->next_seq++, at->link, r, &j->out, err);
}

/* Moves up to n bytes from what is left of a record's payload to `out`. */
static void take(struct record *left, size_t n, struct buf *out)
{
	struct span *from[] = {&left->payload, &left->rest};
	size_t i;

	for (i = 0; i < 2; i++) {
		size_t part = from[i]->n < n ? from[i]->n : n;

		if (part == 0)
			continue;
		buf_add(out, from[i]->p, part);
		from[i]->p += part;
		from[i]->n -= part;
		n -= part;
	}
}

/* Seals a record too long for one: first pieces that begin with their number,
 * then the record itself, with the number of pieces and what is left. */
static enum status seal_parts(struct journal *j, struct segment *seg,
	struct spot *at, const struct record *r, struct err *err)
{
	struct record left = *r;
	struct buf tmp;
	uint32_t index;
	bool end = false;
	enum status st = ST_OK;

	buf_init(&tmp, JOURNAL_PART + 4);
	for (index = 0; st == ST_OK && !end; index++) {
		struct record piece = *r;
		uint8_t number[4];

		le32_put(number, index);
		buf_reset(&tmp);
		buf_add(&tmp, number, sizeof(number));
		take(&left, JOURNAL_PART, &tmp);
		st = buf_check(&tmp, "record", err);
		if (st != ST_OK)
			break;
		end = left.payload.n == 0 && left.rest.n == 0;
		piece.payload = buf_view(&tmp);
		piece.rest = (struct span){NULL, 0};
		piece.type = end ? r->type : RECORD_PART;
		piece.flags = end ? r->flags | RECORD_CONTINUED : 0;
		st = seal_one(j, seg, at, &piece, err);
	}
	buf_release(&tmp);
	return st;
}

static enum status seal(struct journal *j, struct segment *seg, struct spot *at,
	const struct record *r, struct err *err)
{
	size_t n = r->payload.n + r->rest.n;

	if (r->payload.n > RECORD_PAYLOAD_MAX ||
		r->rest.n > RECORD_PAYLOAD_MAX - r->payload.n)
		return err_set(err, ST_FAIL,
			"a message of %zu bytes is too "
			"long to be saved (at most %zu)",
			n, RECORD_PAYLOAD_MAX);
	if (n > JOURNAL_PART)
		return seal_parts(j, seg, at, r, err);
	return seal_one(j, seg, at, r, err);
}

static enum status seal_all(struct journal *j, struct segment *seg,
	struct spot *at, const struct batch *b, struct err *err)
{
	enum status st = ST_OK;
	size_t i;

	for (i = 0; i < b->n && st == ST_OK; i++)
		st = seal(j, seg, at, &b->r[i], err);
	return st;
}

/* Moves the scan past what was written. */
static void step_over(struct journal *j, struct jseg *js, const struct spot *at,
	const struct batch *b, bool synced)
{
	struct scan *s = &js->scan;
	struct stat sb;
	size_t i;

	for (i = 0; i < b->n; i++)
		track_record(&j->track, &b->r[i]);

	s->end = at->offset + j->out.len;
	s->next_seq = at->next_seq;
	memcpy(s->link, at->link, SEGMENT_LINK);
	s->last = at->offset + at->last;
	memcpy(s->last_head, j->out.p + at->last, FRAME_HEAD);
	s->tail = 0;
	if (fstat(js->fd, &sb) == 0) {
		js->head.file_size = (uint64_t)sb.st_size;
		js->head.file_ns = stat_ns(&sb);
	}
	if (!synced)
		return;
	jseg_anchor(js);
	js->rebooted = false;
}

/* Locks a segment. Tries with short waits first, since an append takes far less
 * time than a pause of disk_lock(). */
static enum status lock_segment(const struct jseg *js, struct err *err)
{
	struct timespec pause = {0, SPIN_NS};
	int i;

	for (i = 0; i < SPIN_TRIES; i++) {
		if (flock(js->fd, LOCK_EX | LOCK_NB) == 0)
			return ST_OK;
		if (errno != EWOULDBLOCK && errno != EINTR)
			break;
		(void)nanosleep(&pause, NULL);
	}
	return disk_lock(js->fd, js->path.p, LOCK_EX, VAULT_LOCK_MS, err);
}

static void unlock_segment(const struct jseg *js)
{
	(void)flock(js->fd, LOCK_UN);
}

/*
 * Makes a new segment after the last one, which begins with these records.
 * *ret_made is false when another process made it meanwhile: use that one.
 */
static enum status begin_segment(struct journal *j, const struct batch *b,
	bool *ret_made, struct err *err)
{
	struct jseg *prev = journal_last(j);
	struct segment_info info = {.conv = j->id};
	struct segment seg;
	struct spot at = {.js = NULL};
	struct buf path;
	struct buf tmp;
	struct jseg *js;
	bool found = false;
	bool made = false;
	bool noted = false;
	enum status st;

	segment_init(&seg);
	buf_init(&path, PATH_MAX_BYTES);
	buf_init(&tmp, PATH_MAX_BYTES);
	if (prev != NULL) {
		info.seg_no = prev->no + 1;
		if (!prev->unreadable) {
			info.prev_seg = prev->segment.info.seg;
			memcpy(info.prev_link, prev->scan.link, SEGMENT_LINK);
		}
	}
	if (info.seg_no > JOURNAL_SEG_MAX) {
		st = err_set(err, ST_LIMIT,
			"conversation %s has too many segments", j->stem);
		goto out;
	}
	st = segment_new(&seg, j->with.vault, &info, err);
	if (st != ST_OK)
		goto out;
	buf_reset(&j->out);
	segment_put_header(&seg, &j->out);
	segment_first_link(&seg, at.link);
	st = seal_all(j, &seg, &at, b, err);
	if (st != ST_OK)
		goto out;
	st = place_make(j->with.vault, j->folder.p, true, err);
	if (st != ST_OK)
		goto out;
	place_segment(&path, j->folder.p, j->stem, j->device, info.seg_no);
	place_temp(&tmp, j->folder.p);
	if (path.bad || tmp.bad) {
		st = err_nomem(err);
		goto out;
	}
	st = disk_publish(path.p, tmp.p, buf_view(&j->out), &made, err);
	if (st == ST_OK)
		st = journal_probe(j, info.seg_no, &found, err);
	if (st == ST_OK && !found)
		st = err_set(err, ST_NOT_FOUND,
			"the conversation was deleted by another process");
	if (st != ST_OK || !made)
		goto out;
	js = journal_last(j);
	j->fresh = false;
	step_over(j, js, &at, b, true);
	/* The records are saved; if another process holds the lock, it can note
	 * the segment. */
	if (lock_segment(js, NULL) == ST_OK) {
		noted = journal_note(j);
		unlock_segment(js);
	}
	if (noted)
		journal_settle(j, js);
out:
	if (st == ST_OK)
		*ret_made = made;
	segment_release(&seg);
	buf_release(&path);
	buf_release(&tmp);
	return st;
}

/* Cuts off what an unfinished append left, and keeps a copy in quarantine/. */
static enum status set_aside(
	struct journal *j, struct jseg *js, struct err *err)
{
	uint64_t tail = js->scan.tail;
	enum status st = place_quarantine(
		j->with.vault, j->stem, js->fd, js->scan.end, tail, err);

	if (st != ST_OK)
		return st;
	if (ftruncate(js->fd, (off_t)js->scan.end) != 0 ||
		fdatasync(js->fd) != 0)
		return err_sys(err, ST_IO, "cannot repair \"%s\"", js->path.p);
	js->scan.tail = 0;
	log_debug("journal %s: unfinished record set aside", j->stem);
	return ST_OK;
}

/* Whether the last record of the file is the one that was read: another process
 * may have taken that back and written one of the same length. */
static bool last_is_ours(const struct jseg *js)
{
	uint8_t head[FRAME_HEAD];

	if (js->scan.last == 0)
		return true;
	return fd_pread_full(js->fd, head, sizeof(head),
		       (off_t)js->scan.last) == (ssize_t)sizeof(head) &&
		memcmp(head, js->scan.last_head, sizeof(head)) == 0;
}

enum ready {
	READY_NOT = 0, /* things have changed: begin again */
	READY_HERE, /* locked, and records may be appended */
	READY_NEW, /* a new segment is needed; locked if it is ours */
};

/* Reads what others wrote and repairs the tail; js is locked. */
static enum status prepare_locked(
	struct journal *j, struct jseg *js, enum ready *ret, struct err *err)
{
	bool flag = false;
	enum tail tail = TAIL_CLEAN;
	enum status st = jseg_same(js, &flag, err);

	if (st != ST_OK)
		return st;
	if (!flag)
		return journal_restart(j, err);
	st = journal_probe(j, js->no + 1, &flag, err);
	if (st != ST_OK || flag) {
		/* The next segment is read before we come back. */
		unlock_segment(js);
		j->caught_up = false;
		return st;
	}
	st = journal_scan(j, js, &flag, err);
	if (st != ST_OK)
		return st;
	if (flag || !last_is_ours(js))
		return journal_restart(j, err);
	if (js->scan.tail > 0 || journal_beyond(js) || js->scan.next_seq == 0)
		tail = journal_judge(j, js);
	if (tail == TAIL_TORN || tail == TAIL_REMNANT)
		st = set_aside(j, js, err);
	if (st == ST_OK)
		*ret = js->spoiled || js->scan.end > JOURNAL_SEG_BYTES
			? READY_NEW
			: READY_HERE;
	return st;
}

static enum status prepare(struct journal *j, enum ready *ret, struct err *err)
{
	struct jseg *js = journal_last(j);
	enum status st = ST_OK;

	*ret = READY_NOT;
	if (js == NULL || !js->own || js->unreadable) {
		*ret = READY_NEW;
		return ST_OK;
	}
	st = lock_segment(js, err);
	if (st != ST_OK)
		return st;
	st = prepare_locked(j, js, ret, err);
	/* A restart has freed js, and so its lock. */
	if (st != ST_OK && journal_last(j) == js)
		unlock_segment(js);
	return st;
}

/*
 * Appends to js, which is locked. If the kernel could not bring it to the disk,
 * *ret_bad_disk is set and nothing more is written to this file: a second
 * fdatasync() would report success though the pages were dropped.
 */
static enum status append_here(struct journal *j, struct jseg *js,
	const struct batch *b, bool *ret_bad_disk, struct err *err)
{
	struct spot at = {
		.js = js,
		.offset = js->scan.end,
		.next_seq = js->scan.next_seq,
	};
	bool same = false;
	enum status st;

	if (!journal_settled(j, js)) {
		js->spoiled = true;
		*ret_bad_disk = true;
		return ST_OK;
	}
	memcpy(at.link, js->scan.link, SEGMENT_LINK);
	buf_reset(&j->out);
	st = seal_all(j, &js->segment, &at, b, err);
	if (st != ST_OK) {
		if (at.offset > js->scan.end)
			take_back(js);
		return st;
	}
	if (!pwrite_full(js->fd, j->out.p, j->out.len, at.offset))
		return write_failed(js, "write to", err);
	if (b->sync && fdatasync(js->fd) != 0) {
		(void)write_failed(js, "sync", NULL);
		js->spoiled = true;
		*ret_bad_disk = true;
		return ST_OK;
	}
	st = jseg_same(js, &same, err);
	if (st == ST_OK && !same)
		st = err_set(err, ST_NOT_FOUND,
			"the conversation was replaced by another process");
	if (st != ST_OK)
		return st;
	step_over(j, js, &at, b, b->sync);
	(void)journal_note(j);
	return ST_OK;
}

/* Closes a segment that a new one has followed. */
static void retire(struct jseg *js)
{
	if (js == NULL || js->fd < 0)
		return;
	(void)close(js->fd);
	js->fd = -1;
}

/* Tries once; *ret_done is false when the files have changed, so that it must
 * begin again. */
static enum status append_once(struct journal *j, const struct batch *b,
	bool *ret_done, struct err *err)
{
	enum ready ready = READY_NOT;
	struct jseg *js;
	bool bad_disk = false;
	enum status st = ST_OK;

	if (!j->caught_up)
		st = journal_read(j, err);
	if (st == ST_OK && j->later)
		st = err_set(err, ST_FAIL,
			"conversation %s has been written by a "
			"later version of atllama, which is needed to go on "
			"with it",
			j->stem);
	if (st == ST_OK)
		st = prepare(j, &ready, err);
	if (st != ST_OK || ready == READY_NOT)
		return st;
	js = journal_last(j);
	if (ready == READY_HERE) {
		if (j->leftover > 0)
			(void)journal_sweep(j, j->leftover, NULL);
		st = append_here(j, js, b, &bad_disk, err);
		*ret_done = st == ST_OK && !bad_disk;
	}
	if (st == ST_OK && (ready == READY_NEW || bad_disk)) {
		st = begin_segment(j, b, ret_done, err);
		if (st == ST_OK)
			retire(js);
		j->caught_up = *ret_done;
	}
	if (js != NULL && js->fd >= 0)
		unlock_segment(js);
	return st;
}

enum status journal_append_all(struct journal *j, const struct record *r,
	size_t n, bool sync, struct err *err)
{
	const struct batch b = {r, n, sync};
	bool done = false;
	int tries;
	enum status st = ST_OK;

	for (tries = 0; st == ST_OK && !done; tries++) {
		if (tries == JOURNAL_TRIES)
			return err_set(err, ST_BUSY,
				"conversation %s is being rewritten by "
				"another process",
				j->stem);
		st = append_once(j, &b, &done, err);
	}
	if (j->out.cap > OUT_KEEP)
		buf_release(&j->out);
	return st;
}

enum status journal_append(
	struct journal *j, const struct record *r, bool sync, struct err *err)
{
	return journal_append_all(j, r, 1, sync, err);
}
