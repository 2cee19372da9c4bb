/*
 * Which conversations were deleted, kept with the data: the reserved
 * conversation "deleted" has a record with the id of each. The index knows them
 * as well; this is what it is made of when it was lost, or when another machine
 * has none yet, so that copies that come back are refused all the same.
 */
#ifndef ATL_STORE_GRAVES_H
#define ATL_STORE_GRAVES_H

#include <stddef.h>

#include "base/err.h"
#include "base/id.h"

struct catalog;
struct vault;

/* Adds those of the n ids that are not there yet; on the disk on return. c is
 * told how far the file has come. */
enum status graves_add(struct vault *v, struct catalog *c, const struct id *ids,
	size_t n, struct err *err);
/* Calls fn with each id. Anything but ST_OK ends it. */
enum status graves_each(struct vault *v,
	enum status (*fn)(const struct id *id, void *payload, struct err *err),
	void *payload, struct err *err);

#endif
