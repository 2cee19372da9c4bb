/*
 * Writes down what is about to be deleted before the first byte of it is
 * touched, so that whoever opens the store next can finish a deletion that was
 * killed.
 *
 * The file "deleting" in the state folder holds the ids, a line each. It is
 * under an exclusive lock while its writer lives, and is removed when the
 * deletion is complete. If the state folder cannot be written to, deletions do
 * without it.
 */
#ifndef ATL_STORE_INTENT_H
#define ATL_STORE_INTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"

struct vault;

struct intent {
	int fd; /* -1: none was written */
	struct buf path;
};

/* Adds the ids to the file; on the disk on return. A failure is only logged: it
 * is no reason not to delete. */
void intent_begin(struct intent *i, const struct vault *v, const struct id *ids,
	size_t n);
/* `done`: everything has been deleted, and the file is removed. Otherwise it
 * stays, and the deletion is finished later. */
void intent_end(struct intent *i, bool done);

/*
 * Reads the ids left by a deletion that was killed, into an array that the
 * caller frees. NULL and 0 when there are none, which is usual, and when the
 * writer of the file is still alive.
 */
enum status intent_left(
	const struct vault *v, struct id **ret, size_t *ret_n, struct err *err);

#endif
