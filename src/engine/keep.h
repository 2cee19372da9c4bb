/*
 * Keeping a conversation: what a session does with the journal, the live file
 * and the records in them. A conversation without a record has no file; it is
 * made with the first message, which title, agent and terminal follow.
 */
#ifndef ATL_ENGINE_KEEP_H
#define ATL_ENGINE_KEEP_H

#include "base/err.h"
#include "chat/conv.h"

struct catalog;
struct keep;
struct vault;

struct keep_options {
	struct vault *vault; /* borrowed */
	struct catalog *catalog; /* borrowed */
	struct span terminal; /* copied */
	bool chat; /* shows other processes that it is open here */
	void (*foreign)(void *payload); /* another process has added to it; may
					   be NULL */
	/* As in live_sync_with(); may be NULL. */
	void (*sync)(int fd, void *payload);
	void *payload;
};

/* The kinds of text for keep_delta(). */
enum { KEEP_TEXT = 1, KEEP_REASONING = 2 };

/* Begins a conversation with that id or, for NULL, a random one, which conv
 * gets. ST_BUSY when there is one already. */
enum status keep_new(struct keep **ret, const struct keep_options *o,
	struct conv *conv, const struct id *id, struct err *err);
/* Opens a saved conversation and fills conv, which is initialised and empty and
 * has to outlive the keep. */
enum status keep_open(struct keep **ret, const struct keep_options *o,
	struct conv *conv, const struct id *id, struct buf *notice,
	struct err *err);
/* Gives conv a new id; its path is written with the next message. */
enum status keep_fork(struct keep **ret, const struct keep_options *o,
	struct conv *conv, struct err *err);
/* Which other processes had the conversation open when it was opened, as
 * disk_holders() tells it; empty: none. */
struct span keep_others(const struct keep *k);
/* Whether something saved could not be read on opening. What an interrupted
 * append left does not count. */
bool keep_damaged(const struct keep *k);
/* The options it was made with; valid as long as k. */
void keep_options(const struct keep *k, struct keep_options *ret);
/* A reply under way stays on the disk for recovery. */
void keep_free(struct keep *k);

/* Appends a message and syncs. Messages that other processes added meanwhile
 * are put into conv without moving its leaf. A message that cannot be saved is
 * tried again before the next one. */
enum status keep_msg(struct keep *k, struct conv *conv, const struct msg *m,
	struct err *err);
/* Writes a whole conversation that is not on the disk yet, with one sync at its
 * end. */
enum status keep_all(struct keep *k, struct conv *conv, struct err *err);
/* Writes the title, which conv has already; nothing while the conversation is
 * not on the disk. */
enum status keep_title(struct keep *k, struct conv *conv, struct err *err);
/* Writes the system prompt in the same way. */
enum status keep_system(struct keep *k, struct conv *conv, struct err *err);
/* Writes that another thread continues, and where the thread stands that was
 * left (NULL: it had no name). On the disk on return. */
enum status keep_thread(struct keep *k, struct conv *conv,
	const struct conv_thread *left, struct err *err);
/* Writes where the conversation stands after an undo. */
enum status keep_leaf(struct keep *k, struct conv *conv, struct err *err);

/* Writes a summary, new or taken back, and syncs. Nothing while the
 * conversation is not on the disk. */
enum status keep_summary(
	struct keep *k, const struct summary *s, struct err *err);

/* The reply under way is begun before the request leaves, and each piece of it
 * is written before it is shown. */
enum status keep_reply_begin(struct keep *k, const struct conv *conv,
	const struct msg *reply, struct err *err);
enum status keep_delta(
	struct keep *k, int kind, struct span text, struct err *err);
/* Whether the reply under way is in its live file as far as it came. */
bool keep_reply_whole(const struct keep *k);
/* settled: the reply is in the journal, or there was nothing to keep, so the
 * live file goes; else the file stays for recovery. */
void keep_reply_end(struct keep *k, bool settled);

#endif
