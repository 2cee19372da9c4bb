/*
 * A segment: the header that names and keys a file of records, and the seal of
 * each record. No files here. The layout is described in atllama-journal(5).
 *
 * Each segment has a random root key, wrapped by the vault in its header; the
 * keys derived from it seal the records, authenticate the header and hedge the
 * nonces. A record is bound to its file and position, and says within the seal
 * which record came before it, so that each can be read alone and what is
 * missing, moved or foreign still shows.
 */
#ifndef ATL_STORE_SEGMENT_H
#define ATL_STORE_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/secret.h"
#include "store/frame.h"
#include "store/vault.h"
#include "wire/record.h"

#define SEGMENT_MAJOR 1
#define SEGMENT_COPY 256 /* the header, */
#define SEGMENT_HEADER 512 /* which is there twice */
#define SEGMENT_LINK 16
#define SEGMENT_AD 98 /* associated data of a record */
/* Fixed fields before the payload. */
#define SEGMENT_FIXED 64
/* The longest payload of one record. */
#define SEGMENT_PAYLOAD_MAX (FRAME_PLAIN_MAX - SEGMENT_FIXED)

/* Flags of a segment. */
#define SEGMENT_LIVE 1u /* a reply while it streams */
#define SEGMENT_COMPACTED 2u /* stands for those with lower numbers */
#define SEGMENT_INDEX 4u /* the index: its root is the vault's index key */

struct segment_info {
	struct id vault;
	struct id conv;
	struct id seg; /* random */
	uint8_t device[VAULT_DEVICE];
	uint32_t seg_no;
	uint32_t epoch;
	uint32_t flags;
	struct id prev_seg; /* of the same conversation; none for the first */
	uint8_t prev_link[SEGMENT_LINK];
};

struct segment {
	struct segment_info info;
	uint16_t minor;
	uint8_t header[SEGMENT_COPY];
	uint8_t ad[SEGMENT_AD]; /* its last FRAME_AD bytes are the record's */
	struct secret keys; /* record, header, nonce: BOX_KEY each */
};

/* Zeroes; then segment_release() is safe. */
void segment_init(struct segment *s);
void segment_release(struct segment *s);

/*
 * A new segment of info->conv, ->seg_no, ->flags, ->prev_seg and ->prev_link;
 * vault, segment id, device and epoch are filled in. With SEGMENT_INDEX the
 * root is the vault's index key and nothing is wrapped.
 */
enum status segment_new(struct segment *s, struct vault *v,
	const struct segment_info *info, struct err *err);
/* The same, of exactly this info and this root. */
enum status segment_new_root(struct segment *s, const struct segment_info *info,
	const uint8_t root[BOX_KEY], struct err *err);
/*
 * From the first n bytes of a file, SEGMENT_HEADER of them if it has so many:
 * the first of the two copies that is authentic. ST_DAMAGED when none is;
 * ST_FAIL when a later version wrote it; ST_LOCKED.
 */
enum status segment_read(struct segment *s, struct vault *v,
	const uint8_t *bytes, size_t n, struct err *err);

/*
 * The same without a key: what the header says, for scan_begin_raw(). Nothing of
 * it is authentic. *ret_copies is how many of the two are whole and alike.
 */
enum status segment_read_raw(struct segment *s, const uint8_t *bytes, size_t n,
	unsigned *ret_copies, struct err *err);

/* The conversation that the SEGMENT_COPY bytes of a header name, without a key:
 * a hint only. False when they are no header. */
bool segment_peek_conv(const uint8_t *bytes, struct id *ret);

/* Appends the SEGMENT_HEADER bytes that a file begins with. */
void segment_put_header(const struct segment *s, struct buf *out);
/* What the first record names as its predecessor. */
void segment_first_link(const struct segment *s, uint8_t ret[SEGMENT_LINK]);
/* What the record at p will be named by the next one. */
void segment_link_of(
	const uint8_t *p, const struct frame *f, uint8_t ret[SEGMENT_LINK]);

/*
 * Appends the sealed record to out. `link` is that of the record before and
 * becomes that of this one. ST_FAIL when the payload exceeds
 * SEGMENT_PAYLOAD_MAX.
 */
enum status segment_seal(struct segment *s, uint64_t seq,
	uint8_t link[SEGMENT_LINK], const struct record *r, struct buf *out,
	struct err *err);

struct opened {
	struct record record; /* its payload is in the bytes given */
	uint8_t prev[SEGMENT_LINK]; /* what it names as its predecessor */
	uint8_t link[SEGMENT_LINK]; /* its own */
};

/*
 * Opens the f->total bytes at p in place. False when it is not authentic, or
 * malformed; then the sealed body may be gone from p. Fit for threads.
 */
bool segment_open(const struct segment *s, uint8_t *p, const struct frame *f,
	struct opened *ret) ATTR_MUST_CHECK;

#endif
