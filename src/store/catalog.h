/*
 * The list of conversations, kept in an encrypted index on this machine.
 *
 * The index is a cache and an anchor. As a cache it saves opening each file: an
 * entry is trusted while its segments have the size and time noted in it;
 * otherwise the conversation is read again. As an anchor it remembers how far
 * each segment had come, so that a file cut at the end of a record or replaced
 * by an older copy is noticed, and which conversations were deleted. It can be
 * rebuilt from the files; the anchor is then lost, and the user is told so.
 *
 * Without a writable state folder the catalog works from the files alone. While
 * vault_reading() is true of the vault it writes nothing. Not thread-safe.
 */
#ifndef ATL_STORE_CATALOG_H
#define ATL_STORE_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"

struct vault;

#define CATALOG_MAX ((size_t)1000 * 1000) /* conversations */

struct catalog;

struct catalog_entry {
	struct id id;
	struct span title; /* never empty: "untitled" */
	struct span agent;
	struct span model;
	struct span tty; /* the terminal it belongs to, opaque */
	int64_t created_ms;
	int64_t updated_ms;
	uint64_t messages;
	bool damaged;
};

/* Makes the catalog of v, which is borrowed. Reads nothing: the index is read
 * when it is first needed. The caller frees *ret with catalog_close(). */
enum status catalog_open(
	struct vault *v, struct catalog **ret, struct err *err);
/* NULL is allowed. */
void catalog_close(struct catalog *c);

/* Lists all conversations, newest first by the time of the last message. The
 * array and what it points to belong to c, and are valid until the next call of
 * catalog_list(), catalog_latest() or catalog_find(). */
enum status catalog_list(struct catalog *c, const struct catalog_entry **ret,
	size_t *ret_n, struct err *err);
/* Finds the newest conversation of that terminal; if it has none, or tty is
 * empty, the newest of all. Borrowed as above. ST_NOT_FOUND when nothing is
 * saved. */
enum status catalog_latest(struct catalog *c, struct span tty,
	const struct catalog_entry **ret, struct err *err);
/*
 * Finds a conversation by its id, by the first digits of its id (4 or more), or
 * by its exact title; an id wins over a title. Borrowed as above. ST_NOT_FOUND
 * when none fits: the message suggests those with `what` as part of the title.
 * ST_USAGE when several fit: the message lists them.
 */
enum status catalog_find(struct catalog *c, struct span what,
	const struct catalog_entry **ret, struct err *err);

/* Whether the conversation was deleted here for good. Copies of its files that
 * reappear are refused. */
bool catalog_deleted(struct catalog *c, const struct id *conv);
/* Remembers n conversations as deleted; the index is written once for all. The
 * caller removes the files. */
enum status catalog_delete(
	struct catalog *c, const struct id *convs, size_t n, struct err *err);

/*
 * For callers that only inspect: reads the index as it is, without looking at
 * the files or writing. Calls fn with each id in it, and whether that was
 * deleted; fn must not use c, and anything but ST_OK from it ends the call with
 * that status. *ret_losses is the number of places in the index that cannot be
 * read. ST_NOT_FOUND when there is no index, ST_DAMAGED when none of it can be
 * read.
 */
enum status catalog_each(struct catalog *c,
	enum status (*fn)(const struct id *id, bool deleted, void *payload,
		struct err *err),
	void *payload, uint64_t *ret_losses, struct err *err);
/* Whether the index has an entry of that conversation; it does not look at the
 * files nor write either. */
bool catalog_knows(struct catalog *c, const struct id *conv);

/* Sentences for the user, a line each, such as that the index was rebuilt; most
 * often empty. Each is returned only once, so whoever uses the catalog for a
 * user must show them. Belongs to c. */
struct span catalog_notice(struct catalog *c);

#endif
