/*
 * The reply now streaming, on disk before it is shown.
 *
 * Each reply has a file of its own under live/, locked by the process that
 * writes it. When the whole reply is in the journal the file goes away; one
 * without a process is what a crash left, and live_recover() moves it into its
 * conversation. Nothing is synced at the beginning, and at most once a second
 * later. Not fit for threads.
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
 * Begins the file of a reply: m has the id, the parent and the time that the
 * final message will have, and the agent, model and endpoint as far as known;
 * text in it is written too. v is borrowed and outlives the live.
 */
enum status live_begin(struct vault *v, const struct id *conv,
	const struct msg *m, struct live **ret, struct err *err);
/*
 * Writes a piece of the reply; it is in the file (not yet on the disk) when
 * this returns, and only then it may be shown. One call per kind and wake-up of
 * the loop is meant, not one per token. ST_IO: not written; later calls fail
 * the same way.
 */
enum status live_write(struct live *l, enum record_delta kind, struct span text,
	struct err *err);
/* Whether each piece so far was written. */
bool live_whole(const struct live *l);
/* In place of a thread of its own for the sync, at most once a second: for who
 * has one. The descriptor is borrowed for the call. */
void live_sync_with(
	struct live *l, void (*sync)(int fd, void *payload), void *payload);
/* Frees l. `saved`: the message is in the journal, so the file is removed; else
 * it stays for live_recover(). NULL is allowed. */
void live_end(struct live *l, bool saved);

/* Whether some process is writing a reply in this conversation now; appends who
 * it is, see disk_holders(). */
bool live_writer(const struct vault *v, const struct id *conv, struct buf *who);
/* The conversation that the live file at `path` belongs to, as its header says
 * in clear; false when it is no such file. */
bool live_is_of(const char *path, struct id *ret_conv);

struct live_report {
	size_t recovered; /* replies added to their conversation */
	size_t there; /* were saved already */
	size_t empty; /* without any text: removed */
	size_t busy; /* still being written, or their conversation is locked */
	size_t aside; /* moved to quarantine/: nothing readable, or no
			 conversation */
	struct id last; /* conversation of the last one recovered */
	struct buf text; /* sentences, a line each */
};

void live_report_init(struct live_report *r);
void live_report_release(struct live_report *r);

/*
 * Brings home what crashes left: each reply is appended to its conversation as
 * an interrupted message under its own id, synced, and its file removed. May
 * be killed at any point and run again, and by several processes at once. c may
 * be NULL. A file that cannot be dealt with is left and described in the
 * report; the first such fault is also the status.
 */
enum status live_recover(struct vault *v, struct catalog *c,
	struct live_report *report, struct err *err);

#endif
