/*
 * JSON as language models write it, made JSON: text around it and code fences
 * are left out; commas before a closing bracket, too; strings in single quotes,
 * line breaks inside of strings and Python's True, False and None are written as
 * JSON has them; what is still open at the end is closed. What is JSON already
 * stays the same but for blanks.
 *
 * Only the form is mended: whether it says what was asked for is the caller's to
 * check. Pure.
 */
#ifndef ATL_WIRE_JSON_MEND_H
#define ATL_WIRE_JSON_MEND_H

#include <stdbool.h>

#include "base/buf.h"

/* Appends the first object in the text; false when there is none. */
bool json_mend(struct span text, struct buf *out);

#endif
