/*
 * The saved conversation behind one request: found by its thread, opened, added
 * to, closed.
 *
 * Nothing of it stays in memory between two requests, so that several servers
 * may share a store. Every call but kept_delta() may wait for the disk and uses
 * the vault: it belongs into the work of a worker. A struct kept is used by one
 * thread at a time.
 */
#ifndef ATL_SERVE_KEPT_H
#define ATL_SERVE_KEPT_H

#include "base/err.h"
#include "base/secret.h"
#include "chat/conv.h"

struct catalog;
struct kept;
struct vault;

/* What all conversations share; borrowed. */
struct kept_store {
	struct vault *vault;
	struct catalog *catalog;
	struct secret key; /* see store/threads.h */
	/* Called by kept_delta() for a file to be synced; see
	 * live_sync_with(). */
	void (*sync)(int fd, void *payload);
	void *payload; /* of sync: what kept_open() was given */
};

/*
 * Opens the conversation of a thread: the one with that id, else the one of
 * that name, made when there is none. An empty thread is a new conversation.
 * kept_free() frees *ret.
 */
enum status kept_open(struct kept **ret, const struct kept_store *store,
	struct span thread, void *sync_payload, struct err *err);
/* NULL is allowed. A reply under way stays on the disk for recovery. */
void kept_free(struct kept *s);

/* Borrowed; read only. */
const struct conv *kept_conv(const struct kept *s);
/* Sets agent and system prompt of a new conversation, before its first
 * message. */
enum status kept_describe(
	struct kept *s, struct span agent, struct span system, struct err *err);

/* Appends a copy of m behind the last message and gives m its id and parent. On
 * the disk on return. */
enum status kept_add(struct kept *s, struct msg *m, struct err *err);
/* Begins a reply to the last message; m gets the id and parent it will have. */
enum status kept_begin(struct kept *s, struct msg *m, struct err *err);
/* Writes a piece of the reply, without waiting for a sync. */
enum status kept_delta(
	struct kept *s, bool reasoning, struct span text, struct err *err);
/* Ends the reply with its final form; m NULL: there is none. */
enum status kept_end(struct kept *s, struct msg *m, struct err *err);

#endif
