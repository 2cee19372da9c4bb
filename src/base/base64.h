/*
 * Base64 as of RFC 4648, section 4: with padding, without line breaks.
 */
#ifndef ATL_BASE_BASE64_H
#define ATL_BASE_BASE64_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"

/* Appends the code of any bytes. */
void base64_put(struct buf *out, struct span bytes);
/* Appends the bytes of a code; false, with *out as it was, when it is none: a
 * foreign character, a length that cannot be, bits that nobody wrote. */
bool base64_get(struct span code, struct buf *out) ATTR_MUST_CHECK;

#endif
