/*
 * Whether what is saved is sound: every conversation is read from the first
 * byte to the last, and held against the index.
 *
 * With the key, everything is checked: the vault, both headers of each segment,
 * each record with its seal, its place, its link to the one before and its
 * sums, that messages parse and follow messages that are there, and that no
 * segment, and nothing behind the end of one, is missing that the index knows
 * of.
 *
 * Without it, what can be seen from outside: the sums of the vault, the headers
 * and the records, their lengths and numbers, and that each segment goes on
 * where the one before it ended. That finds accidents, and not a forger.
 *
 * Nothing is changed, and no conversation is held in memory: one window of the
 * largest record, and 32 bytes for each message of one conversation. An append
 * that never ended is no fault: the next one sets it aside.
 */
#ifndef ATL_STORE_VERIFY_H
#define ATL_STORE_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"

struct catalog;
struct vault;

enum verify_what {
	VERIFY_VAULT,
	VERIFY_INDEX,
	VERIFY_RESERVED, /* what is kept and is no conversation */
	VERIFY_CONVERSATION,
	VERIFY_DELETED, /* a conversation that was, and has files again */
};

/* Borrowed for the call. */
struct verify_fault {
	enum verify_what what;
	const char *name; /* of the files; the whole id of a conversation */
	struct span title; /* empty where it is not known */
	struct span text; /* sentences, a line each */
};

struct verify_report {
	/* Each may be NULL. */
	void (*fault)(const struct verify_fault *f, void *payload);
	void (*progress)(size_t done, size_t of, void *payload);
	bool (*stop)(void *payload); /* true ends it as ST_STOPPED */
	void *payload;

	size_t conversations; /* looked at, damaged or not */
	size_t reserved;
	size_t damaged; /* of both */
	size_t faults; /* all that were told */
	size_t segments;
	uint64_t records;
	uint64_t bytes;
	size_t torn; /* appends that never ended, which are no damage */
	size_t live; /* replies that are being written now */
	size_t orphans; /* replies that wait to be recovered */
	size_t aside; /* files in quarantine/ */
	size_t strangers; /* files in c/ and s/ that are not ours */
	bool anchored; /* there was an index to hold them against */
};

/*
 * Verifies n conversations, or all there is and the rest of the store with
 * n = 0. With a locked vault, without the key; c is NULL then. ST_OK also when
 * there are faults, see the report; ST_NOT_FOUND when one of the ids has
 * neither files nor an entry in the index. v is best one of
 * vault_open_reading().
 */
enum status verify_run(struct vault *v, struct catalog *c, const struct id *ids,
	size_t n, struct verify_report *r, struct err *err);

#endif
