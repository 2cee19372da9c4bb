/*
 * The list of conversations, kept in an encrypted index on this machine.
 *
 * The index is a cache and an anchor. As a cache it spares opening each file:
 * an entry is believed while size and time of its segments are as noted, else
 * the conversation is read again. As an anchor it remembers how far each
 * segment had come, so that a file cut at a record's end or replaced by an
 * older copy is noticed, and which conversations were deleted. It can be
 * rebuilt, which loses the anchor and says so.
 *
 * Without a writable state folder the catalog works from the files alone; with
 * a vault_reading() it writes nothing. Not fit for threads.
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

/* Cheap: the index is read when it is first needed. v is borrowed. */
enum status catalog_open(
	struct vault *v, struct catalog **ret, struct err *err);
/* NULL is allowed. */
void catalog_close(struct catalog *c);

/* Newest first, by the time of the last message. The array and what it points
 * to belong to c, until the next call of list, latest or find. */
enum status catalog_list(struct catalog *c, const struct catalog_entry **ret,
	size_t *ret_n, struct err *err);
/* The newest of that terminal, else (or with an empty tty) the newest at all;
 * borrowed as above. ST_NOT_FOUND when there is none. */
enum status catalog_latest(struct catalog *c, struct span tty,
	const struct catalog_entry **ret, struct err *err);
/*
 * By its id, by the first digits of it (4 or more), or by its exact title;
 * an id wins over a title. ST_NOT_FOUND, with the titles it is a part of in the
 * message; ST_USAGE with the candidates when several fit. Borrowed as above.
 */
enum status catalog_find(struct catalog *c, struct span what,
	const struct catalog_entry **ret, struct err *err);

/* Whether it was deleted here, for good: copies that reappear are refused. */
bool catalog_deleted(struct catalog *c, const struct id *conv);
/* Remembers that of n conversations, with the index written once. The files are
 * the caller's business. */
enum status catalog_delete(
	struct catalog *c, const struct id *convs, size_t n, struct err *err);

/*
 * For who only looks: the index as it is, without a look at the files and
 * without writing. Calls fn with each id in it, and whether it was deleted; fn
 * must not use c. *ret_losses is how many places of it do not read. ST_NOT_FOUND
 * when there is none, ST_DAMAGED when nothing of it reads.
 */
enum status catalog_each(struct catalog *c,
	enum status (*fn)(const struct id *id, bool deleted, void *payload,
		struct err *err),
	void *payload, uint64_t *ret_losses, struct err *err);
/* Whether the index has an entry of it; as above. */
bool catalog_knows(struct catalog *c, const struct id *conv);

/* Sentences for the user, a line each, such as that the index was rebuilt;
 * empty most of the time. Each is there once: whoever looks into the catalog
 * for a user has to tell them. Belongs to c. */
struct span catalog_notice(struct catalog *c);

#endif
