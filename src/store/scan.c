#include "store/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/opener.h"

/* Bytes read at once: enough to be cheap, few enough for the CPU's caches. */
#define CHUNK ((size_t)256 * 1024)
/* The same when two threads work on them; files with more left to read than
 * this are worth the second thread. */
#define CHUNK_SHARED ((size_t)1024 * 1024)
/*
 * A forger may fill a file with heads that each claim megabytes which do not
 * open. So that the time does not grow with the square of the file's size, the
 * lengths in heads are believed, and skipped, once this many times the file's
 * bytes have been tried in vain.
 */
#define VAIN_TIMES 4
#define VAIN_FREE ((uint64_t)64 * 1024 * 1024)

ssize_t scan_pread(void *from, void *p, size_t n, uint64_t offset)
{
	return pread(*(int *)from, p, n, (off_t)offset);
}

/* Wipes the memory, which may have held a key. */
void scan_window_release(struct scan_window *w)
{
	if (w->p != NULL)
		box_wipe(w->p, w->cap);
	free(w->p);
	memset(w, 0, sizeof(*w));
}

void scan_begin(struct scan *s, struct segment *seg)
{
	memset(s, 0, sizeof(*s));
	s->seg = seg;
	s->end = SEGMENT_HEADER;
	segment_first_link(seg, s->link);
}

void scan_begin_raw(struct scan *s, struct segment *seg)
{
	scan_begin(s, seg);
	s->raw = true;
}

/* One run over a file. */
struct run {
	struct scan *s;
	struct scan_window *w;
	struct opener *opener; /* NULL: no second thread */
	scan_source *source;
	void *from;
	uint64_t size;
	uint64_t at; /* offset it has reached */
	bool gap; /* there is no record between s->end and `at` */
	uint64_t vain;
	scan_record_fn *fn;
	scan_loss_fn *loss;
	void *payload;
};

static bool window_grow(struct scan_window *w, size_t need)
{
	uint8_t *p;

	if (need <= w->cap)
		return true;
	p = malloc(need);
	if (p == NULL)
		return false;
	if (w->n > 0)
		memcpy(p, w->p, w->n);
	if (w->p != NULL)
		box_wipe(w->p, w->cap);
	free(w->p);
	w->p = p;
	w->cap = need;
	return true;
}

/*
 * Gets the n bytes at r->at into the window, or as many as there are before
 * r->size; *ret_n is how many.
 */
static enum status window_need(
	struct run *r, size_t n, size_t *ret_n, struct err *err)
{
	struct scan_window *w = r->w;
	uint64_t left = r->size - r->at;
	size_t want = r->opener != NULL ? CHUNK_SHARED : CHUNK;
	size_t have = 0;

