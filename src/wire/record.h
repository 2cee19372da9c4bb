/*
 * What a record of the journal says: bytes <-> structs.
 *
 * A record is a kind, a few fixed fields and a payload. The payload of messages
 * and metadata is a row of fields, each u16 tag, u32 length (little-endian) and
 * bytes; a tag this version does not know is skipped by reading and stays in
 * the record, which is copied as it is whenever a file is rewritten. Numbers
 * here are on disk: never renumber. How records lie in a file, and how they are
 * sealed, is the business of store/. Pure; fit for threads.
 */
#ifndef ATL_WIRE_RECORD_H
#define ATL_WIRE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "chat/msg.h"

enum record_type {
	RECORD_MESSAGE = 1,
	RECORD_META = 2, /* title, system prompt, agent, leaf, ... */
	RECORD_TOMBSTONE =
		3, /* in s/deleted: the conversation `id`; no payload */
	RECORD_PART = 4, /* a piece of a payload too long for one record */
	RECORD_DELTA = 5, /* live files only: a piece of a reply */
	RECORD_NOTE = 6, /* a sentence about a repair */
	RECORD_SECRET = 7, /* an API key */
	RECORD_INPUT =
		8, /* a line typed; id: the conversation it was typed in */
	RECORD_VALUE = 9, /* a named value of a reserved conversation */
	RECORD_SUMMARY = 10, /* a summary of the beginning of a path */
	RECORD_ENTRY = 16, /* index only: a conversation */
	RECORD_DELETED = 17, /* index only: a deleted conversation */
};

/* Flags of a record. */
#define RECORD_INTERRUPTED 1u /* the reply did not come to its end */
#define RECORD_RECOVERED 2u /* written by recovery after a crash */
#define RECORD_MAY_IGNORE 4u /* a version without this type skips it */
/* The payload continues the parts just before it. Not seen outside store/. */
#define RECORD_CONTINUED 8u

struct record {
	unsigned type; /* enum record_type, or one of a later version */
	unsigned flags;
	int64_t time_ms; /* wall clock; shown, never used for order */
	struct id id; /* of the message; none where there is none */
	struct id parent;
	struct span payload; /* borrowed */
	/* For writing: further bytes of the payload, those of its last field,
	 * so that a long text is not copied. Borrowed; empty in what is
	 * read. */
	struct span rest;
};

/* The longest payload of one message: a reply of BUF_LARGE with its reasoning
 * and documents. */
#define RECORD_PAYLOAD_MAX ((size_t)256 * 1024 * 1024)

/* Appends the payload of a message: everything but id, parent and time. */
void record_put_msg(const struct msg *m, struct buf *out);
/* Appends the payload of a message and sets up its record, which borrows the
 * payload. */
enum status record_of_msg(const struct msg *m, struct buf *payload,
	struct record *ret, struct err *err);
/* The same without copying a long text: of a message without documents, the
 * record borrows it. */
enum status record_around_msg(const struct msg *m, struct buf *payload,
	struct record *ret, struct err *err);
/*
 * Reads a message from a record of type RECORD_MESSAGE; the caller frees *ret
 * with msg_free(). ST_DAMAGED when the payload is malformed or exceeds the
 * limits of struct msg; ST_FAIL for a role of a later version. An unknown
 * outcome reads as OUTCOME_NONE.
 */
enum status record_get_msg(
	const struct record *r, struct msg **ret, struct err *err);
/* The same in the memory of an arena, which has to outlive the message. */
enum status record_get_msg_in(const struct record *r, struct arena *a,
	struct msg **ret, struct err *err);

/* What lists need of a message, without copying it. All borrowed. */
struct record_brief {
	enum role role;
	struct span text;
	struct span agent;
	struct span model;
};

/* Reads it. False when the payload is malformed or of a later version. */
bool record_peek_msg(const struct record *r, struct record_brief *ret);

/* Fields of a RECORD_META; it changes only those in `set`. */
#define META_TITLE 1u
#define META_SYSTEM 2u
#define META_AGENT 4u
#define META_MODEL 8u
#define META_LEAF 16u /* where the conversation stands: undo is kept */
#define META_TTY 32u /* name of the terminal it belongs to */
#define META_THREAD 64u /* where a named thread stands that was left */
#define META_IN_THREAD 128u /* the thread that the leaf belongs to from now */

#define META_OTHER 0x80000000u /* read only: fields of a later version */

#define META_TITLE_MAX 1024
#define META_NAME_MAX 4096 /* agent, model, tty */

struct meta {
	unsigned set;
	struct span title; /* all borrowed */
	struct span system;
	struct span agent;
	struct span model;
	struct span tty;
	struct id leaf;
	struct id thread_at;
	struct span thread;
	struct span in_thread; /* empty: one without a name */
};

/* Appends the payload. Titles and names longer than their limit are cut at a
 * character. */
void record_put_meta(const struct meta *m, struct buf *out);
/* Reads a payload; *ret borrows from it. ST_DAMAGED when it is malformed. */
enum status record_get_meta(
	struct span payload, struct meta *ret, struct err *err);

/* The first byte of a delta says which text it continues. */
enum record_delta { DELTA_TEXT = 1, DELTA_REASONING = 2 };

/*
 * The fields themselves, for other payloads of the same form. A field longer
 * than UINT32_MAX makes the buf bad.
 */
void record_put_field(struct buf *out, uint16_t tag, struct span value);
void record_put_u64(struct buf *out, uint16_t tag, uint64_t value);
/* Takes the first field off *rest. False at the end, where rest->n is 0, and at
 * malformed bytes, where it is not. */
bool record_next_field(
	struct span *rest, uint16_t *ret_tag, struct span *ret_value);
/* False unless the value has exactly 8 bytes. */
bool record_get_u64(struct span value, uint64_t *ret);

#endif
