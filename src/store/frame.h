/*
 * The frame of records in a file, which can be read without a key: head, sealed
 * body, foot, and the checksums that tell a whole record from a torn one. The
 * layout is described in atllama-journal(5).
 *
 * The checksums are public (SipHash keyed with the id of the segment). They
 * find accidental damage, and allow a length to be trusted before the body is
 * read; against forgery only the seal protects. Pure functions; thread-safe.
 */
#ifndef ATL_STORE_FRAME_H
#define ATL_STORE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "store/box.h"

#define FRAME_GRID 8 /* every record begins at a multiple of this */
#define FRAME_HEAD 48
#define FRAME_FOOT 16
#define FRAME_AD 40 /* bytes of the head that the seal covers */
/* Bytes of a plain body, including its padding. */
#define FRAME_PLAIN_MIN ((size_t)128)
#define FRAME_PLAIN_MAX ((size_t)16 * 1024 * 1024)
/* Bytes of a sealed body, including its tag. Later versions may need the extra
 * room. */
#define FRAME_BODY_MIN (FRAME_PLAIN_MIN + BOX_TAG)
#define FRAME_BODY_MAX (FRAME_PLAIN_MAX + 4096)
#define FRAME_TOTAL_MAX (FRAME_HEAD + FRAME_BODY_MAX + FRAME_FOOT)

struct frame {
	uint64_t seq;
	size_t body; /* bytes of the sealed body with its tag */
	size_t total; /* bytes of the whole record */
};

/* The size to which a plain body of n bytes is padded: by Padme (PURBs, Nikitin
 * et al., 2019), at least FRAME_PLAIN_MIN and a multiple of 16. */
size_t frame_padded(size_t n);

/* Writes the FRAME_HEAD bytes of a head whose sealed body has `body` bytes. */
void frame_put_head(uint8_t *p, const struct id *seg, uint64_t seq, size_t body,
	const uint8_t nonce[BOX_NONCE]);
/* Writes the foot of a record of `total` bytes at p, of which all but the last
 * FRAME_FOOT are there already. */
void frame_put_foot(uint8_t *p, const struct id *seg, size_t total);

/* Whether the FRAME_HEAD bytes at p are a head of that segment; reads it into
 * *ret. */
bool frame_get_head(const uint8_t *p, const struct id *seg, struct frame *ret);
/* Whether the FRAME_FOOT bytes at p look like the foot of a record of at most
 * `most` bytes; *ret_total is its length. Does not check the checksum. */
bool frame_is_foot(const uint8_t *p, uint64_t most, size_t *ret_total);
/* Whether the f->total bytes at p end with the right foot, which means that the
 * record is whole. */
bool frame_is_whole(
	const uint8_t *p, const struct id *seg, const struct frame *f);
/*
 * Searches n bytes for a head, at multiples of FRAME_GRID, and returns the
 * offset of the first. If there is none, *ret_found is false and the result is
 * the first such offset where a head would no longer fit.
 */
size_t frame_find(
	const uint8_t *p, size_t n, const struct id *seg, bool *ret_found);

/* What is known about the end of a segment. */
struct tail_facts {
	bool bytes; /* there are bytes after the last good record */
	bool valid_after; /* the head of one more record is among them */
	bool foot; /* they end with a foot, or the record they begin with has
		      one */
	bool mark; /* the index remembers how far the segment had come */
	bool mark_beyond; /* that is further than the last good record */
	bool rebooted; /* the machine was started again since then */
};

enum tail {
	TAIL_CLEAN = 0,
	TAIL_TORN, /* of an append that was killed; to be set aside */
	TAIL_REMNANT, /* of an append that was not synced when the machine went
			 down; to be set aside */
	TAIL_SHORT, /* the segment was cut at the end of a record */
	TAIL_DAMAGED, /* nothing may be written to this segment again */
};

/* Judges the end of a segment from these facts. */
enum tail frame_tail(const struct tail_facts *f);

#endif
