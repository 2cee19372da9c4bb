/*
 * The words in a script of atl-pty: texts with escapes, sizes, times, and names
 * of signals.
 */
#ifndef ATL_TESTS_TOOL_PTY_WORDS_H
#define ATL_TESTS_TOOL_PTY_WORDS_H

#include <stdbool.h>

#include "base/buf.h"

/* The number of a signal such as "INT"; 0 for an unknown name. */
int words_signal(struct span name);
/* Puts the text without its escapes into out; false for an unknown escape. */
bool words_unescape(struct span in, struct buf *out);
/* Reads "80x24". */
bool words_size(struct span s, int *columns, int *rows);
/* Reads milliseconds, 10 minutes at most. */
bool words_ms(struct span s, int *ms);

#endif
