#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/le.h"
#include "base/log.h"
#include "store/disk.h"
#include "store/journal_priv.h"

enum {
	TELL_MAX = 48 * 1024, /* bytes of the report; then we only count */
	LOCK_TO_JUDGE_MS = 200,
};

void journal_tell(struct journal *j, const struct jseg *js, bool damage,
	const char *fmt, ...)
{
	struct buf *text = &j->report.text;
	va_list ap;

	if (damage)
		j->report.damaged = true;
	if (text->len > TELL_MAX)
		return;
	if (js != NULL)
		buf_fmt(text, "%s, segment %" PRIu32 ": ", j->stem, js->no);
	else
		buf_fmt(text, "%s: ", j->stem);
	va_start(ap, fmt);
	buf_vfmt(text, fmt, ap);
	va_end(ap);
	buf_char(text, '\n');
}

static void on_loss(const struct scan_loss *l, void *payload)
{
	struct journal *j = payload;
	const struct jseg *js = j->segs[j->reading];

	/* It lies after the last record known to be on the disk when the
	 * machine went down: nothing there was ever reported as saved. */
	bool unsynced = l->fault == SCAN_GAP && js->anchored && js->rebooted &&
		l->offset >= js->head.size;

	switch (l->fault) {
	case SCAN_GAP:
		j->report.lost += l->lost;
		journal_tell(j, js, !unsynced,
			"%" PRIu64 " record%s lost before record %" PRIu64
			" (%" PRIu64 " bytes at %" PRIu64 " do not read)%s",
			l->lost, l->lost == 1 ? " is" : "s are", l->seq,
			l->bytes, l->offset,
			unsynced ? ", not yet on the disk when the machine "
				   "went down"
				 : "");
		break;
	case SCAN_LINK:
		journal_tell(j, js, true,
			"record %" PRIu64 " does not follow the one before it",
			l->seq);
		break;
	case SCAN_ORDER:
		journal_tell(j, js, true,
			"record %" PRIu64 " is there again, out of its place, "
			"and was left out",
			l->seq);
		break;
	case SCAN_FOOT:
		journal_tell(j, js, true,
			"the end of record %" PRIu64
			" is damaged; its text is whole",
			l->seq);
		break;
	}
}

/* Adds a piece of a long payload to j->parts. */
static void take_part(struct journal *j, const struct record *r)
{
	uint32_t index;

	if (r->payload.n < 4)
		return;
	index = le32_get((const uint8_t *)r->payload.p);
	if (index == 0) {
		buf_reset(&j->parts);
		j->parts_of = r->id;
		j->parts_n = 0;
	}
	if (index != j->parts_n || !id_eq(&r->id, &j->parts_of)) {
		j->parts_n = UINT32_MAX;
		return;
	}
	buf_add(&j->parts, r->payload.p + 4, r->payload.n - 4);
	j->parts_n++;
}

/* Adds the last piece, so that *r becomes the whole record. False when a piece
 * is missing. */
static bool join_parts(struct journal *j, struct record *r)
{
	bool whole = r->payload.n >= 4 && id_eq(&r->id, &j->parts_of) &&
		j->parts_n == le32_get((const uint8_t *)r->payload.p);

	j->parts_n = UINT32_MAX;
	if (!whole)
		return false;
	buf_add(&j->parts, r->payload.p + 4, r->payload.n - 4);
	r->payload = buf_view(&j->parts);
	r->flags &= ~RECORD_CONTINUED;
	return !j->parts.bad;
}

static void check_anchor(struct journal *j, struct jseg *js, uint64_t seq)
{
	if (js->anchored && seq + 1 == js->head.next_seq &&
		memcmp(js->scan.link, js->head.link, SEGMENT_LINK) != 0)
		journal_tell(j, js, true,
			"record %" PRIu64 " is not the one that was here "
			"before",
			seq);
}

/* Notes whether the next segment continues after the record just read. What
 * follows in this file is then no loss: it could be neither synced nor taken
 * back, and has turned up again. */
static void look_for_joint(const struct journal *j, struct jseg *js)
{
	const struct jseg *next = j->reading + 1 < j->n
		? j->segs[j->reading + 1]
		: NULL;

	if (next != NULL && !next->unreadable &&
		memcmp(js->scan.link, next->segment.info.prev_link,
			SEGMENT_LINK) == 0)
		js->joined = true;
}