	if (want < n)
		want = n;
	if (n > left)
		n = (size_t)left; /* smaller than n was */
	if (r->at >= w->at && r->at - w->at < w->n)
		have = w->n - (size_t)(r->at - w->at);
	if (have >= n)
		goto out;
	opener_rest(r->opener);
	if (want > left)
		want = (size_t)left;
	if (!window_grow(w, want))
		return err_nomem(err);
	if (have > 0)
		memmove(w->p, w->p + (r->at - w->at), have);
	w->at = r->at;
	w->n = have;
	while (w->n < want) {
		ssize_t got = r->source(
			r->from, w->p + w->n, want - w->n, w->at + w->n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(err, ST_IO, "cannot read");
		if (got == 0) {
			/* Another process cut the file off meanwhile. */
			r->size = w->at + w->n;
			break;
		}
		w->n += (size_t)got;
	}
	have = w->n;
out:
	*ret_n = have < n ? have : n;
	return ST_OK;
}

static uint8_t *window_at(const struct run *r)
{
	return r->w->p + (r->at - r->w->at);
}

static void tell(struct run *r, enum scan_fault fault, uint64_t offset,
	uint64_t bytes, uint64_t seq, uint64_t lost)
{
	struct scan_loss loss = {fault, offset, bytes, seq, lost};

	if (r->loss != NULL)
		r->loss(&loss, r->payload);
}

/* Takes a record at r->at that was opened. */
static enum status take(struct run *r, const struct frame *f,
	const struct opened *o, struct err *err)
{
	struct scan *s = r->s;
	uint8_t *p = window_at(r);
	uint64_t bytes = r->at - s->end;
	size_t foot;
	enum status st = ST_OK;

	if (f->seq < s->next_seq) {
		if (bytes > 0)
			tell(r, SCAN_GAP, s->end, bytes, f->seq, 0);
		tell(r, SCAN_ORDER, r->at, f->total, f->seq, 0);
		goto out;
	}
	if (bytes > 0 || f->seq > s->next_seq)
		tell(r, SCAN_GAP, s->end, bytes, f->seq, f->seq - s->next_seq);
	else if (!s->raw && memcmp(o->prev, s->link, SEGMENT_LINK) != 0)
		tell(r, SCAN_LINK, r->at, f->total, f->seq, 0);
	if (!frame_is_foot(p + f->total - FRAME_FOOT, f->total, &foot) ||
		foot != f->total)
		tell(r, SCAN_FOOT, r->at, f->total, f->seq, 0);
	s->next_seq = f->seq + 1;
	memcpy(s->link, o->link, SEGMENT_LINK);
	memcpy(s->last_head, p, FRAME_HEAD);
	s->last = r->at;
	if (r->fn != NULL)
		st = r->fn(&o->record, f->seq, r->payload, err);
out:
	r->at += f->total;
	s->end = r->at;
	r->gap = false;
	return st;
}

/* Moves r->at to the next head, or to the end. */
static enum status find_head(struct run *r, struct err *err)
{
	for (;;) {
		bool found;
		size_t n;
		size_t skip;
		enum status st = window_need(r, CHUNK, &n, err);

		if (st != ST_OK)
			return st;
		skip = frame_find(
			window_at(r), n, &r->s->seg->info.seg, &found);
		r->at += skip;
		if (found)
			return ST_OK;
		if (skip == 0 || r->size - r->at < FRAME_HEAD) {
			r->at = r->size;
			return ST_OK;
		}
	}
}

/*
 * Called at a head whose record did not open. That there is a head, and whether
 * its foot is in place, tells how the tail came about.
 */
static void note_failed(struct run *r, const struct frame *f, bool whole)
{
	struct scan *s = r->s;
	size_t total;

	if (r->at > s->end)
		s->valid_after = true;
	/* After a killed write(), bytes are missing at the end. With a key the
	 * foot decides; a power failure may have kept it from the disk. */
	if (s->raw && whole)
		s->foot = true;
	if (whole &&
		frame_is_foot(window_at(r) + f->total - FRAME_FOOT, f->total,
			&total) &&
		total == f->total)
		s->foot = true;
}

/* Opens the record at r->at, which is in the window as a whole. Without a key
 * only its link is found. */
static bool open_record(
	const struct run *r, const struct frame *f, struct opened *ret)
{
	const struct scan_window *w = r->w;
	const struct scan *s = r->s;
	uint8_t *p = window_at(r);

	if (r->opener != NULL)
		return opener_open(
			r->opener, p, (size_t)(w->p + w->n - p), f, ret);
	if (!s->raw)
		return segment_open(s->seg, p, f, ret);
	if (!frame_is_whole(p, &s->seg->info.seg, f))
		return false;
	memset(ret, 0, sizeof(*ret));
	segment_link_of(p, f, ret->link);
	return true;
}

/* One step: takes a record or moves r->at on. */
static enum status step(struct run *r, struct err *err)
{
	struct frame f = {0, 0, 0};
	struct opened o;
	size_t n;
	bool whole;
	enum status st = window_need(r, FRAME_HEAD, &n, err);

	if (st != ST_OK)
		return st;
	if (n == FRAME_HEAD &&
		frame_get_head(window_at(r), &r->s->seg->info.seg, &f)) {
		st = window_need(r, f.total, &n, err);
		if (st != ST_OK)
			return st;
		whole = n == f.total;
		if (whole && open_record(r, &f, &o))
			return take(r, &f, &o, err);
		note_failed(r, &f, whole);
		/* The body in the window has been wiped. */
		r->w->n = 0;
		r->vain += whole ? f.total : 0;
		if (whole && r->vain > VAIN_FREE + VAIN_TIMES * r->size) {
			r->at += f.total;
			return ST_OK;
		}
	}
	r->gap = true;
	if (r->size - r->at < FRAME_GRID) {
		r->at = r->size;
		return ST_OK;
	}
	r->at += FRAME_GRID;
	return find_head(r, err);
}

/* Whether the file ends in a foot that could belong to the tail. */
static enum status look_at_foot(struct run *r, struct err *err)
{
	size_t n;
	size_t total;
	enum status st;

	if (r->s->tail < FRAME_FOOT)
		return ST_OK;
	r->at = r->size - FRAME_FOOT;
	r->w->n = 0;
	st = window_need(r, FRAME_FOOT, &n, err);
	if (st == ST_OK && n == FRAME_FOOT &&
		frame_is_foot(window_at(r), r->s->tail, &total))
		r->s->foot = true;
	return st;
}

enum status scan_run(struct scan *s, struct scan_window *w, scan_source *source,
	void *from, uint64_t size, scan_record_fn *fn, scan_loss_fn *loss,
	void *payload, struct err *err)
{
	struct run r = {.s = s,
		.w = w,
		.source = source,
		.from = from,
		.size = size,
		.at = s->end,
		.fn = fn,
		.loss = loss,
		.payload = payload};
	enum status st = ST_OK;

	if (w->shared && !s->raw && size > s->end &&
		size - s->end > CHUNK_SHARED)
		r.opener = opener_start(s->seg);
	w->n = 0;
	s->tail = 0;
	s->valid_after = false;
	s->foot = false;
	while (st == ST_OK && r.at < r.size) {
		st = step(&r, err);
		/* How a gap looks matters only at the end of the file. */
		if (!r.gap) {
			s->valid_after = false;
			s->foot = false;
		}
	}
	opener_stop(r.opener);
	r.opener = NULL;
	if (st != ST_OK)
		return st;
	s->tail = r.size > s->end ? r.size - s->end : 0;
	return look_at_foot(&r, err);
}
