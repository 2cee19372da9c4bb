/*
 * Graves: the ids of deleted conversations, kept with the data as one record
 * each in the reserved conversation "deleted". The index knows them as well;
 * but when it was lost, or another machine has none yet, it is rebuilt from
 * these, so that copies of deleted conversations are still refused when they
 * come back.
 */
#ifndef ATL_STORE_GRAVES_H
#define ATL_STORE_GRAVES_H

#include <stddef.h>

#include "base/err.h"
#include "base/id.h"

struct catalog;
struct vault;

/* Adds those of the n ids that are not there yet; on the disk on return. Tells
 * c how far the file has come. */
enum status graves_add(struct vault *v, struct catalog *c, const struct id *ids,
	size_t n, struct err *err);
/* Calls fn with each id. Anything but ST_OK from fn ends it with that
 * status. */
enum status graves_each(struct vault *v,
	enum status (*fn)(const struct id *id, void *payload, struct err *err),
	void *payload, struct err *err);

#endif
