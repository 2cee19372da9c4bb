/*
 * Two threads read a segment as one does: the same records, the same losses,
 * whatever was done to it.
 */
#include "store/opener.h"

#include <stdlib.h>

#include "store/scan.h"
#include "unit/check.h"

/* More of them than one window has of the small ones, and one record that is
 * larger than a window. */
#define SMALL ((uint64_t)6000)
#define LARGE ((uint64_t)12)
#define LARGEST ((size_t)3 * 1024 * 1024)
#define ROUNDS 40

static const uint8_t root[BOX_KEY] = {1, 2, 3};

struct file {
	struct segment seg;
	struct buf bytes;
	struct buf whole; /* as it was made */
};

/* What a scan has told, in order. */
struct told {
	struct buf log;
	uint64_t stop_at; /* record at which the reader gives up */
	struct scan scan;
};

static size_t size_of(uint64_t seq)
{
	if (seq < SMALL)
		return (size_t)(seq % 200);
	return seq == SMALL + 3 ? LARGEST : (size_t)(seq - SMALL) * 50 * 1000;
}

static void make(struct file *f)
{
	struct segment_info info = {.conv = {{1}}, .seg = {{1, 1}}};
	uint8_t link[SEGMENT_LINK];
	struct buf text;
	uint64_t i;

	if (segment_new_root(&f->seg, &info, root, NULL) != ST_OK)
		abort();
	buf_init(&f->whole, BUF_LARGE);
	buf_init(&f->bytes, BUF_LARGE);
	buf_init(&text, BUF_LARGE);
	while (text.len < LARGEST)
		buf_str(&text, "and so it goes on ");
	segment_put_header(&f->seg, &f->whole);
	segment_first_link(&f->seg, link);
	for (i = 0; i < SMALL + LARGE; i++) {
		struct record r = {.type = RECORD_VALUE,
			.time_ms = (int64_t)i,
			.payload = {text.p, size_of(i)}};

		if (segment_seal(&f->seg, i, link, &r, &f->whole, NULL) !=
			ST_OK)
			abort();
	}
	buf_release(&text);
	buf_span(&f->bytes, buf_view(&f->whole));
}

static ssize_t from_memory(void *from, void *p, size_t n, uint64_t offset)
{
	const struct file *f = from;

	if (offset >= f->bytes.len)
		return 0;
	if (n > f->bytes.len - offset)
		n = f->bytes.len - (size_t)offset;
	memcpy(p, f->bytes.p + offset, n);
	return (ssize_t)n;
}

static enum status on_record(
	const struct record *r, uint64_t seq, void *payload, struct err *err)
{
	struct told *k = payload;
	uint8_t sum[BOX_HASH];

	box_hash(sum, sizeof(sum), (struct span){NULL, 0}, &r->payload, 1);
	buf_fmt(&k->log, "%llu %lld %02x%02x%02x%02x\n",
		(unsigned long long)seq, (long long)r->time_ms, sum[0], sum[1],
		sum[2], sum[3]);
	return seq == k->stop_at ? err_set(err, ST_STOPPED, "enough") : ST_OK;
}

static void on_loss(const struct scan_loss *l, void *payload)
{
	struct told *k = payload;

	buf_fmt(&k->log, "loss %d %llu %llu %llu %llu\n", (int)l->fault,
		(unsigned long long)l->offset, (unsigned long long)l->bytes,
		(unsigned long long)l->seq, (unsigned long long)l->lost);
}

/* From where it stands to `size`. */
static enum status read_to(
	struct file *f, struct told *k, bool shared, uint64_t size)
{
	struct scan_window w = {.shared = shared};
	enum status st = scan_run(&k->scan, &w, from_memory, f, size, on_record,
		on_loss, k, NULL);

	scan_window_release(&w);
	buf_fmt(&k->log, "%d: end %llu next %llu tail %llu %d %d\n", (int)st,
		(unsigned long long)k->scan.end,
		(unsigned long long)k->scan.next_seq,
		(unsigned long long)k->scan.tail, k->scan.valid_after,
		k->scan.foot);
	return st;
}

