/*
 * What is being deleted, written down before the first byte of it is: a
 * deletion that is killed is then finished by whoever opens the store next.
 *
 * "deleting" in the state folder holds the ids, a line each, under an exclusive
 * lock while its writer lives. It is gone when the deletion has ended. Where
 * the state folder cannot be written to, deletions go on without it.
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

/* Adds the ids; on the disk on return. A fault is no reason not to delete. */
void intent_begin(struct intent *i, const struct vault *v, const struct id *ids,
	size_t n);
/* `done`: all of it has been deleted; else it stays to be finished. */
void intent_end(struct intent *i, bool done);

/*
 * The ids that a killed deletion has left, in an array that the caller frees;
 * NULL and 0 in the usual case, and when its writer is alive.
 */
enum status intent_left(
	const struct vault *v, struct id **ret, size_t *ret_n, struct err *err);

#endif
