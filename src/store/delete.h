/*
 * Deleting conversations for good.
 *
 * The key of each segment lies, wrapped, in the header of its file: it is
 * overwritten first and synced, so that what remains of the file anywhere on
 * this disk opens no more; then the index is written anew, without its copy of
 * the header and with the id among those that are deleted for good; then the
 * files go, those in quarantine with them, and the lines of the input history
 * that were typed in the conversation. Where a full disk has no room for the
 * index, the files go before it. What is being deleted was written down
 * before (store/intent), and whoever opens the store next ends what a crash has
 * left.
 *
 * Copies elsewhere are out of reach: backups, snapshots, what was synced, and
 * what a solid-state disk has not erased yet. They open with the vault and its
 * secret until the master key is changed, see store/rotate.
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
	struct buf text; /* sentences about what could not be, a line each */
};

void delete_report_init(struct delete_report *r);
void delete_report_release(struct delete_report *r);

/*
 * Deletes n conversations. One that another process is writing to is left
 * alone and told in the report; the first such fault is also the status, after
 * the others have been dealt with. ST_BUSY names the process.
 */
enum status delete_convs(struct vault *v, struct catalog *c,
	const struct id *ids, size_t n, struct delete_report *r,
	struct err *err);
/*
 * Deletes every conversation whose last message is older than before_ms, but
 * for `except` (may be NULL).
 */
enum status delete_older(struct vault *v, struct catalog *c, int64_t before_ms,
	const struct id *except, struct delete_report *r, struct err *err);

/* Ends deletions that were killed; nothing in the usual case. */
enum status delete_finish(struct vault *v, struct catalog *c,
	struct delete_report *r, struct err *err);
/*
 * Removes the values with these ids, which are sorted, from a reserved
 * conversation; its file is written anew without them. c may be NULL. None of
 * them there is no error.
 */
enum status delete_values(struct vault *v, struct catalog *c, const char *name,
	const struct id *ids, size_t n, struct err *err);

#endif
