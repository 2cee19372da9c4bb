/*
 * Bytes that must not leak: passphrases, API keys, vault keys.
 *
 * A secret lies on pages of its own between two inaccessible ones, locked into
 * memory where the system allows it, left out of core dumps and out of forked
 * children, and wiped before it is freed. It never moves, so no copy is left
 * behind. Nothing in the program prints, logs or passes one to a child.
 */
#ifndef ATL_BASE_SECRET_H
#define ATL_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

struct secret {
	uint8_t *p; /* NULL when empty */
	size_t len;
	size_t room; /* bytes usable at p */
};

/* Makes a wiped secret with room for `room` bytes and len 0; false without
 * memory. */
bool secret_new(struct secret *s, size_t room) ATTR_MUST_CHECK;
bool secret_set(struct secret *s, const void *p, size_t n) ATTR_MUST_CHECK;
/* Wipes and frees; an empty or zeroed struct is allowed. */
void secret_free(struct secret *s);
struct span secret_view(const struct secret *s);
/* Appends text of others with *** in place of the secret, unless that is so
 * short (SECRET_WORD) that it may be a word of the text. s may be NULL. */
#define SECRET_WORD ((size_t)12)
void secret_mask(const struct secret *s, struct span text, struct buf *out);
/* Whether every secret so far could be locked into memory. */
bool secret_locked(void);

#endif