static void begin(struct file *f, struct told *k, uint64_t stop_at)
{
	buf_init(&k->log, BUF_LARGE);
	k->stop_at = stop_at;
	scan_begin(&k->scan, &f->seg);
}

/* Both ways, with the same outcome. */
static void compare(struct file *f, uint64_t stop_at)
{
	struct told one;
	struct told two;

	begin(f, &one, stop_at);
	begin(f, &two, stop_at);
	CHECK_INT(read_to(f, &two, true, f->bytes.len),
		read_to(f, &one, false, f->bytes.len));
	CHECK(span_eq(buf_view(&one.log), buf_view(&two.log)));
	/* A reader that gave up can go on. */
	if (stop_at != UINT64_MAX) {
		CHECK_INT(read_to(f, &two, true, f->bytes.len), ST_OK);
		CHECK_INT(two.scan.next_seq, SMALL + LARGE);
	}
	buf_release(&one.log);
	buf_release(&two.log);
}

static void test_whole(void)
{
	struct file f;
	struct told k;

	make(&f);
	begin(&f, &k, UINT64_MAX);
	CHECK_INT(read_to(&f, &k, true, f.bytes.len), ST_OK);
	CHECK_INT(k.scan.next_seq, SMALL + LARGE);
	CHECK_INT(k.scan.end, f.bytes.len);
	CHECK(strstr(k.log.p, "loss") == NULL);
	buf_release(&k.log);
	compare(&f, UINT64_MAX);
	segment_release(&f.seg);
	buf_release(&f.bytes);
	buf_release(&f.whole);
}

static void test_stopped(void)
{
	struct file f;
	uint64_t at;

	make(&f);
	for (at = 0; at < SMALL + LARGE; at += 997)
		compare(&f, at);
	segment_release(&f.seg);
	buf_release(&f.bytes);
	buf_release(&f.whole);
}

/* The file grows between two calls, past the middle of a record as well. */
static void test_grown(void)
{
	struct file f;
	struct told k;
	size_t to;

	make(&f);
	begin(&f, &k, UINT64_MAX);
	for (to = f.bytes.len / 7; to < f.bytes.len; to += f.bytes.len / 7)
		CHECK_INT(read_to(&f, &k, true, to), ST_OK);
	CHECK_INT(read_to(&f, &k, true, f.bytes.len), ST_OK);
	CHECK_INT(k.scan.next_seq, SMALL + LARGE);
	CHECK(strstr(k.log.p, "loss") == NULL);
	buf_release(&k.log);
	segment_release(&f.seg);
	buf_release(&f.bytes);
	buf_release(&f.whole);
}

static void test_damaged(void)
{
	struct file f;
	uint32_t seed = 5;
	int round;

	make(&f);
	for (round = 0; round < ROUNDS; round++) {
		int faults = round % 5 + 1;

		buf_set(&f.bytes, buf_view(&f.whole));
		while (faults-- > 0) {
			size_t at;
			size_t n;

			seed = seed * 1664525u + 1013904223u;
			at = SEGMENT_HEADER +
				seed % (f.bytes.len - SEGMENT_HEADER);
			n = (seed >> 8) % 3 == 0 ? 512 : 1;
			if (n > f.bytes.len - at)
				n = f.bytes.len - at;
			if ((seed >> 16) % 7 == 0)
				buf_truncate(&f.bytes, at);
			else if (n > 1)
				memset(f.bytes.p + at, 0, n);
			else
				f.bytes.p[at] ^= 4;
		}
		compare(&f, UINT64_MAX);
	}
	segment_release(&f.seg);
	buf_release(&f.bytes);
	buf_release(&f.whole);
}

int main(void)
{
	if (box_init(NULL) != ST_OK)
		return 1;
	RUN(test_whole);
	RUN(test_stopped);
	RUN(test_grown);
	RUN(test_damaged);
	return REPORT();
}
