/*
 * Base64 as of RFC 4648, section 4: with padding, without line breaks.
 */
#ifndef ATL_BASE_BASE64_H
#define ATL_BASE_BASE64_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"

/* Appends any bytes in base64. */
void base64_put(struct buf *out, struct span bytes);
/* Appends the bytes that base64 stands for; false, with *out as it was, when it
 * is not valid: a foreign character, an impossible length, stray bits. */
bool base64_get(struct span code, struct buf *out) ATTR_MUST_CHECK;

#endif
