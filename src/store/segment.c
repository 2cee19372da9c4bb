#include "store/segment.h"

#include <assert.h>
#include <string.h>

#include "base/le.h"

static const char file_mark[8] = "ATLJRNL";
static const char record_ad[] = "atl/rec/v1";

enum {
	AD_MARK = sizeof(record_ad) - 1,
	BODY_VERSION = 1,

	KEY_RECORD = 0,
	KEY_HEADER = BOX_KEY,
	KEY_NONCE = 2 * BOX_KEY,
	KEY_ALL = 3 * BOX_KEY,

	/* Offsets in the header. */
	AT_MAJOR = 8,
	AT_MINOR = 10,
	AT_LEN = 12,
	AT_VAULT = 16,
	AT_CONV = 32,
	AT_SEG = 48,
	AT_DEVICE = 64,
	AT_SEG_NO = 72,
	AT_EPOCH = 76,
	AT_FLAGS = 80,
	AT_NONCE = VAULT_AD,
	AT_WRAPPED = 120,
	AT_PREV_SEG = 168,
	AT_PREV_LINK = 184,
	AT_SIP = 200,
	AT_MAC = 224,
};

_Static_assert(AD_MARK + 3 * ID_LEN + FRAME_AD == SEGMENT_AD, "ad");
_Static_assert(AT_WRAPPED + VAULT_WRAPPED == AT_PREV_SEG, "wrapped root");
_Static_assert(AT_MAC + BOX_HASH == SEGMENT_COPY, "header");

void segment_init(struct segment *s)
{
	memset(s, 0, sizeof(*s));
}

void segment_release(struct segment *s)
{
	secret_free(&s->keys);
	segment_init(s);
}

static enum status derive(
	struct segment *s, const uint8_t root[BOX_KEY], struct err *err)
{
	if (!secret_new(&s->keys, KEY_ALL))
		return err_nomem(err);
	box_kdf(s->keys.p + KEY_RECORD, "atlseg01", 1, root);
	box_kdf(s->keys.p + KEY_HEADER, "atlseg01", 2, root);
	box_kdf(s->keys.p + KEY_NONCE, "atlseg01", 3, root);
	s->keys.len = KEY_ALL;
	return ST_OK;
}

static void header_mac(const struct segment *s, uint8_t ret[BOX_HASH])
{
	struct span part = span_of(s->header, AT_MAC);

	box_hash(ret, BOX_HASH, span_of(s->keys.p + KEY_HEADER, BOX_KEY), &part,
		1);
}

/* Sets the associated data except for the record's own part. */
static void set_ad(struct segment *s)
{
	uint8_t *p = s->ad;

	memcpy(p, record_ad, AD_MARK);
	memcpy(p + AD_MARK, s->info.vault.b, ID_LEN);
	memcpy(p + AD_MARK + ID_LEN, s->info.conv.b, ID_LEN);
	memcpy(p + AD_MARK + 2 * ID_LEN, s->info.seg.b, ID_LEN);
}

static void put_info(struct segment *s)
{
	const struct segment_info *i = &s->info;
	uint8_t *p = s->header;

	memcpy(p, file_mark, sizeof(file_mark));
	le16_put(p + AT_MAJOR, SEGMENT_MAJOR);
	le16_put(p + AT_MINOR, s->minor);
	le32_put(p + AT_LEN, SEGMENT_HEADER);
	memcpy(p + AT_VAULT, i->vault.b, ID_LEN);
	memcpy(p + AT_CONV, i->conv.b, ID_LEN);
	memcpy(p + AT_SEG, i->seg.b, ID_LEN);
	memcpy(p + AT_DEVICE, i->device, VAULT_DEVICE);
	le32_put(p + AT_SEG_NO, i->seg_no);
	le32_put(p + AT_EPOCH, i->epoch);
	le32_put(p + AT_FLAGS, i->flags);
	memcpy(p + AT_PREV_SEG, i->prev_seg.b, ID_LEN);
	memcpy(p + AT_PREV_LINK, i->prev_link, SEGMENT_LINK);
}

