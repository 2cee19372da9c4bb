/*
 * The fenced code blocks of a Markdown text, one after the other.
 *
 * A block opens with a line of three or more ` or ~ behind any blanks (lists
 * indent it) and closes with a line of at least as many of the same; one that
 * is not closed goes on to the end. The code has the indentation of its fence
 * taken off and ends with a newline. Pure; fit for threads.
 */
#ifndef ATL_TEXT_FENCE_H
#define ATL_TEXT_FENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Finds the next block in *rest and moves *rest behind it. True when there is
 * one: *ret_info (borrowed from the text; may be NULL) is the info string of
 * its fence, and the code was appended to out, unless that is NULL.
 */
bool fence_next(struct span *rest, struct span *ret_info, struct buf *out);

#endif
