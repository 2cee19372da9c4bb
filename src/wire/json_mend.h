/*
 * Turns JSON as language models write it into JSON: drops the text around it,
 * code fences, and commas before closing brackets; rewrites strings in single
 * quotes, line breaks in strings, and Python's True, False and None; closes
 * what is still open at the end. Valid JSON stays the same but for blanks.
 *
 * Only the form is mended: whether it says what was asked for is for the caller
 * to check. Pure.
 */
#ifndef ATL_WIRE_JSON_MEND_H
#define ATL_WIRE_JSON_MEND_H

#include <stdbool.h>

#include "base/buf.h"

/* Appends the first object in the text; false when there is none. */
bool json_mend(struct span text, struct buf *out);

#endif