static void get_info(struct segment *s)
{
	struct segment_info *i = &s->info;
	const uint8_t *p = s->header;

	s->minor = le16_get(p + AT_MINOR);
	memcpy(i->vault.b, p + AT_VAULT, ID_LEN);
	memcpy(i->conv.b, p + AT_CONV, ID_LEN);
	memcpy(i->seg.b, p + AT_SEG, ID_LEN);
	memcpy(i->device, p + AT_DEVICE, VAULT_DEVICE);
	i->seg_no = le32_get(p + AT_SEG_NO);
	i->epoch = le32_get(p + AT_EPOCH);
	i->flags = le32_get(p + AT_FLAGS);
	memcpy(i->prev_seg.b, p + AT_PREV_SEG, ID_LEN);
	memcpy(i->prev_link, p + AT_PREV_LINK, SEGMENT_LINK);
}

static uint64_t header_sip(const uint8_t *header)
{
	static const uint8_t zero[BOX_SIP_KEY];

	return box_siphash(zero, header, AT_SIP);
}

/* Fills in what depends on the whole header, once the keys are set. */
static void finish_header(struct segment *s)
{
	le64_put(s->header + AT_SIP, header_sip(s->header));
	header_mac(s, s->header + AT_MAC);
	set_ad(s);
}

enum status segment_new_root(struct segment *s, const struct segment_info *info,
	const uint8_t root[BOX_KEY], struct err *err)
{
	enum status st;

	segment_init(s);
	s->info = *info;
	put_info(s);
	st = derive(s, root, err);
	if (st == ST_OK)
		finish_header(s);
	return st;
}

static enum status new_index(struct segment *s, const struct vault *v,
	const struct segment_info *info, struct err *err)
{
	const uint8_t *key = vault_index_key(v);

	if (key == NULL)
		return err_set(err, ST_LOCKED, "the vault is locked");
	return segment_new_root(s, info, key, err);
}

enum status segment_new(struct segment *s, struct vault *v,
	const struct segment_info *info, struct err *err)
{
	struct segment_info full = *info;
	struct secret root = {NULL, 0, 0};
	enum status st;

	segment_init(s);
	full.vault = *vault_id(v);
	full.epoch = vault_epoch(v);
	box_random_id(&full.seg);
	st = vault_device(v, full.device, err);
	if (st != ST_OK)
		return st;
	if (info->flags & SEGMENT_INDEX)
		return new_index(s, v, &full, err);
	s->info = full;
	put_info(s);
	st = vault_new_root(v, s->header, &root, err);
	if (st == ST_OK)
		st = vault_wrap_root(v, s->header, root.p, s->header + AT_NONCE,
			s->header + AT_WRAPPED, err);
	if (st == ST_OK)
		st = derive(s, root.p, err);
	if (st == ST_OK)
		finish_header(s);
	else
		segment_release(s);
	secret_free(&root);
	return st;
}

/* Checks everything that can be checked without a key. */
static enum status check_copy(const uint8_t *p, struct err *err)
{
	if (memcmp(p, file_mark, sizeof(file_mark)) != 0)
		return err_set(err, ST_DAMAGED, "not a journal file");
	/* First the version: a later one may have other checks. */
	if (le16_get(p + AT_MAJOR) > SEGMENT_MAJOR)
		return err_set(err, ST_FAIL,
			"written in format %u, which this "
			"version of atllama cannot read",
			le16_get(p + AT_MAJOR));
	if (le64_get(p + AT_SIP) != header_sip(p) ||
		le16_get(p + AT_MAJOR) != SEGMENT_MAJOR ||
		le32_get(p + AT_LEN) != SEGMENT_HEADER)
		return err_set(err, ST_DAMAGED, "the header is damaged");
	return ST_OK;
}

static enum status root_of(const struct segment *s, struct vault *v,
	struct secret *ret, struct err *err)
{
	const uint8_t *index_key;

	if (!id_eq(&s->info.vault, vault_id(v)))
		return err_set(
			err, ST_DAMAGED, "the file belongs to another vault");
	if (!(s->info.flags & SEGMENT_INDEX))
		return vault_unwrap_root(v, s->info.epoch, s->header,
			s->header + AT_NONCE, s->header + AT_WRAPPED, ret, err);
	if (!vault_unlocked(v))
		return err_set(err, ST_LOCKED, "the vault is locked");
	index_key = vault_index_key_at(v, s->info.epoch);
	if (index_key == NULL)
		return err_set(err, ST_DAMAGED, "the index is of another key");
	return secret_set(ret, index_key, BOX_KEY) ? ST_OK : err_nomem(err);
}

static enum status read_copy(
	struct segment *s, struct vault *v, const uint8_t *p, struct err *err)
{
	struct secret root = {NULL, 0, 0};
	uint8_t mac[BOX_HASH];
	enum status st = check_copy(p, err);