static enum status on_record(
	const struct record *r, uint64_t seq, void *payload, struct err *err)
{
	struct journal *j = payload;
	struct jseg *js = j->segs[j->reading];
	struct record whole = *r;

	check_anchor(j, js, seq);
	look_for_joint(j, js);
	if (r->type == RECORD_PART) {
		take_part(j, r);
		return ST_OK;
	}
	if ((r->flags & RECORD_CONTINUED) && !join_parts(j, &whole)) {
		j->report.lost++;
		journal_tell(j, js, true,
			"record %" PRIu64 " has lost a part and was left out",
			seq);
		return ST_OK;
	}
	if (r->type > RECORD_SUMMARY && !(r->flags & RECORD_MAY_IGNORE))
		j->later = true;
	j->report.records++;
	track_record(&j->track, &whole);
	return j->with.fn != NULL ? j->with.fn(&whole, j->with.payload, err)
				  : ST_OK;
}

enum status journal_scan(
	struct journal *j, struct jseg *js, bool *ret_shrunk, struct err *err)
{
	struct stat sb;
	uint64_t size;
	enum status st;

	*ret_shrunk = false;
	if (fstat(js->fd, &sb) != 0)
		return err_sys(err, ST_IO, "cannot read \"%s\"", js->path.p);
	size = (uint64_t)sb.st_size;
	if (size < js->scan.end && js->scan.last != 0) {
		*ret_shrunk = true;
		return ST_OK;
	}
	for (j->reading = 0; j->segs[j->reading] != js; j->reading++)
		continue;
	st = scan_run(&js->scan, &j->window, scan_pread, &js->fd, size,
		on_record, on_loss, j, err);
	js->head.file_size = size;
	js->head.file_ns = stat_ns(&sb);
	if (st == ST_IO)
		err_prefix(err, "\"%s\"", js->path.p);
	return st;
}

enum status journal_each(struct journal *j, struct jseg *js, scan_record_fn *fn,
	scan_loss_fn *loss, void *payload, uint8_t ret_link[SEGMENT_LINK],
	struct err *err)
{
	struct scan scan;
	struct stat sb;
	int fd = js->fd;
	enum status st = ST_OK;

	/* A segment with a successor was closed once it had been read. */
	if (fd < 0)
		fd = open(js->path.p, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &sb) != 0) {
		st = err_sys(err, ST_IO, "cannot read \"%s\"", js->path.p);
		goto out;
	}
	scan_begin(&scan, &js->segment);
	j->window.n = 0;
	st = scan_run(&scan, &j->window, scan_pread, &fd, (uint64_t)sb.st_size,
		fn, loss, payload, err);
	if (st == ST_IO)
		err_prefix(err, "\"%s\"", js->path.p);
	memcpy(ret_link, scan.link, SEGMENT_LINK);
out:
	if (fd >= 0 && fd != js->fd)
		(void)close(fd);
	return st;
}

bool journal_beyond(const struct jseg *js)
{
	return js->anchored &&
		(js->head.size > js->scan.end ||
			js->head.next_seq > js->scan.next_seq);
}

enum tail journal_judge(struct journal *j, struct jseg *js)
{
	const struct scan *s = &js->scan;
	struct tail_facts f = {
		.bytes = s->tail > 0,
		.valid_after = s->valid_after,
		.foot = s->foot,
		.mark = js->anchored,
		.mark_beyond = journal_beyond(js),
		.rebooted = js->rebooted,
	};
	enum tail tail = frame_tail(&f);
	bool told = js->judged_end == s->end && js->judged_tail == s->tail;
	uint64_t lost = 0;

	/* A segment only appears once its first record is in it, on the
	 * disk. */
	if (s->next_seq == 0)
		tail = f.bytes ? TAIL_DAMAGED : TAIL_SHORT;
	if (f.mark_beyond && js->head.next_seq > s->next_seq)
		lost = js->head.next_seq - s->next_seq;
	else if (tail == TAIL_DAMAGED || s->next_seq == 0)
		lost = 1;
	if (tail == TAIL_SHORT || tail == TAIL_DAMAGED)
		js->spoiled = true;
	js->judged_end = s->end;
	js->judged_tail = s->tail;
	if (told)
		return tail;
	switch (tail) {
	case TAIL_CLEAN: break;
	case TAIL_TORN:
		j->report.torn += s->tail;
		journal_tell(j, js, false,
			"%" PRIu64 " bytes of an unfinished record at the end",
			s->tail);
		break;
	case TAIL_REMNANT:
		j->report.torn += s->tail;
		journal_tell(j, js, false,
			"%" PRIu64 " bytes at the end were not yet on the disk "
			"when the machine went down",
			s->tail);
		break;
	case TAIL_SHORT:
	case TAIL_DAMAGED:
		j->report.lost += lost;
		journal_tell(j, js, true,
			"%" PRIu64 " record%s lost at the end, after record "
			"%" PRIu64 " (%" PRIu64 " bytes at %" PRIu64
			" do not read)",
			lost, lost == 1 ? " is" : "s are",
			s->next_seq > 0 ? s->next_seq - 1 : 0, s->tail, s->end);
		break;
	}
	return tail;
}

