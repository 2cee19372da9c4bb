/*
 * A segment that is changed in every way a disk or a forger without the key
 * can: what is read is right, each record once and in order, and the scan ends.
 * The input is a list of changes; the index entries are parsed from it too.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/le.h"
#include "store/entry.h"
#include "store/scan.h"
#include "tool/vault_of.h"

#define RECORDS 20
#define ROOM ((size_t)32 * 1024)
#define CHANGE 8 /* bytes of input for one */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct file {
	uint8_t bytes[ROOM];
	size_t n;
};

static struct segment seg;
static struct file whole;
static const uint8_t root[BOX_KEY] = {42};
static struct vault *vault; /* which has that */

static struct span text_of(uint64_t seq, char text[32])
{
	return span_of(text,
		(size_t)snprintf(
			text, 32, "record %d of %d", (int)seq, RECORDS));
}

static void make(void)
{
	struct segment_info info = {
		.conv = {{1}}, .seg = {{2}}, .flags = SEGMENT_INDEX};
	uint8_t link[SEGMENT_LINK];
	struct buf out;
	uint64_t i;

	vault = vault_of(root);
	if (vault == NULL || box_init(NULL) != ST_OK ||
		segment_new_root(&seg, &info, root, NULL) != ST_OK)
		abort();
	buf_init(&out, FRAME_TOTAL_MAX);
	segment_put_header(&seg, &out);
	segment_first_link(&seg, link);
	for (i = 0; i < RECORDS; i++) {
		struct record r = {.type = RECORD_VALUE};
		char text[32];

		r.payload = text_of(i, text);
		if (segment_seal(&seg, i, link, &r, &out, NULL) != ST_OK)
			abort();
	}
	memcpy(whole.bytes, out.p, out.len);
	whole.n = out.len;
	buf_release(&out);
}

static ssize_t from_memory(void *from, void *p, size_t n, uint64_t offset)
{
	const struct file *f = from;

	if (offset >= f->n)
		return 0;
	if (n > f->n - offset)
		n = f->n - (size_t)offset;
	memcpy(p, f->bytes + offset, n);
	return (ssize_t)n;
}

static enum status on_record(
	const struct record *r, uint64_t seq, void *payload, struct err *err)
{
	uint64_t *next = payload;
	char text[32];

	(void)err;
	if (seq < *next || seq >= RECORDS || r->type != RECORD_VALUE ||
		!span_eq(r->payload, text_of(seq, text)))
		abort();
	*next = seq + 1;
	return ST_OK;
}

/* A head or a whole frame with checksums that fit, at any place. */
static void forge(struct file *f, size_t at, uint32_t body, uint64_t seq)
{
	static const uint8_t nonce[BOX_NONCE];
	size_t total = FRAME_HEAD + (size_t)body + FRAME_FOOT;

	at -= at % FRAME_GRID;
	if (at + FRAME_HEAD > f->n)
		return;
	frame_put_head(f->bytes + at, &seg.info.seg, seq, body, nonce);
	if (at + total <= f->n)
		frame_put_foot(f->bytes + at, &seg.info.seg, total);
}

static void change(struct file *f, const uint8_t *p)
{
	size_t at = le16_get(p + 2) % (f->n + 1);
	size_t to = le16_get(p + 4) % (f->n + 1);
	size_t n = le16_get(p + 6) % (f->n + 1);

	if (n > f->n - at)
		n = f->n - at;
	switch (p[0] % 7) {
	case 0:
		if (at < f->n)
			f->bytes[at] ^= p[1];
		break;
	case 1: memset(f->bytes + at, p[1], n); break;
	case 2: f->n = at; break;
	case 3:
		if (n > f->n - to)
			n = f->n - to;
		memmove(f->bytes + to, f->bytes + at, n);
		break;
	case 4:
		memmove(f->bytes + at, f->bytes + at + n, f->n - at - n);
		f->n -= n;
		break;
	case 5:
		if (n > ROOM - f->n)
			n = ROOM - f->n;
		memmove(f->bytes + at + n, f->bytes + at, f->n - at);
		memset(f->bytes + at, p[1], n);
		f->n += n;
		break;
	case 6: forge(f, at, (uint32_t)(n + 1) * 16, p[1]); break;
	default: break;
	}
}

static void try_entry(const uint8_t *data, size_t size)
{
	struct id id = {{1}};
	struct entry e;
	struct entry again;
	struct buf out;

	if (!entry_get(span_of(data, size), &id, &e))
		return;
	buf_init(&out, BUF_LARGE);
	entry_put(&e, &out);
	if (!entry_get(buf_view(&out), &id, &again) ||
		!span_eq(e.row.title, again.row.title) ||
		!span_eq(e.heads, again.heads) || e.flags != again.flags)
		abort();
	buf_release(&out);
}

/* The same as somebody without the key reads it. */
static void try_raw(struct file *f)
{
	struct scan_window w = {.p = NULL};
	struct segment own;
	struct scan s;
	unsigned copies;

	if (segment_read_raw(&own, f->bytes, f->n, &copies, NULL) != ST_OK)
		return;
	if (copies < 1 || copies > 2)
		abort();
	scan_begin_raw(&s, &own);
	if (scan_run(&s, &w, from_memory, f, f->n, NULL, NULL, NULL, NULL) !=
		ST_OK)
		abort();
	if (f->n >= SEGMENT_HEADER && s.end + s.tail != f->n)
		abort();
	scan_window_release(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct file f;
	struct scan_window w = {.p = NULL};
	struct segment own;
	struct scan s;
	uint64_t next = 0;
	size_t i;

	if (whole.n == 0)
		make();
	try_entry(data, size);
	f = whole;
	for (i = 0; i + CHANGE <= size; i += CHANGE)
		change(&f, data + i);
	if (segment_read(&own, vault, f.bytes, f.n, NULL) == ST_OK)
		segment_release(&own);
	scan_begin(&s, &seg);
	if (scan_run(&s, &w, from_memory, &f, f.n, on_record, NULL, &next,
		    NULL) != ST_OK)
		abort();
	if (f.n >= SEGMENT_HEADER && s.end + s.tail != f.n)
		abort();
	if (s.next_seq != next)
		abort();
	scan_window_release(&w);
	try_raw(&f);
	return 0;
}
