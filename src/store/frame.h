/*
 * How records lie in a file, as far as it can be seen without a key: head,
 * sealed body, foot, and the checksums that tell a whole one from a torn one.
 * The layout is described in atllama-journal(5).
 *
 * The checksums are public (SipHash keyed with the id of the segment): they
 * find accidents and let a length be trusted before the body is read; forgery
 * is the business of the seal. Pure; fit for threads.
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
/* Of a plain body, padding included. */
#define FRAME_PLAIN_MIN ((size_t)128)
#define FRAME_PLAIN_MAX ((size_t)16 * 1024 * 1024)
/* Of a sealed body, tag included; the slack is for later versions. */
#define FRAME_BODY_MIN (FRAME_PLAIN_MIN + BOX_TAG)
#define FRAME_BODY_MAX (FRAME_PLAIN_MAX + 4096)
#define FRAME_TOTAL_MAX (FRAME_HEAD + FRAME_BODY_MAX + FRAME_FOOT)

struct frame {
	uint64_t seq;
	size_t body; /* bytes of the sealed body with its tag */
	size_t total; /* bytes of the whole record */
};

/* The size that n bytes of body are padded to: Padme (PURBs, Nikitin et al.,
 * 2019), at least FRAME_PLAIN_MIN and a multiple of 16. */
size_t frame_padded(size_t n);

/* Writes FRAME_HEAD bytes for a body of `body` sealed bytes. */
void frame_put_head(uint8_t *p, const struct id *seg, uint64_t seq, size_t body,
	const uint8_t nonce[BOX_NONCE]);
/* Completes a record whose first total - FRAME_FOOT bytes are there. */
void frame_put_foot(uint8_t *p, const struct id *seg, size_t total);

/* Whether the FRAME_HEAD bytes at p are a head of that segment. */
bool frame_get_head(const uint8_t *p, const struct id *seg, struct frame *ret);
/* Whether the FRAME_FOOT bytes at p look like the foot of a record of at most
 * `most` bytes; *ret_total is its length. The checksum is not looked at. */
bool frame_is_foot(const uint8_t *p, uint64_t most, size_t *ret_total);
/* Whether the f->total bytes at p end in the foot that belongs to them. */
bool frame_is_whole(
	const uint8_t *p, const struct id *seg, const struct frame *f);
/*
 * The offset of the first head at a multiple of FRAME_GRID within n bytes; when
 * there is none, the first such offset where a head would not fit into n.
 */
size_t frame_find(
	const uint8_t *p, size_t n, const struct id *seg, bool *ret_found);

/* What is known about the end of a segment. */
struct tail_facts {
	bool bytes; /* there are some after the last good record */
	bool valid_after; /* among them the head of one more record */
	bool foot; /* they end in, or the record they begin with has, a foot */
	bool mark; /* the index remembers how far the segment had come */
	bool mark_beyond; /* and that is further than the last good record */
	bool rebooted; /* the machine was started again since */
};

enum tail {
	TAIL_CLEAN = 0,
	TAIL_TORN, /* an append that was killed: to be set aside */
	TAIL_REMNANT, /* not synced when the machine went down: the same */
	TAIL_SHORT, /* cut at the end of a record */
	TAIL_DAMAGED, /* nothing may be written to this segment again */
};

enum tail frame_tail(const struct tail_facts *f);

#endif
