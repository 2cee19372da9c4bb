/*
 * Keeping a conversation: what a session does with the journal, the live file
 * and the records in them. A conversation that was never written to has no
 * file; it comes into being with the first message, which title, agent and
 * terminal follow.
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
	bool chat; /* others are told that it is open here */
	void (*foreign)(void *payload); /* others have added; may be NULL */
	/* As of live_sync_with(); may be NULL. */
	void (*sync)(int fd, void *payload);
	void *payload;
};

/* The kinds of keep_delta(). */
enum { KEEP_TEXT = 1, KEEP_REASONING = 2 };

/* A new conversation of that id, or with NULL of a random one; conv gets it.
 * ST_BUSY when there is such a conversation. */
enum status keep_new(struct keep **ret, const struct keep_options *o,
	struct conv *conv, const struct id *id, struct err *err);
/* Fills conv, which is initialised and empty and outlives the keep. */
enum status keep_open(struct keep **ret, const struct keep_options *o,
	struct conv *conv, const struct id *id, struct buf *notice,
	struct err *err);
/* Gives conv a new id; its path is written with the next message. */
enum status keep_fork(struct keep **ret, const struct keep_options *o,
	struct conv *conv, struct err *err);
/* Who else had the conversation open when it was opened, as disk_holders()
 * says; empty: nobody. */
struct span keep_others(const struct keep *k);
/* Whether something that had been saved did not read when it was opened. What
 * an interrupted append left does not count. */
bool keep_damaged(const struct keep *k);
/* What it was made with; valid as long as it. */
void keep_options(const struct keep *k, struct keep_options *ret);
/* A reply under way stays on disk for recovery. */
void keep_free(struct keep *k);

/* Appends and syncs. Messages that others added meanwhile are put into conv
 * and leave its leaf alone. One that cannot be saved is tried again before the
 * next. */
enum status keep_msg(struct keep *k, struct conv *conv, const struct msg *m,
	struct err *err);
/* A whole conversation that is not on disk yet, synced at the end. */
enum status keep_all(struct keep *k, struct conv *conv, struct err *err);
/* Its title, which conv has already; nothing when it is not on disk yet. */
enum status keep_title(struct keep *k, struct conv *conv, struct err *err);
/* Its system prompt, in the same way. */
enum status keep_system(struct keep *k, struct conv *conv, struct err *err);
/* Another thread goes on, and where the one stands that was left (NULL: it had
 * no name). On disk on return. */
enum status keep_thread(struct keep *k, struct conv *conv,
	const struct conv_thread *left, struct err *err);
/* Where the conversation stands, after an undo. */
enum status keep_leaf(struct keep *k, struct conv *conv, struct err *err);

/* A summary, new or taken back; synced. Nothing when the conversation is not on
 * disk yet. */
enum status keep_summary(
	struct keep *k, const struct summary *s, struct err *err);

/* The reply under way: begun before the request leaves, and each piece written
 * before it is shown. */
enum status keep_reply_begin(struct keep *k, const struct conv *conv,
	const struct msg *reply, struct err *err);
enum status keep_delta(
	struct keep *k, int kind, struct span text, struct err *err);
/* settled: it is in the journal, or there was nothing to keep, so the live file
 * goes; else the file stays for recovery. */
void keep_reply_end(struct keep *k, bool settled);

#endif
