/*
 * Conversations under names that a client of the server gives them.
 *
 * A name leads to the id of its conversation by a hash, keyed so that whoever
 * sees the files cannot try names. The key is in a reserved conversation,
 * "threads": the first that was written counts, so that several processes
 * agree. Not fit for threads.
 */
#ifndef ATL_STORE_THREADS_H
#define ATL_STORE_THREADS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/secret.h"

struct catalog;
struct vault;

/* Fills an empty secret with the key, which is made when there is none. */
enum status threads_key(struct vault *v, struct catalog *c, struct secret *ret,
	struct err *err) ATTR_MUST_CHECK;

/* The id of a name; `again` counts the conversations of that name which were
 * deleted, whose ids are gone for good. */
void threads_id(const struct secret *key, struct span name, unsigned again,
	struct id *ret);

#endif