	if (st != ST_OK)
		return st;
	segment_init(s);
	memcpy(s->header, p, SEGMENT_COPY);
	get_info(s);
	st = root_of(s, v, &root, err);
	if (st == ST_OK)
		st = derive(s, root.p, err);
	secret_free(&root);
	if (st == ST_OK) {
		header_mac(s, mac);
		if (!box_equal(mac, p + AT_MAC, sizeof(mac)))
			st = err_set(
				err, ST_DAMAGED, "the header is not authentic");
	}
	if (st == ST_OK)
		set_ad(s);
	else
		segment_release(s);
	return st;
}

enum status segment_read(struct segment *s, struct vault *v,
	const uint8_t *bytes, size_t n, struct err *err)
{
	enum status st;

	segment_init(s);
	if (n < SEGMENT_COPY)
		return err_set(err, ST_DAMAGED, "the header is cut off");
	st = read_copy(s, v, bytes, err);
	if (st != ST_OK && n >= SEGMENT_HEADER &&
		read_copy(s, v, bytes + SEGMENT_COPY, NULL) == ST_OK) {
		err_clear(err);
		st = ST_OK;
	}
	return st;
}

enum status segment_read_raw(struct segment *s, const uint8_t *bytes, size_t n,
	unsigned *ret_copies, struct err *err)
{
	const uint8_t *copy = bytes;
	enum status st;

	segment_init(s);
	if (n < SEGMENT_COPY)
		return err_set(err, ST_DAMAGED, "the header is cut off");
	st = check_copy(bytes, err);
	*ret_copies = st == ST_OK ? 1 : 0;
	if (n >= SEGMENT_HEADER &&
		check_copy(bytes + SEGMENT_COPY, NULL) == ST_OK) {
		copy = st == ST_OK ? bytes : bytes + SEGMENT_COPY;
		if (st != ST_OK ||
			memcmp(bytes, bytes + SEGMENT_COPY, SEGMENT_COPY) == 0)
			++*ret_copies;
		err_clear(err);
		st = ST_OK;
	}
	if (st == ST_OK) {
		memcpy(s->header, copy, SEGMENT_COPY);
		get_info(s);
	}
	return st;
}

bool segment_peek_conv(const uint8_t *bytes, struct id *ret)
{
	if (check_copy(bytes, NULL) != ST_OK)
		return false;
	memcpy(ret->b, bytes + AT_CONV, ID_LEN);
	return true;
}

void segment_put_header(const struct segment *s, struct buf *out)
{
	buf_add(out, s->header, SEGMENT_COPY);
	buf_add(out, s->header, SEGMENT_COPY);
}

static void short_hash(
	uint8_t ret[SEGMENT_LINK], const struct span *parts, size_t n)
{
	uint8_t full[BOX_HASH];

	box_hash(full, sizeof(full), (struct span){NULL, 0}, parts, n);
	memcpy(ret, full, SEGMENT_LINK);
}

void segment_first_link(const struct segment *s, uint8_t ret[SEGMENT_LINK])
{
	struct span part = span_of(s->header, SEGMENT_COPY);

	short_hash(ret, &part, 1);
}

void segment_link_of(
	const uint8_t *p, const struct frame *f, uint8_t ret[SEGMENT_LINK])
{
	struct span parts[2];

	parts[0] = span_of(p, FRAME_HEAD);
	parts[1] = span_of(p + FRAME_HEAD + f->body - BOX_TAG, BOX_TAG);
	short_hash(ret, parts, 2);
}

static void put_body(
	uint8_t *p, size_t padded, const uint8_t *link, const struct record *r)
{
	size_t n = r->payload.n + r->rest.n;

	p[0] = (uint8_t)r->type;
	p[1] = BODY_VERSION;
	le16_put(p + 2, (uint16_t)r->flags);
	le32_put(p + 4, (uint32_t)n); /* at most 16 MiB */
	le64_put(p + 8, (uint64_t)r->time_ms);
	memcpy(p + 16, link, SEGMENT_LINK);
	memcpy(p + 32, r->id.b, ID_LEN);
	memcpy(p + 48, r->parent.b, ID_LEN);
	if (r->payload.n > 0)
		memcpy(p + SEGMENT_FIXED, r->payload.p, r->payload.n);
	if (r->rest.n > 0)
		memcpy(p + SEGMENT_FIXED + r->payload.n, r->rest.p, r->rest.n);
	memset(p + SEGMENT_FIXED + n, 0, padded - SEGMENT_FIXED - n);
}

