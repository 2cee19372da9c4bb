/*
 * Frames, seals and the scan over damage: nothing altered is ever read as
 * right, one fault costs one record, and every loss is told.
 */
#include "store/segment.h"

#include <stdlib.h>

#include "base/le.h"
#include "store/scan.h"
#include "tool/vault_of.h"
#include "unit/check.h"

#define RECORDS 20
#define ROOM ((size_t)64 * 1024)

static const uint8_t root[BOX_KEY] = {1, 2, 3};
static struct vault *vault; /* which has that */

struct file {
	struct segment seg;
	uint8_t bytes[ROOM];
	size_t n;
	size_t at[RECORDS + 1]; /* where each record begins */
};

struct read {
	size_t n;
	size_t wrong;
	bool seen[RECORDS];
	size_t losses;
	uint64_t lost;
	size_t fault[4];
	struct scan scan;
};

static void text_of(uint64_t seq, char ret[64], size_t *ret_n)
{
	(void)snprintf(ret, 64, "record %d", (int)seq);
	/* Of several sizes, and with a first byte that is not text. */
	*ret_n = strlen(ret) + (size_t)(seq % 5) * 7;
	memset(ret + strlen(ret), '.', 64 - strlen(ret));
}

static void make_as(struct file *f, uint8_t tag)
{
	struct segment_info info = {
		.conv = {{tag}}, .seg = {{tag, 1}}, .flags = SEGMENT_INDEX};
	uint8_t link[SEGMENT_LINK];
	struct buf out;
	uint64_t i;

	if (segment_new_root(&f->seg, &info, root, NULL) != ST_OK)
		abort();
	buf_init(&out, FRAME_TOTAL_MAX);
	segment_put_header(&f->seg, &out);
	segment_first_link(&f->seg, link);
	for (i = 0; i < RECORDS; i++) {
		struct record r = {.type = RECORD_VALUE, .time_ms = -5};
		char text[64];
		size_t n;

		text_of(i, text, &n);
		r.payload = span_of(text, n);
		f->at[i] = out.len;
		if (segment_seal(&f->seg, i, link, &r, &out, NULL) != ST_OK)
			abort();
	}
	f->at[RECORDS] = out.len;
	f->n = out.len;
	if (f->n > ROOM)
		abort();
	memcpy(f->bytes, out.p, out.len);
	buf_release(&out);
}

static void make(struct file *f)
{
	make_as(f, 9);
}

static ssize_t from_memory(void *from, void *p, size_t n, uint64_t offset)
{
	const struct file *f = from;

	if (offset >= f->n)
		return 0;
	if (n > f->n - offset)
		n = f->n - (size_t)offset;
	/* Short reads are part of the contract. */
	if (n > 1000)
		n = 1000;
	memcpy(p, f->bytes + offset, n);
	return (ssize_t)n;
}

static enum status on_record(
	const struct record *r, uint64_t seq, void *payload, struct err *err)
{
	struct read *k = payload;
	char text[64];
	size_t n;

	(void)err;
	text_of(seq, text, &n);
	if (seq >= RECORDS || k->seen[seq] || r->type != RECORD_VALUE ||
		r->time_ms != -5 || !span_eq(r->payload, span_of(text, n))) {
		k->wrong++;
		return ST_OK;
	}
	k->seen[seq] = true;
	k->n++;
	return ST_OK;
}

static void on_loss(const struct scan_loss *l, void *payload)
{
	struct read *k = payload;

	k->losses++;
	k->lost += l->lost;
	k->fault[l->fault]++;
}

static void read_with(struct file *f, struct segment *seg, struct read *k)
{
	struct scan_window w = {.p = NULL};

	memset(k, 0, sizeof(*k));
	scan_begin(&k->scan, seg);
	CHECK_INT(scan_run(&k->scan, &w, from_memory, f, f->n, on_record,
			  on_loss, k, NULL),
		ST_OK);
	scan_window_release(&w);
	k->scan.seg = NULL;
}

/* With the segment that its own header makes. */
static bool read_file(struct file *f, struct read *k)
{
	struct segment seg;

	if (segment_read(&seg, vault, f->bytes, f->n, NULL) != ST_OK)
		return false;
	read_with(f, &seg, k);
	segment_release(&seg);
	return true;
}

