/*
 * The words behind a command of the chat, separated as a shell does it: by
 * blanks, unless these stand in "..." or '...' or behind a backslash.
 */
#ifndef ATL_APP_ARGWORD_H
#define ATL_APP_ARGWORD_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/* Takes the next word off *rest and appends it to out. False when there is none
 * left. An unclosed quote ends with the text. */
bool argword_next(struct span *rest, struct buf *out);
/* The same for a path, with a leading ~/ replaced by the home. ST_NOT_FOUND
 * without a message when there is no word left. */
enum status argword_path(struct span *rest, struct buf *out, struct err *err);
/* Appends the path with a leading ~/ replaced by the home. */
enum status argword_home(struct span path, struct buf *out, struct err *err);
/* Appends the word so that argword_next() reads it back. */
void argword_put(struct span word, struct buf *out);

#endif
