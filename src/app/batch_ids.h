/*
 * The set of ids that were seen, 16 bytes for each whatever its length.
 */
#ifndef ATL_APP_BATCH_IDS_H
#define ATL_APP_BATCH_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"

struct batch_ids {
	struct id *slots; /* the zero id: free */
	size_t cap; /* a power of two, or 0 */
	size_t n;
};

/* The digest that stands for the id of a line, or for its number when it has no
 * id. */
struct id batch_id(struct span id, uint64_t number);

void batch_ids_release(struct batch_ids *s);
bool batch_ids_have(const struct batch_ids *s, const struct id *id);
/* Adds an id. *ret_new is false when it was there already. */
enum status batch_ids_add(struct batch_ids *s, const struct id *id,
	bool *ret_new, struct err *err) ATTR_MUST_CHECK;

#endif
