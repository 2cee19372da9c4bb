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
 * Looks for the next block in *rest, which goes on behind it. True: *ret_info
 * (borrowed from the text; may be NULL) is what stands behind the opening
 * fence, and the code was appended to out, if that is not NULL.
 */
bool fence_next(struct span *rest, struct span *ret_info, struct buf *out);

#endif
