/*
 * What deleting does to files. Only for use within store/.
 */
#ifndef ATL_STORE_SHRED_H
#define ATL_STORE_SHRED_H

#include <stdbool.h>

#include "store/delete.h"
#include "store/place.h"

/* Overwrites the wrapped key in both headers of an open segment file, as far as
 * the file has them, and syncs. */
enum status shred_fd(int fd, const char *path, struct err *err);
/* Opens the file, does the same and removes it. ST_OK also when it does not
 * exist. */
enum status shred_file(const char *path, struct err *err);

/* Removes the lines that were typed in these conversations from the input
 * history by rewriting its file without them. */
enum status forget_lines(struct vault *v, struct catalog *c,
	const struct id *ids, size_t n, struct delete_report *r,
	struct err *err);

/* Whether the id is among the n ids, which are sorted. */
bool delete_has(const struct id *ids, size_t n, const struct id *id);

#endif
