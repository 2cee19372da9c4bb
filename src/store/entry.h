/*
 * What the index says of one conversation, as bytes and as a struct. Pure.
 */
#ifndef ATL_STORE_ENTRY_H
#define ATL_STORE_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/id.h"
#include "store/catalog.h"
#include "store/segment.h"

#define ENTRY_BOOT 16
#define ENTRY_HEAD 352 /* bytes of a head */
#define ENTRY_HEADS_MAX 1024 /* of the last segments */

#define ENTRY_DAMAGED 1u
#define ENTRY_RESERVED 2u /* not a conversation: never listed */
#define ENTRY_GONE 4u /* its files were missing, and that was told */

/* How far a segment had come: the anchor. */
struct head {
	struct id seg;
	uint8_t device[VAULT_DEVICE];
	uint32_t seg_no;
	bool settled; /* one of this segment, with a size, was on the disk when
			 this one was written */
	uint64_t size; /* bytes known to be on the disk; 0: not known */
	uint64_t next_seq; /* records in them */
	uint8_t link[SEGMENT_LINK]; /* of the last of them */
	uint64_t file_size; /* of the file when it was last read, */
	int64_t file_ns; /* and its time */
	uint8_t boot[ENTRY_BOOT]; /* boot id when this was noted */
	uint8_t header[SEGMENT_COPY]; /* copy of the file's header */
};

struct entry {
	struct catalog_entry row; /* spans borrowed from the payload */
	unsigned flags;
	struct span heads; /* ENTRY_HEAD bytes each */
};

void head_put(const struct head *h, uint8_t p[ENTRY_HEAD]);
void head_get(const uint8_t p[ENTRY_HEAD], struct head *ret);

/* Appends the payload. Its id is the id of the record. */
void entry_put(const struct entry *e, struct buf *out);
/* False when it is malformed. */
bool entry_get(struct span payload, const struct id *id, struct entry *ret);

#endif
