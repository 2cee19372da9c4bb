#include "store/frame.h"

#include <string.h>

#include "base/le.h"

static const uint8_t sync_mark[4] = {0x52, 0xa7, 0xd1, 0x1e};
static const uint8_t end_mark[4] = {0xad, 0x58, 0x2e, 0xe1};

/* Position of the highest bit that is set; n > 0. */
static unsigned log2_floor(size_t n)
{
	unsigned bit = 0;

	while (n >>= 1)
		bit++;
	return bit;
}

size_t frame_padded(size_t n)
{
	unsigned e;
	unsigned s;
	size_t mask;

	if (n <= FRAME_PLAIN_MIN)
		return FRAME_PLAIN_MIN;
	e = log2_floor(n);
	s = log2_floor(e) + 1;
	mask = ((size_t)1 << (e - s)) - 1;
	n = (n + mask) & ~mask;
	return (n + 15) & ~(size_t)15;
}

void frame_put_head(uint8_t *p, const struct id *seg, uint64_t seq, size_t body,
	const uint8_t nonce[BOX_NONCE])
{
	memcpy(p, sync_mark, sizeof(sync_mark));
	le32_put(p + 4, (uint32_t)body); /* at most FRAME_BODY_MAX */
	le64_put(p + 8, seq);
	memcpy(p + 16, nonce, BOX_NONCE);
	le64_put(p + FRAME_AD, box_siphash(seg->b, p, FRAME_AD));
}

void frame_put_foot(uint8_t *p, const struct id *seg, size_t total)
{
	uint8_t *foot = p + total - FRAME_FOOT;

	memcpy(foot, end_mark, sizeof(end_mark));
	le32_put(foot + 4, (uint32_t)total); /* at most FRAME_TOTAL_MAX */
	le64_put(foot + 8, box_siphash(seg->b, p, total - 8));
}

bool frame_get_head(const uint8_t *p, const struct id *seg, struct frame *ret)
{
	uint32_t body;

	if (memcmp(p, sync_mark, sizeof(sync_mark)) != 0)
		return false;
	body = le32_get(p + 4);
	if (body < FRAME_BODY_MIN || body > FRAME_BODY_MAX || body % 16 != 0)
		return false;
	if (le64_get(p + FRAME_AD) != box_siphash(seg->b, p, FRAME_AD))
		return false;
	ret->seq = le64_get(p + 8);
	ret->body = body;
	ret->total = FRAME_HEAD + (size_t)body + FRAME_FOOT;
	return true;
}

bool frame_is_foot(const uint8_t *p, uint64_t most, size_t *ret_total)
{
	uint32_t total;

	if (memcmp(p, end_mark, sizeof(end_mark)) != 0)
		return false;
	total = le32_get(p + 4);
	if (total > most || total % 16 != 0 || total > FRAME_TOTAL_MAX ||
		total < FRAME_HEAD + FRAME_BODY_MIN + FRAME_FOOT)
		return false;
	*ret_total = total;
	return true;
}

bool frame_is_whole(
	const uint8_t *p, const struct id *seg, const struct frame *f)
{
	const uint8_t *foot = p + f->total - FRAME_FOOT;
	size_t total;

	return frame_is_foot(foot, f->total, &total) && total == f->total &&
		le64_get(foot + 8) == box_siphash(seg->b, p, f->total - 8);
}

size_t frame_find(
	const uint8_t *p, size_t n, const struct id *seg, bool *ret_found)
{
	struct frame f;
	size_t at;

	for (at = 0; at + FRAME_HEAD <= n; at += FRAME_GRID)
		if (frame_get_head(p + at, seg, &f)) {
			*ret_found = true;
			return at;
		}
	*ret_found = false;
	return at;
}

/*
 * The foot matters most: a record whose head was damaged looks like one that
 * was never finished, except that it has a foot, while a write() that was
 * killed leaves none. After a power failure sectors may be missing before a
 * foot, or before another record, that did reach the disk. The index then
 * decides, since it remembers only what was synced.
 */
enum tail frame_tail(const struct tail_facts *f)
{
	if (!f->bytes)
		return f->mark && f->mark_beyond ? TAIL_SHORT : TAIL_CLEAN;
	if (f->mark && f->mark_beyond)
		return TAIL_DAMAGED;
	if (!f->foot && !f->valid_after)
		return TAIL_TORN;
	return f->mark && f->rebooted ? TAIL_REMNANT : TAIL_DAMAGED;
}
