/*
 * API keys in the vault. They are kept in the reserved conversation "keys",
 * where the last record of a name counts. A key that was replaced or removed
 * stays in the file, sealed like everything else, until the file is rewritten.
 *
 * A name has 1 to 64 letters, digits, "-", "_" and ".". Not thread-safe.
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
/* Reads from the payload of a RECORD_SECRET the name of the key, and whether
 * the record removes that key. False when the payload is malformed. */
bool apikey_peek(struct span payload, char ret_name[APIKEY_NAME_MAX + 1],
	bool *ret_removes);

/* In all of the following, c may be NULL. */

/* Stores a key, which replaces an earlier one of the same name; on the disk on
 * return. ST_USAGE for a bad name or a key that is empty or too long; otherwise
 * fails as journal_append() does. */
enum status apikeys_set(struct vault *v, struct catalog *c, const char *name,
	const struct secret *key, struct err *err);
/* Removes a key; on the disk on return. ST_NOT_FOUND when there is none of that
 * name; otherwise fails as apikeys_set() does. */
enum status apikeys_unset(
	struct vault *v, struct catalog *c, const char *name, struct err *err);
/* Reads a key; the caller frees *ret with secret_free(). ST_NOT_FOUND when
 * there is none of that name, ST_DAMAGED when it may have been lost. */
enum status apikeys_get(struct vault *v, struct catalog *c, const char *name,
	struct secret *ret, struct err *err);
/* Appends the names to `out`, a line each, sorted by byte. */
enum status apikeys_names(
	struct vault *v, struct catalog *c, struct buf *out, struct err *err);

#endif
