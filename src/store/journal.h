/*
 * The journal: one saved conversation, open for reading and appending.
 *
 * A conversation is one segment file or several; see atllama-journal(5). A
 * record is in the file, whole, when journal_append() returns, and on the disk
 * if `sync` was asked for. Several processes may have the same conversation
 * open: each append first takes the lock of the file and delivers what others
 * have written meanwhile.
 *
 * Damage costs the records it touches, never the rest, and is never silent: it
 * is counted and described in the report. Reading repairs nothing; the next
 * append sets a torn tail aside in quarantine/, or begins a new segment when
 * the damage is worse. Not thread-safe.
 */
#ifndef ATL_STORE_JOURNAL_H
#define ATL_STORE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "wire/record.h"

struct catalog;
struct journal;
struct vault;

/* The highest number of a segment; when that one is full, appending fails with
 * ST_LIMIT. */
#define JOURNAL_SEG_MAX 0xffffu
/* A segment that has grown to this size is followed by a new one. */
#define JOURNAL_SEG_BYTES ((uint64_t)1 << 30)

/*
 * Called with each record that is read, in the order of the file. The record is
 * borrowed for the call. The same record (by its id) may come twice when
 * another process has replaced the file. Any result but ST_OK ends the call
 * that reads with that status; the record still counts as delivered. Must not
 * use the journal.
 */
typedef enum status journal_fn(
	const struct record *r, void *payload, struct err *err);

/* What a journal works with. All borrowed; vault and catalog outlive it. */
struct journal_with {
	struct vault *vault; /* unlocked */
	struct catalog *catalog; /* NULL: no index is used */
	journal_fn *fn; /* called with each record; may be NULL */
	void *payload;
};

/* What reading has found so far. Belongs to the journal. */
struct journal_report {
	uint64_t records; /* read */
	uint64_t lost; /* records known to have been there */
	uint64_t torn; /* bytes of an unfinished record at the end */
	bool damaged; /* something is lost, altered or out of place */
	struct buf text; /* sentences, a line each; empty when all is well */
};

/* Makes a new conversation, with a random id if conv is NULL. Its file is made
 * by the first append. ST_BUSY when the id is taken. The caller frees *ret with
 * journal_close(). */
enum status journal_create(const struct journal_with *w, const struct id *conv,
	struct journal **ret, struct err *err);
/* Opens a conversation; reads no record yet. ST_NOT_FOUND when there is none or
 * it has been deleted, ST_DAMAGED when no segment of it has a readable
 * header. */
enum status journal_open(const struct journal_with *w, const struct id *conv,
	struct journal **ret, struct err *err);
/*
 * Opens a reserved conversation, such as "history" with the input lines: the
 * same files in the folder s/, never listed, made by the first append. `name`
 * has 1 to 32 lower-case letters, digits and "-".
 */
enum status journal_open_reserved(const struct journal_with *w,
	const char *name, struct journal **ret, struct err *err);
/* NULL is allowed. */
void journal_close(struct journal *j);

/* Both are borrowed from j. */
const struct id *journal_id(const struct journal *j);
const struct journal_report *journal_report(const struct journal *j);

/*
 * Delivers every record not delivered yet; a later call delivers what has been
 * written since. Damage is not a failure: it is told in the report. Fails with
 * the status of the callback, ST_IO or ST_NOMEM.
 */
enum status journal_read(struct journal *j, struct err *err);

/*
 * Appends one record, whole or not at all, after delivering what others wrote.
 * With `sync` it is on the disk on return; without, a crash of the machine may
 * lose it. A payload of more than 1 MiB is stored in parts. The callback is not
 * called for the record itself.
 *
 * ST_BUSY names the process that has held the lock for more than VAULT_LOCK_MS.
 * ST_NOT_FOUND: another process has deleted the conversation. ST_IO: the disk
 * is full or fails, or the home is read-only; what was half-written is taken
 * back. After any failure the record is not saved: keep it and tell the user.
 */
enum status journal_append(
	struct journal *j, const struct record *r, bool sync, struct err *err);
/* The same for n records, in order; with `sync` all are on the disk on return.
 * If they begin a new segment, it appears with all of them in it. After a
 * failure none of them counts as saved. */
enum status journal_append_all(struct journal *j, const struct record *r,
	size_t n, bool sync, struct err *err);

#endif