static void test_whole(void)
{
	static struct file f;
	struct read k;

	make(&f);
	CHECK(read_file(&f, &k));
	CHECK_INT(k.n, RECORDS);
	CHECK_INT(k.wrong, 0);
	CHECK_INT(k.losses, 0);
	CHECK_INT(k.scan.end, f.n);
	CHECK_INT(k.scan.tail, 0);
	CHECK_INT(k.scan.next_seq, RECORDS);
	CHECK_INT(k.scan.last, f.at[RECORDS - 1]);
	segment_release(&f.seg);
}

/* Every bit of the file: one record at most, and never in silence. */
static void test_flips(void)
{
	static struct file f;
	size_t silent = 0;
	size_t undecided = 0;
	size_t bit;

	make(&f);
	for (bit = 0; bit < f.n * 8; bit++) {
		struct read k;
		bool header = bit / 8 < SEGMENT_HEADER;
		bool told;

		f.bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		if (!header)
			read_with(&f, &f.seg, &k);
		else if (!read_file(&f, &k)) {
			CHECK_INT(bit, -2);
			break;
		}
		told = k.losses > 0 || k.scan.tail > 0;
		if (k.wrong != 0 || k.n + 1 < RECORDS ||
			(header && k.n != RECORDS)) {
			CHECK_INT(bit, -1);
			break;
		}
		/* The checksum in the foot is for scrubbing without a key. */
		if (!told && !header)
			silent++;
		if (k.scan.tail > 0) {
			struct tail_facts facts = {.bytes = true,
				.valid_after = k.scan.valid_after,
				.foot = k.scan.foot};

			undecided += frame_tail(&facts) != TAIL_DAMAGED;
		}
		f.bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
	CHECK_INT(silent, RECORDS * BOX_SIP * 8);
	/* Damage to the last record never passes for an unfinished one. */
	CHECK_INT(undecided, 0);
	segment_release(&f.seg);
}

/* Cut at every byte: everything before is there, and between two records
 * nothing shows (the index knows). */
static void test_cuts(void)
{
	static struct file f;
	size_t whole;
	size_t n;

	make(&f);
	whole = f.n;
	for (n = SEGMENT_HEADER; n < whole; n++) {
		struct read k;
		struct tail_facts facts;
		size_t i = 0;

		while (f.at[i + 1] <= n)
			i++;
		f.n = n;
		read_with(&f, &f.seg, &k);
		facts = (struct tail_facts){.bytes = k.scan.tail > 0,
			.valid_after = k.scan.valid_after,
			.foot = k.scan.foot};
		if (k.n != i || k.wrong != 0 || k.losses != 0 ||
			k.scan.end != f.at[i] || k.scan.tail != n - f.at[i] ||
			frame_tail(&facts) !=
				(n == f.at[i] ? TAIL_CLEAN : TAIL_TORN)) {
			CHECK_INT(n, -1);
			break;
		}
	}
	for (n = 0; n < SEGMENT_COPY; n++) {
		struct read k;

		f.n = n;
		CHECK(!read_file(&f, &k));
	}
	segment_release(&f.seg);
}

static void test_tails(void)
{
	static struct file f;
	struct read k;
	size_t whole;

	make(&f);
	whole = f.n;
	memset(f.bytes + whole, 0, 8192);
	f.n = whole + 8192;
	CHECK(read_file(&f, &k));
	CHECK_INT(k.n, RECORDS);
	CHECK_INT(k.scan.tail, 8192);
	CHECK(!k.scan.foot && !k.scan.valid_after);
	box_random(f.bytes + whole, 8192);
	CHECK(read_file(&f, &k));
	CHECK_INT(k.n, RECORDS);
	CHECK(!k.scan.foot && !k.scan.valid_after);
	/* A whole record of this segment again: authentic, but out of place. */
	memcpy(f.bytes + whole, f.bytes + f.at[3], f.at[4] - f.at[3]);
	f.n = whole + f.at[4] - f.at[3];
	CHECK(read_file(&f, &k));
	CHECK_INT(k.n, RECORDS);
	CHECK_INT(k.wrong, 0);
	CHECK_INT(k.fault[SCAN_ORDER], 1);
	segment_release(&f.seg);
}

static void cut_out(struct file *f, size_t from, size_t to)
{
	memmove(f->bytes + from, f->bytes + to, f->n - to);
	f->n -= to - from;
}

static void test_moves(void)
{
	static struct file f;
	static struct file other;
	static uint8_t kept[ROOM];
	struct read k;
	size_t size;
	size_t n;

	make(&f);
	make_as(&other, 8);
	memcpy(kept, f.bytes, f.n);
	n = f.n;

	cut_out(&f, f.at[7], f.at[8]);
	CHECK(read_file(&f, &k));
	CHECK_INT(k.n, RECORDS - 1);
	CHECK_INT(k.lost, 1);
	CHECK_INT(k.fault[SCAN_GAP], 1);

	/* Records 2 and 7 are of one size: swapped. */
	memcpy(f.bytes, kept, n);
	f.n = n;
	size = f.at[3] - f.at[2];
	CHECK_INT(f.at[8] - f.at[7], size);
	memcpy(f.bytes + f.at[2], kept + f.at[7], size);
	memcpy(f.bytes + f.at[7], kept + f.at[2], size);
	CHECK(read_file(&f, &k));
	CHECK_INT(k.wrong, 0);
	CHECK(k.losses >= 2);
	CHECK(k.n >= RECORDS - 6);

	/* One of another segment in its place; the key is the same. */
	memcpy(f.bytes, kept, n);
	memcpy(f.bytes + f.at[2], other.bytes + other.at[2], size);
	CHECK(read_file(&f, &k));
	CHECK_INT(k.n, RECORDS - 1);
	CHECK_INT(k.wrong, 0);
	CHECK_INT(k.lost, 1);

	/* The header of another one: not a record opens. */
	memcpy(f.bytes, other.bytes, SEGMENT_HEADER);
	memcpy(f.bytes + SEGMENT_HEADER, kept + SEGMENT_HEADER,
		n - SEGMENT_HEADER);
	CHECK(read_file(&f, &k));
	CHECK_INT(k.n, 0);
	CHECK_INT(k.wrong, 0);
	CHECK(k.scan.tail > 0);

	/* Either copy of the header alone will do. */
	memcpy(f.bytes, kept, n);
	memset(f.bytes, 0, SEGMENT_COPY);
	CHECK(read_file(&f, &k));
	CHECK_INT(k.n, RECORDS);
	memset(f.bytes, 0, SEGMENT_HEADER);
	CHECK(!read_file(&f, &k));
	segment_release(&f.seg);
	segment_release(&other.seg);
}

/* A sector that reads as zeros costs the records it touches; a foot alone is
 * not missed. */
static void test_sectors(void)
{
	static struct file f;
	static uint8_t kept[ROOM];
	size_t at;

	make(&f);
	memcpy(kept, f.bytes, f.n);
	for (at = SEGMENT_HEADER; at + 512 <= f.n; at += 512) {
		struct read k;
		size_t touched = 0;
		size_t i;

		for (i = 0; i < RECORDS; i++)
			touched += f.at[i] < at + 512 &&
				f.at[i + 1] - FRAME_FOOT > at;
		memset(f.bytes + at, 0, 512);
		CHECK(read_file(&f, &k));
		CHECK_INT(k.wrong, 0);
		CHECK_INT(k.n, RECORDS - touched);
		CHECK(k.losses > 0 || k.scan.tail > 0);
		memcpy(f.bytes, kept, f.n);
	}
	segment_release(&f.seg);
}

/* Heads that a forger strews, with checksums that fit, cost no record. */
static void test_forged(void)
{
	static struct file f;
	uint8_t nonce[BOX_NONCE] = {0};
	struct read k;

	make(&f);
	memset(f.bytes + f.at[4], 0, f.at[5] - f.at[4]);
	/* It claims everything up to the end. */
	frame_put_head(f.bytes + f.at[4], &f.seg.info.seg, 4,
		f.n - f.at[4] - FRAME_HEAD - FRAME_FOOT, nonce);
	frame_put_foot(f.bytes + f.at[4], &f.seg.info.seg, f.n - f.at[4]);
	CHECK(read_file(&f, &k));
	CHECK_INT(k.wrong, 0);
	CHECK_INT(k.n, RECORDS - 1);
	segment_release(&f.seg);
}

/*
 * Another authentic record with the same number and text, as from a copy of the
 * file that went on differently: the one behind it names the first.
 */
static void test_exchanged(void)
{
	static struct file f;
	struct record r = {.type = RECORD_VALUE, .time_ms = -5};
	uint8_t link[SEGMENT_LINK] = {0};
	char text[64];
	struct buf out;
	struct read k;
	size_t n;

	make(&f);
	text_of(5, text, &n);
	r.payload = span_of(text, n);
	buf_init(&out, FRAME_TOTAL_MAX);
	/* The link it names itself is the right one. */
	{
		struct frame before;

		CHECK(frame_get_head(
			f.bytes + f.at[4], &f.seg.info.seg, &before));
		segment_link_of(f.bytes + f.at[4], &before, link);
	}
	CHECK_INT(segment_seal(&f.seg, 5, link, &r, &out, NULL), ST_OK);
	CHECK_INT(out.len, f.at[6] - f.at[5]);
	memcpy(f.bytes + f.at[5], out.p, out.len);
	CHECK(read_file(&f, &k));
	CHECK_INT(k.n, RECORDS);
	CHECK_INT(k.wrong, 0);
	CHECK_INT(k.fault[SCAN_LINK], 1);
	CHECK_INT(k.losses, 1);
	buf_release(&out);
	segment_release(&f.seg);
}

/*
 * A record of another segment of the same conversation and key, in its own
 * place and with public checksums made to fit: the seal alone refuses it.
 */
static void test_other_segment(void)
{
	static struct file f;
	struct segment other;
	struct segment_info info;
	struct record r = {.type = RECORD_VALUE, .time_ms = -5};
	uint8_t link[SEGMENT_LINK] = {0};
	uint8_t nonce[BOX_NONCE];
	char text[64];
	struct buf out;
	struct frame of;
	struct read k;
	uint8_t *p;
	size_t n;

	make(&f);
	p = f.bytes + f.at[5];
	info = f.seg.info;
	info.seg.b[15] ^= 1;
	CHECK_INT(segment_new_root(&other, &info, root, NULL), ST_OK);
	text_of(5, text, &n);
	r.payload = span_of(text, n);
	buf_init(&out, FRAME_TOTAL_MAX);
	CHECK_INT(segment_seal(&other, 5, link, &r, &out, NULL), ST_OK);
	CHECK_INT(out.len, f.at[6] - f.at[5]);
	memcpy(p, out.p, out.len);
	CHECK(frame_get_head(p, &other.info.seg, &of));
	memcpy(nonce, p + 16, sizeof(nonce));
	frame_put_head(p, &f.seg.info.seg, of.seq, of.body, nonce);
	frame_put_foot(p, &f.seg.info.seg, of.total);
	CHECK(frame_is_whole(p, &f.seg.info.seg, &of));
	CHECK(read_file(&f, &k));
	CHECK(!k.seen[5]);
	CHECK_INT(k.n, RECORDS - 1);
	CHECK_INT(k.lost, 1);
	buf_release(&out);
	segment_release(&f.seg);
	segment_release(&other);
}

static void test_later_version(void)
{
	static struct file f;
	struct segment seg;
	struct err err;

	make(&f);
	le16_put(f.bytes + 8, 2);
	CHECK_INT(segment_read(&seg, vault, f.bytes, f.n, &err), ST_OK);
	segment_release(&seg);
	le16_put(f.bytes + SEGMENT_COPY + 8, 2);
	CHECK_INT(segment_read(&seg, vault, f.bytes, f.n, &err), ST_FAIL);
	CHECK(strstr(err.msg, "format 2") != NULL);
	segment_release(&f.seg);
}

static void test_sizes(void)
{
	struct segment_info info = {.flags = 0};
	struct segment seg;
	struct buf payload;
	size_t n;

	CHECK_INT(segment_new_root(&seg, &info, root, NULL), ST_OK);
	buf_init(&payload, FRAME_PLAIN_MAX);
	for (n = 0; n <= SEGMENT_PAYLOAD_MAX; n = n * 5 + 1) {
		struct record r = {.type = 1, .flags = 3};
		struct opened o;
		struct frame f;
		struct buf out;
		uint8_t link[SEGMENT_LINK] = {0};
		size_t plain = frame_padded(SEGMENT_FIXED + n);

		while (payload.len < n)
			buf_char(&payload, (char)(payload.len * 31));
		r.payload = buf_view(&payload);
		buf_init(&out, FRAME_TOTAL_MAX);
		CHECK_INT(segment_seal(&seg, 7, link, &r, &out, NULL), ST_OK);
		CHECK(plain % 16 == 0 && plain >= FRAME_PLAIN_MIN);
		CHECK(plain - 16 <= (SEGMENT_FIXED + n) / 8 * 9 ||
			plain == FRAME_PLAIN_MIN);
		CHECK_INT(out.len, FRAME_HEAD + plain + BOX_TAG + FRAME_FOOT);
		CHECK(frame_get_head((uint8_t *)out.p, &seg.info.seg, &f));
		CHECK(f.seq == 7 && f.total == out.len);
		CHECK(frame_is_whole((uint8_t *)out.p, &seg.info.seg, &f));
		CHECK(segment_open(&seg, (uint8_t *)out.p, &f, &o));
		CHECK(span_eq(o.record.payload, buf_view(&payload)));
		CHECK(memcmp(o.link, link, sizeof(link)) == 0);
		CHECK_INT(o.record.flags, 3);
		buf_release(&out);
	}
	CHECK_INT(frame_padded(SEGMENT_FIXED + SEGMENT_PAYLOAD_MAX),
		FRAME_PLAIN_MAX);
	CHECK_INT(frame_padded(20000), 20480);
	buf_release(&payload);
	segment_release(&seg);
}

/* Every combination. */
static void test_tail_table(void)
{
	unsigned i;

	for (i = 0; i < 64; i++) {
		struct tail_facts f = {
			.bytes = i & 1,
			.valid_after = i & 2,
			.foot = i & 4,
			.mark = i & 8,
			.mark_beyond = i & 16,
			.rebooted = i & 32,
		};
		enum tail want;

		/* Without bytes only the index can know of a loss. */
		if (!f.bytes)
			want = f.mark && f.mark_beyond ? TAIL_SHORT
						       : TAIL_CLEAN;
		else if (f.mark && f.mark_beyond)
			want = TAIL_DAMAGED;
		else if (!f.foot && !f.valid_after)
			want = TAIL_TORN;
		else if (f.mark && f.rebooted)
			want = TAIL_REMNANT;
		else
			want = TAIL_DAMAGED;
		CHECK_INT(frame_tail(&f), want);
	}
}

/* The rows that matter, in words. */
static void test_tail_rows(void)
{
	static const struct {
		struct tail_facts f;
		enum tail want;
	} rows[] = {
		{{false, false, false, false, false, false}, TAIL_CLEAN},
		{{false, false, false, true, false, true}, TAIL_CLEAN},
		{{false, false, false, true, true, false}, TAIL_SHORT},
		{{true, false, false, false, false, false}, TAIL_TORN},
		{{true, false, false, true, false, false}, TAIL_TORN},
		{{true, false, false, true, false, true}, TAIL_TORN},
		{{true, false, false, true, true, false}, TAIL_DAMAGED},
		{{true, false, false, true, true, true}, TAIL_DAMAGED},
		{{true, true, false, false, false, false}, TAIL_DAMAGED},
		{{true, true, true, true, false, false}, TAIL_DAMAGED},
		{{true, true, false, true, false, true}, TAIL_REMNANT},
		{{true, true, true, true, false, true}, TAIL_REMNANT},
		{{true, true, true, true, true, true}, TAIL_DAMAGED},
		{{true, false, true, false, false, false}, TAIL_DAMAGED},
		{{true, false, true, false, false, true}, TAIL_DAMAGED},
		{{true, false, true, true, false, false}, TAIL_DAMAGED},
		{{true, false, true, true, false, true}, TAIL_REMNANT},
		{{true, false, true, true, true, true}, TAIL_DAMAGED},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_INT(frame_tail(&rows[i].f), rows[i].want);
}

int main(void)
{
	vault = vault_of(root);
	if (vault == NULL || box_init(NULL) != ST_OK)
		return 1;
	RUN(test_whole);
	RUN(test_flips);
	RUN(test_cuts);
	RUN(test_tails);
	RUN(test_moves);
	RUN(test_sectors);
	RUN(test_forged);
	RUN(test_exchanged);
	RUN(test_other_segment);
	RUN(test_later_version);
	RUN(test_sizes);
	RUN(test_tail_table);
	RUN(test_tail_rows);
	return REPORT();
}
