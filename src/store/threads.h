/*
 * Conversations under names that clients of the server give them.
 *
 * The id of a conversation is a hash of its name, with a key, so that somebody
 * who sees the files cannot try names. The key is stored in the reserved
 * conversation "threads"; the first key written there counts, so that several
 * processes agree. Not thread-safe.
 */
#ifndef ATL_STORE_THREADS_H
#define ATL_STORE_THREADS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/secret.h"

struct catalog;
struct vault;

/* Fills *ret, an empty secret, with the key; makes one when there is none. */
enum status threads_key(struct vault *v, struct catalog *c, struct secret *ret,
	struct err *err) ATTR_MUST_CHECK;

/* Computes the id for a name. `again` is how many conversations of that name
 * were deleted: their ids are never used again. */
void threads_id(const struct secret *key, struct span name, unsigned again,
	struct id *ret);

#endif
