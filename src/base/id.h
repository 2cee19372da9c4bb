/*
 * 16-byte identifiers of conversations, messages, segments and vaults, written
 * as 32 lower-case hexadecimal digits. Random ones come from store/box.
 */
#ifndef ATL_BASE_ID_H
#define ATL_BASE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define ID_LEN 16
#define ID_HEX (2 * ID_LEN)

struct id {
	uint8_t b[ID_LEN];
};

bool id_eq(const struct id *a, const struct id *b);
/* Whether it is all zero: "none", as the parent of a first message. */
bool id_is_none(const struct id *a);
int id_cmp(const struct id *a, const struct id *b);
/* Writes 32 digits and a NUL. */
void id_hex(const struct id *a, char ret[ID_HEX + 1]);
/* Reads exactly 32 digits. */
bool id_parse(struct span s, struct id *ret);
/* Whether the digits s (1 to 32 of them) begin the id. */
bool id_has_prefix(const struct id *a, struct span s);

/* Writes n bytes as lower-case digits; ret has room for 2 * n + 1
 * characters. */
void hex_encode(const uint8_t *p, size_t n, char *ret);
/* Reads exactly 2 * n digits. */
bool hex_decode(struct span s, uint8_t *ret, size_t n);

#endif
