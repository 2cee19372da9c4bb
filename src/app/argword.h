/*
 * The words behind a command of the chat, as a shell would part them: blanks
 * separate, "..." and '...' keep them together, and so does a backslash.
 */
#ifndef ATL_APP_ARGWORD_H
#define ATL_APP_ARGWORD_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/* Appends the next word to out and takes it off *rest. False when there is
 * none left. A quote that is not closed ends with the text. */
bool argword_next(struct span *rest, struct buf *out);
/* The same for a path, in which a leading ~/ is the home. ST_NOT_FOUND without
 * a message when there is no word left. */
enum status argword_path(struct span *rest, struct buf *out, struct err *err);
/* Appends a path as it is opened: ~/ is the home. */
enum status argword_home(struct span path, struct buf *out, struct err *err);
/* Appends the word so that argword_next() reads it back. */
void argword_put(struct span word, struct buf *out);

#endif