/*
 * Looks at the tail of a segment. A tail seen without the lock may be a record
 * that is just being written, so only what is still there under the lock is
 * judged; if the lock cannot be had, that is left to a later call.
 */
static enum status look_at_tail(
	struct journal *j, struct jseg *js, bool *ret_shrunk, struct err *err)
{
	enum status st;

	if (js->scan.tail == 0 && !journal_beyond(js) && js->scan.next_seq > 0)
		return ST_OK;
	if (disk_lock(js->fd, js->path.p, LOCK_SH, LOCK_TO_JUDGE_MS, NULL) !=
		ST_OK)
		return ST_OK;
	st = journal_scan(j, js, ret_shrunk, err);
	if (st == ST_OK && !*ret_shrunk)
		(void)journal_judge(j, js);
	(void)flock(js->fd, LOCK_UN);
	return st;
}

/* Checks that segment i continues where the one before it ended. */
static void check_joint(struct journal *j, size_t i)
{
	const struct jseg *prev = j->segs[i - 1];
	const struct jseg *js = j->segs[i];

	if (prev->unreadable || js->unreadable || prev->joined ||
		(js->segment.info.flags & SEGMENT_COMPACTED) ||
		!id_eq(&js->segment.info.prev_seg, &prev->segment.info.seg))
		return;
	if (memcmp(js->segment.info.prev_link, prev->scan.link, SEGMENT_LINK) !=
		0)
		journal_tell(j, prev, true,
			"its end is not where the next segment goes on");
}

/* Reads segment i. One that has a successor is read once and closed. */
static enum status read_segment(
	struct journal *j, size_t i, bool *ret_shrunk, struct err *err)
{
	struct jseg *js = j->segs[i];
	enum status st;

	if (js->unreadable || js->fd < 0)
		return ST_OK;
	st = journal_scan(j, js, ret_shrunk, err);
	if (st == ST_OK && !*ret_shrunk)
		st = look_at_tail(j, js, ret_shrunk, err);
	if (st != ST_OK || *ret_shrunk)
		return st;
	if (i > 0 && j->segs[i - 1]->fd >= 0) {
		check_joint(j, i);
		(void)close(j->segs[i - 1]->fd);
		j->segs[i - 1]->fd = -1;
	}
	return ST_OK;
}

/* Reads everything new once. *ret_again: the files have changed so that reading
 * must begin again. */
static enum status read_pass(
	struct journal *j, bool *ret_again, struct err *err)
{
	struct jseg *last = journal_last(j);
	bool same = true;
	bool more = true;
	size_t i;
	enum status st = ST_OK;

	*ret_again = false;
	if (last == NULL)
		return journal_find(j, err);
	st = jseg_same(last, &same, err);
	if (st == ST_OK && !same) {
		*ret_again = true;
		return ST_OK;
	}
	while (st == ST_OK && more)
		st = journal_probe(j, journal_last(j)->no + 1, &more, err);
	for (i = 0; i < j->n && st == ST_OK && !*ret_again; i++)
		st = read_segment(j, i, ret_again, err);
	return st;
}

enum status journal_read(struct journal *j, struct err *err)
{
	bool again = true;
	int tries;
	enum status st = ST_OK;

	if (j->n == 0)
		st = journal_find(j, err);
	for (tries = 0; st == ST_OK && again && j->n > 0; tries++) {
		if (tries == JOURNAL_TRIES)
			return err_set(err, ST_BUSY,
				"conversation %s is being rewritten by "
				"another process",
				j->stem);
		st = read_pass(j, &again, err);
		if (st == ST_OK && again) {
			log_debug("journal %s changed under us", j->stem);
			st = journal_restart(j, err);
		}
	}
	if (st == ST_OK)
		j->caught_up = true;
	return st;
}
