/*
 * Deleting conversations for good.
 *
 * What is to be deleted is first written down (store/intent), so that whoever
 * opens the store next can finish a deletion that a crash has interrupted.
 * Then:
 * - The key of each segment, which lies wrapped in the header of its file, is
 *   overwritten and synced, so that remains of the file anywhere on this disk
 *   can no longer be decrypted.
 * - The index is rewritten without its copy of the header, and with the id
 *   among those deleted for good.
 * - The files are removed, including those in quarantine, and the lines of the
 *   input history that were typed in the conversation.
 * If the disk is too full to rewrite the index, the files are removed before
 * it.
 *
 * Copies elsewhere are out of reach: backups, snapshots, synced copies, and
 * what a solid-state disk has not erased yet. Whoever has the vault and its
 * secret can read them until the master key is changed, see store/rotate.
 */
#ifndef ATL_STORE_DELETE_H
#define ATL_STORE_DELETE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"

struct catalog;
struct vault;

struct delete_report {
	size_t conversations; /* deleted */
	size_t files; /* segments, and files in quarantine/ and live/ */
	size_t lines; /* of the input history */
	struct buf text; /* what could not be deleted: sentences, a line each */
};

void delete_report_init(struct delete_report *r);
void delete_report_release(struct delete_report *r);

/*
 * Deletes n conversations. One that another process is writing to is left alone
 * and told in the report (ST_BUSY, which names the process). The others are
 * still deleted; the status is that of the first failure.
 */
enum status delete_convs(struct vault *v, struct catalog *c,
	const struct id *ids, size_t n, struct delete_report *r,
	struct err *err);
/*
 * Deletes every conversation whose last message is older than before_ms, except
 * `except` (may be NULL).
 */
enum status delete_older(struct vault *v, struct catalog *c, int64_t before_ms,
	const struct id *except, struct delete_report *r, struct err *err);

/* Finishes deletions that were interrupted; usually there are none. */
enum status delete_finish(struct vault *v, struct catalog *c,
	struct delete_report *r, struct err *err);
/*
 * Removes the values with these n ids, which must be sorted, from a reserved
 * conversation, by rewriting its file without them. c may be NULL. It is no
 * error if none of them is there.
 */
enum status delete_values(struct vault *v, struct catalog *c, const char *name,
	const struct id *ids, size_t n, struct err *err);

#endif
