/*
 * A segment is a file of records: this is its header, which identifies the file
 * and holds its key, and the sealing of each record. No file is touched here.
 * The layout is described in atllama-journal(5).
 *
 * Each segment has a random root key, wrapped by the vault in its header. Keys
 * derived from it seal the records, authenticate the header and hedge the
 * nonces. A record is bound to its file and position, and its sealed part names
 * the record before it. Each record can therefore be read alone, and missing,
 * moved and foreign ones are still noticed.
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
#define SEGMENT_COPY 256 /* size of the header, */
#define SEGMENT_HEADER 512 /* which a file has twice */
#define SEGMENT_LINK 16
#define SEGMENT_AD 98 /* associated data of a record */
/* Size of the fixed fields before the payload. */
#define SEGMENT_FIXED 64
/* The longest payload of one record. */
#define SEGMENT_PAYLOAD_MAX (FRAME_PLAIN_MAX - SEGMENT_FIXED)

/* Flags of a segment. */
#define SEGMENT_LIVE 1u /* a reply while it streams */
#define SEGMENT_COMPACTED 2u /* replaces those with lower numbers */
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

/* Zeroes s; afterwards segment_release() may be called. */
void segment_init(struct segment *s);
void segment_release(struct segment *s);

/*
 * Makes a new segment from info->conv, ->seg_no, ->flags, ->prev_seg and
 * ->prev_link; vault, segment id, device and epoch are filled in. With
 * SEGMENT_INDEX the root is the vault's index key and nothing is wrapped.
 */
enum status segment_new(struct segment *s, struct vault *v,
	const struct segment_info *info, struct err *err);
/* The same, with exactly this info and this root key. */
enum status segment_new_root(struct segment *s, const struct segment_info *info,
	const uint8_t root[BOX_KEY], struct err *err);
/*
 * Reads the header from the first n bytes of a file (SEGMENT_HEADER, or fewer
 * if the file is shorter), and takes the first of its two copies that is
 * authentic. ST_DAMAGED when neither is; ST_FAIL when a later version wrote it;
 * ST_LOCKED when the vault is locked.
 */
enum status segment_read(struct segment *s, struct vault *v,
	const uint8_t *bytes, size_t n, struct err *err);

/*
 * The same without a key, for scan_begin_raw(). What the header says is not
 * authenticated. *ret_copies is how many of the two copies are whole and alike.
 */
enum status segment_read_raw(struct segment *s, const uint8_t *bytes, size_t n,
	unsigned *ret_copies, struct err *err);

/* Reads which conversation a header of SEGMENT_COPY bytes names. No key is
 * needed, so it is only a hint. False when the bytes are not a header. */
bool segment_peek_conv(const uint8_t *bytes, struct id *ret);

/* Appends the SEGMENT_HEADER bytes that a file begins with. */
void segment_put_header(const struct segment *s, struct buf *out);
/* The link that the first record names as its predecessor's. */
void segment_first_link(const struct segment *s, uint8_t ret[SEGMENT_LINK]);
/* The link of the record at p, by which the next record names it. */
void segment_link_of(
	const uint8_t *p, const struct frame *f, uint8_t ret[SEGMENT_LINK]);

/*
 * Seals the record and appends it to out. `link` is the link of the record
 * before and is replaced by that of this one. ST_FAIL when the payload is
 * longer than SEGMENT_PAYLOAD_MAX.
 */
enum status segment_seal(struct segment *s, uint64_t seq,
	uint8_t link[SEGMENT_LINK], const struct record *r, struct buf *out,
	struct err *err);

struct opened {
	struct record record; /* its payload points into the bytes given */
	uint8_t prev[SEGMENT_LINK]; /* the link it names as its predecessor's */
	uint8_t link[SEGMENT_LINK]; /* its own link */
};

/*
 * Decrypts the record of f->total bytes at p in place. False when it is not
 * authentic or malformed; the sealed body at p may then be destroyed.
 * Thread-safe.
 */
bool segment_open(const struct segment *s, uint8_t *p, const struct frame *f,
	struct opened *ret) ATTR_MUST_CHECK;

#endif
