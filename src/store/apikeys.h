/*
 * API keys in the vault: the reserved conversation "keys", where the last
 * record of a name counts. One that was replaced or removed stays in the file,
 * sealed as everything else, until the file is rewritten.
 *
 * A name has 1 to 64 letters, digits, "-", "_" and ".". Not fit for threads.
 */
#ifndef ATL_STORE_APIKEYS_H
#define ATL_STORE_APIKEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

#define APIKEY_NAME_MAX 64
#define APIKEY_MAX ((size_t)16 * 1024) /* bytes of a key */
#define APIKEYS_MAX ((size_t)4096) /* names */

struct catalog;
struct vault;

bool apikey_name_ok(struct span name);
/* Of the payload of a RECORD_SECRET, the name, and whether the record removes
 * it; false when it is malformed. */
bool apikey_peek(struct span payload, char ret_name[APIKEY_NAME_MAX + 1],
	bool *ret_removes);

/* c may be NULL. ST_USAGE for a bad name or an empty key; else as
 * journal_append(). On the disk on return. */
enum status apikeys_set(struct vault *v, struct catalog *c, const char *name,
	const struct secret *key, struct err *err);
/* ST_NOT_FOUND when there is none of that name. */
enum status apikeys_unset(
	struct vault *v, struct catalog *c, const char *name, struct err *err);
/* The same; ST_DAMAGED when it may have been lost. The caller frees *ret
 * with secret_free(). */
enum status apikeys_get(struct vault *v, struct catalog *c, const char *name,
	struct secret *ret, struct err *err);
/* Appends the names, a line each, in the order of the alphabet. */
enum status apikeys_names(
	struct vault *v, struct catalog *c, struct buf *out, struct err *err);

#endif
