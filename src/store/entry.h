/*
 * The index entry of one conversation, as bytes and as a struct. Pure
 * functions.
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
#define ENTRY_HEADS_MAX 1024 /* heads of an entry: the last segments */

#define ENTRY_DAMAGED 1u
#define ENTRY_RESERVED 2u /* not a conversation: never listed */
#define ENTRY_GONE 4u /* its files are missing, and the user was told */

/* The head of a segment: how far it had come, which is its anchor. */
struct head {
	struct id seg;
	uint8_t device[VAULT_DEVICE];
	uint32_t seg_no;
	bool settled; /* an earlier head of this segment, with a size, was on
			 the disk when this one was written */
	uint64_t size; /* bytes known to be on the disk; 0: not known */
	uint64_t next_seq; /* records in these bytes */
	uint8_t link[SEGMENT_LINK]; /* of the last of these records */
	uint64_t file_size; /* of the file when it was last read */
	int64_t file_ns; /* modification time of the file then */
	uint8_t boot[ENTRY_BOOT]; /* boot id when this was noted */
	uint8_t header[SEGMENT_COPY]; /* copy of the file's header */
};

struct entry {
	struct catalog_entry row; /* spans borrowed from the payload */
	unsigned flags;
	struct span heads; /* ENTRY_HEAD bytes each; borrowed as well */
};

void head_put(const struct head *h, uint8_t p[ENTRY_HEAD]);
void head_get(const uint8_t p[ENTRY_HEAD], struct head *ret);

/* Appends the entry as the payload of a record. The id of the conversation is
 * not in it: the record bears it. */
void entry_put(const struct entry *e, struct buf *out);
/* Reads such a payload, from which *ret borrows; id is that of the record.
 * False when it is malformed. */
bool entry_get(struct span payload, const struct id *id, struct entry *ret);

#endif
