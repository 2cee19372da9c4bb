/*
 * Writes a reply to a file while it streams, before it is shown.
 *
 * Each reply has its own file under live/, locked by the process that writes
 * it. The file is removed when the whole reply is in the journal. A live file
 * that no process has locked was left by a crash; live_recover() moves its
 * reply into the conversation. The file is not synced when it is made, and
 * later at most once a second. Not thread-safe.
 */
#ifndef ATL_STORE_LIVE_H
#define ATL_STORE_LIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "chat/msg.h"
#include "wire/record.h"

struct catalog;
struct live;
struct vault;

/*
 * Makes the file for a reply. m has the id, parent and time that the final
 * message will have, and the agent, model and endpoint as far as known; if it
 * has text already, that is written too. v is borrowed and must outlive *ret,
 * which the caller frees with live_end().
 */
enum status live_begin(struct vault *v, const struct id *conv,
	const struct msg *m, struct live **ret, struct err *err);
/*
 * Writes a piece of the reply. On success it is in the file, though not
 * necessarily on the disk, and may be shown; not before. Call it once per kind
 * and wake-up of the event loop rather than once per token. ST_IO: it was not
 * written, and later calls fail the same way.
 */
enum status live_write(struct live *l, enum record_delta kind, struct span text,
	struct err *err);
/* Whether every piece so far was written. */
bool live_whole(const struct live *l);
/* Has `sync` called, at most once a second, instead of syncing in a thread of
 * l's own; for callers that already have such a thread. The descriptor is
 * borrowed for the call. */
void live_sync_with(
	struct live *l, void (*sync)(int fd, void *payload), void *payload);
/* Frees l, which may be NULL. With `saved` the message is in the journal and
 * the file is removed; otherwise the file stays for live_recover(). */
void live_end(struct live *l, bool saved);

/* Whether some process is writing a reply in this conversation now. Appends to
 * `who` which one, see disk_holders(). */
bool live_writer(const struct vault *v, const struct id *conv, struct buf *who);
/* Reads from the unencrypted header which conversation the live file at `path`
 * belongs to; false when it is not a live file. */
bool live_is_of(const char *path, struct id *ret_conv);

struct live_report {
	size_t recovered; /* replies added to their conversation */
	size_t there; /* replies that were already saved */
	size_t empty; /* replies without any text; removed */
	size_t busy; /* still being written, or their conversation is locked */
	size_t aside; /* moved to quarantine/: nothing could be read, or the
			 conversation is gone */
	struct id last; /* conversation of the last recovered reply */
	struct buf text; /* sentences, one per line */
};

void live_report_init(struct live_report *r);
void live_report_release(struct live_report *r);

/*
 * Recovers the replies that crashes left: each is appended to its conversation
 * as an interrupted message under its own id and synced, then its file is
 * removed. May be killed at any point and run again, and several processes may
 * run it at once. c may be NULL. A file that cannot be handled is left alone
 * and described in the report; the first such error is also returned.
 */
enum status live_recover(struct vault *v, struct catalog *c,
	struct live_report *report, struct err *err);

#endif
