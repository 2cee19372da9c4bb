/*
 * Which conversations there are files of, read off the folders: those of
 * conversations below c/, and those of what is kept and is no conversation
 * below s/.
 */
#ifndef ATL_STORE_NAMES_H
#define ATL_STORE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "store/journal.h"
#include "store/place.h"

struct vault;

/* A conversation by the name of its files. */
struct conv_name {
	char stem[PLACE_STEM];
	bool reserved;
};

/* Each once: the reserved ones, then the others by their id. */
struct conv_names {
	struct conv_name *v;
	size_t n;
	size_t cap;
};

/* The caller frees ret->v, in any case. */
enum status names_gather(
	const struct vault *v, struct conv_names *ret, struct err *err);

/* Calls fn with each name in a folder that does not begin with a dot; none
 * when the folder is not there. Anything but ST_OK ends it. */
typedef enum status names_fn(const char *name, void *payload, struct err *err);
enum status names_walk(
	const char *folder, names_fn *fn, void *payload, struct err *err);

/* Opens its journal; ST_NOT_FOUND also for one that was deleted. */
enum status names_open(const struct conv_name *name,
	const struct journal_with *with, struct journal **ret, struct err *err);

#endif
