#include "store/entry.h"

#include <string.h>

#include "base/le.h"
#include "wire/record.h"

/* Tags of the fields; they are on the disk and must not change. */
enum tag {
	TAG_TITLE = 64,
	TAG_AGENT = 65,
	TAG_MODEL = 66,
	TAG_TTY = 67,
	TAG_CREATED = 68,
	TAG_UPDATED = 69,
	TAG_MESSAGES = 70,
	TAG_FLAGS = 71,
	TAG_HEADS = 72,
};

/* Offsets in a head. */
enum {
	AT_SEG = 0,
	AT_DEVICE = 16,
	AT_SEG_NO = 24,
	AT_SETTLED = 28,
	AT_SIZE = 32,
	AT_NEXT = 40,
	AT_LINK = 48,
	AT_FILE_SIZE = 64,
	AT_FILE_NS = 72,
	AT_BOOT = 80,
	AT_HEADER = 96,
};

_Static_assert(AT_HEADER + SEGMENT_COPY == ENTRY_HEAD, "head");

void head_put(const struct head *h, uint8_t p[ENTRY_HEAD])
{
	memset(p, 0, ENTRY_HEAD);
	memcpy(p + AT_SEG, h->seg.b, ID_LEN);
	memcpy(p + AT_DEVICE, h->device, VAULT_DEVICE);
	le32_put(p + AT_SEG_NO, h->seg_no);
	le32_put(p + AT_SETTLED, h->settled);
	le64_put(p + AT_SIZE, h->size);
	le64_put(p + AT_NEXT, h->next_seq);
	memcpy(p + AT_LINK, h->link, SEGMENT_LINK);
	le64_put(p + AT_FILE_SIZE, h->file_size);
	le64_put(p + AT_FILE_NS, (uint64_t)h->file_ns);
	memcpy(p + AT_BOOT, h->boot, ENTRY_BOOT);
	memcpy(p + AT_HEADER, h->header, SEGMENT_COPY);
}

void head_get(const uint8_t p[ENTRY_HEAD], struct head *ret)
{
	memcpy(ret->seg.b, p + AT_SEG, ID_LEN);
	memcpy(ret->device, p + AT_DEVICE, VAULT_DEVICE);
	ret->seg_no = le32_get(p + AT_SEG_NO);
	ret->settled = le32_get(p + AT_SETTLED) == 1;
	ret->size = le64_get(p + AT_SIZE);
	ret->next_seq = le64_get(p + AT_NEXT);
	memcpy(ret->link, p + AT_LINK, SEGMENT_LINK);
	ret->file_size = le64_get(p + AT_FILE_SIZE);
	ret->file_ns = (int64_t)le64_get(p + AT_FILE_NS);
	memcpy(ret->boot, p + AT_BOOT, ENTRY_BOOT);
	memcpy(ret->header, p + AT_HEADER, SEGMENT_COPY);
}

void entry_put(const struct entry *e, struct buf *out)
{
	const struct catalog_entry *r = &e->row;

	record_put_field(out, TAG_TITLE, r->title);
	record_put_field(out, TAG_AGENT, r->agent);
	record_put_field(out, TAG_MODEL, r->model);
	record_put_field(out, TAG_TTY, r->tty);
	record_put_u64(out, TAG_CREATED, (uint64_t)r->created_ms);
	record_put_u64(out, TAG_UPDATED, (uint64_t)r->updated_ms);
	record_put_u64(out, TAG_MESSAGES, r->messages);
	record_put_u64(out, TAG_FLAGS, e->flags);
	record_put_field(out, TAG_HEADS, e->heads);
}

static bool get_i64(struct span value, int64_t *ret)
{
	uint64_t n;

	if (!record_get_u64(value, &n))
		return false;
	*ret = (int64_t)n;
	return true;
}

static bool get_flags(struct span value, struct entry *e)
{
	uint64_t n;

	if (!record_get_u64(value, &n))
		return false;
	e->flags = (unsigned)(n & UINT16_MAX);
	e->row.damaged = (n & ENTRY_DAMAGED) != 0;
	return true;
}

static bool get_heads(struct span value, struct entry *e)
{
	e->heads = value;
	return value.n % ENTRY_HEAD == 0 &&
		value.n / ENTRY_HEAD <= ENTRY_HEADS_MAX;
}

static bool get_field(struct entry *e, uint16_t tag, struct span value)
{
	struct catalog_entry *r = &e->row;

	switch (tag) {
	case TAG_TITLE: r->title = value; return true;
	case TAG_AGENT: r->agent = value; return true;
	case TAG_MODEL: r->model = value; return true;
	case TAG_TTY: r->tty = value; return true;
	case TAG_CREATED: return get_i64(value, &r->created_ms);
	case TAG_UPDATED: return get_i64(value, &r->updated_ms);
	case TAG_MESSAGES: return record_get_u64(value, &r->messages);
	case TAG_FLAGS: return get_flags(value, e);
	case TAG_HEADS: return get_heads(value, e);
	default: return true; /* a field of a later version */
	}
}

bool entry_get(struct span payload, const struct id *id, struct entry *ret)
{
	struct entry e;
	struct span value;
	uint16_t tag;

	memset(&e, 0, sizeof(e));
	e.row.id = *id;
	while (record_next_field(&payload, &tag, &value))
		if (!get_field(&e, tag, value))
			return false;
	if (payload.n > 0)
		return false;
	*ret = e;
	return true;
}
