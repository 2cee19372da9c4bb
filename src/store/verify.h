/*
 * Checks whether all saved data is sound: every conversation is read from the
 * first byte to the last and compared with the index.
 *
 * With the key everything is checked: the vault; both headers of each segment;
 * for each record its seal, its position, its link to the record before and its
 * checksums; that messages parse and follow messages that exist; and that no
 * segment and no end of a segment that the index knows of is missing.
 *
 * Without the key only what is visible from outside is checked: the checksums
 * of the vault, the headers and the records, the records' lengths and numbers,
 * and that each segment continues where the one before it ended. That finds
 * accidents but no forgery.
 *
 * Nothing is changed, and no conversation is held in memory: only one window of
 * the largest record, and 32 bytes for each message of one conversation. An
 * unfinished append is no fault: the next append sets it aside.
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
	VERIFY_RESERVED, /* other saved data than conversations */
	VERIFY_CONVERSATION,
	VERIFY_DELETED, /* a deleted conversation that has files again */
};

/* Borrowed for the call. */
struct verify_fault {
	enum verify_what what;
	const char *name; /* of the files; for a conversation its whole id */
	struct span title; /* empty when not known */
	struct span text; /* sentences, one per line */
};

struct verify_report {
	/* Each may be NULL. */
	void (*fault)(const struct verify_fault *f, void *payload);
	void (*progress)(size_t done, size_t of, void *payload);
	bool (*stop)(void *payload); /* true ends it with ST_STOPPED */
	void *payload;

	size_t conversations; /* checked, damaged or not */
	size_t reserved;
	size_t damaged; /* of both kinds */
	size_t faults; /* number of all faults told */
	size_t segments;
	uint64_t records;
	uint64_t bytes;
	size_t torn; /* unfinished appends, which are no damage */
	size_t live; /* replies that are being written now */
	size_t orphans; /* interrupted replies to be recovered */
	size_t aside; /* files in quarantine/ */
	size_t strangers; /* files in c/ and s/ that are not ours */
	bool anchored; /* there was an index to compare them with */
};

/*
 * Verifies n conversations; with n = 0 all of them and the rest of the store.
 * With a locked vault it does so without the key, and c is NULL. ST_OK also
 * when there are faults, see the report; ST_NOT_FOUND when one of the ids has
 * neither files nor an entry in the index. v should come from
 * vault_open_reading().
 */
enum status verify_run(struct vault *v, struct catalog *c, const struct id *ids,
	size_t n, struct verify_report *r, struct err *err);

#endif