/* Makes a nonce that depends on the text too, so that a copied machine or a
 * broken random generator does not seal two texts under the same nonce. */
static void make_nonce(const struct segment *s, uint64_t seq,
	const uint8_t *body, size_t n, uint8_t ret[BOX_NONCE])
{
	struct span part = span_of(body, n);
	struct span parts[3];
	uint8_t random[BOX_NONCE];
	uint8_t number[8];
	uint8_t digest[BOX_HASH];

	box_random(random, sizeof(random));
	le64_put(number, seq);
	box_hash(digest, sizeof(digest), (struct span){NULL, 0}, &part, 1);
	parts[0] = span_of(random, sizeof(random));
	parts[1] = span_of(number, sizeof(number));
	parts[2] = span_of(digest, sizeof(digest));
	box_hash(ret, BOX_NONCE, span_of(s->keys.p + KEY_NONCE, BOX_KEY), parts,
		3);
}

enum status segment_seal(struct segment *s, uint64_t seq,
	uint8_t link[SEGMENT_LINK], const struct record *r, struct buf *out,
	struct err *err)
{
	struct frame f = {.seq = seq};
	size_t n = r->payload.n + r->rest.n;
	uint8_t nonce[BOX_NONCE];
	size_t plain;
	uint8_t *p;

	assert(r->type <= UINT8_MAX && r->flags <= UINT16_MAX);
	if (n > SEGMENT_PAYLOAD_MAX)
		return err_set(err, ST_FAIL,
			"a record of %zu bytes is too "
			"long",
			n);
	plain = frame_padded(SEGMENT_FIXED + n);
	f.body = plain + BOX_TAG;
	f.total = FRAME_HEAD + f.body + FRAME_FOOT;
	if (!buf_reserve(out, f.total))
		return buf_check(out, "record", err);
	p = (uint8_t *)out->p + out->len;
	put_body(p + FRAME_HEAD, plain, link, r);
	make_nonce(s, seq, p + FRAME_HEAD, plain, nonce);
	frame_put_head(p, &s->info.seg, seq, f.body, nonce);
	memcpy(s->ad + SEGMENT_AD - FRAME_AD, p, FRAME_AD);
	box_seal(p + FRAME_HEAD, p + FRAME_HEAD + plain, p + FRAME_HEAD, plain,
		span_of(s->ad, SEGMENT_AD), nonce, s->keys.p + KEY_RECORD);
	frame_put_foot(p, &s->info.seg, f.total);
	segment_link_of(p, &f, link);
	out->len += f.total;
	out->p[out->len] = '\0';
	return ST_OK;
}

static bool get_body(const uint8_t *p, size_t plain, struct opened *ret)
{
	struct record *r = &ret->record;
	size_t n = le32_get(p + 4);
	size_t i;

	if (p[1] != BODY_VERSION || n > plain - SEGMENT_FIXED ||
		frame_padded(SEGMENT_FIXED + n) != plain)
		return false;
	for (i = SEGMENT_FIXED + n; i < plain; i++)
		if (p[i] != 0)
			return false;
	r->type = p[0];
	r->flags = le16_get(p + 2);
	r->time_ms = (int64_t)le64_get(p + 8);
	memcpy(ret->prev, p + 16, SEGMENT_LINK);
	memcpy(r->id.b, p + 32, ID_LEN);
	memcpy(r->parent.b, p + 48, ID_LEN);
	r->payload = span_of(p + SEGMENT_FIXED, n);
	r->rest = (struct span){NULL, 0};
	return true;
}

bool segment_open(const struct segment *s, uint8_t *p, const struct frame *f,
	struct opened *ret)
{
	size_t plain = f->body - BOX_TAG;
	uint8_t *body = p + FRAME_HEAD;
	uint8_t ad[SEGMENT_AD];

	segment_link_of(p, f, ret->link);
	memcpy(ad, s->ad, SEGMENT_AD - FRAME_AD);
	memcpy(ad + SEGMENT_AD - FRAME_AD, p, FRAME_AD);
	if (!box_open(body, body, plain, body + plain, span_of(ad, SEGMENT_AD),
		    p + 16, s->keys.p + KEY_RECORD))
		return false;
	return get_body(body, plain, ret);
}
