/*
 * Finds out from the names in the folders which conversations have files:
 * conversations below c/, and below s/ the reserved ones, which hold other
 * saved data in the same form.
 */
#ifndef ATL_STORE_NAMES_H
#define ATL_STORE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "store/journal.h"
#include "store/place.h"

struct vault;

/* A conversation, named as its files are. */
struct conv_name {
	char stem[PLACE_STEM];
	bool reserved;
};

/* Each conversation once: the reserved ones first, then the others sorted by
 * id. */
struct conv_names {
	struct conv_name *v;
	size_t n;
	size_t cap;
};

/* Collects all of them. The caller frees ret->v, also on failure. */
enum status names_gather(
	const struct vault *v, struct conv_names *ret, struct err *err);

/* Calls fn with each name in the folder that does not begin with a dot. A
 * folder that does not exist counts as empty. Stops when fn returns anything
 * but ST_OK, and returns that. */
typedef enum status names_fn(const char *name, void *payload, struct err *err);
enum status names_walk(
	const char *folder, names_fn *fn, void *payload, struct err *err);

/* Opens the journal of a conversation. ST_NOT_FOUND also when the conversation
 * was deleted. */
enum status names_open(const struct conv_name *name,
	const struct journal_with *with, struct journal **ret, struct err *err);

#endif
