/*
 * What deleting does to files; for store/ alone.
 */
#ifndef ATL_STORE_SHRED_H
#define ATL_STORE_SHRED_H

#include <stdbool.h>

#include "store/delete.h"
#include "store/place.h"

/* Overwrites the wrapped key in both headers of an open segment file, or as
 * much of them as there is, and syncs. */
enum status shred_fd(int fd, const char *path, struct err *err);
/* Opens the file, overwrites and removes it; nothing when it is not there. */
enum status shred_file(const char *path, struct err *err);

/* Removes the lines that were typed in these conversations from the input
 * history, whose file is written anew without them. */
enum status forget_lines(struct vault *v, struct catalog *c,
	const struct id *ids, size_t n, struct delete_report *r,
	struct err *err);

/* Whether the id is among the n sorted ones. */
bool delete_has(const struct id *ids, size_t n, const struct id *id);

#endif
