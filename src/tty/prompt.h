/*
 * The prompt of the input line, and the positions of prompt and line on the
 * screen.
 *
 * Pure. Readline wants what takes no room between \001 and \002.
 */
#ifndef ATL_TTY_PROMPT_H
#define ATL_TTY_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "tty/edit.h"

/* Appends the pieces, with SGR around them if styled. */
void prompt_make(const struct edit_piece *pieces, size_t n, bool styled,
	enum term_colour colour, enum term_background background,
	struct buf *out);

/* The row of the cursor behind prompt and text on a screen of that width,
 * counted from the prompt's own row, as readline draws them. *ret_filled: the
 * text ends at the right edge, and the row is a new one below it. */
int prompt_row(
	struct span prompt, struct span text, int columns, bool *ret_filled);

/* Offset of the same column in the logical line before the one at `at`, or
 * behind it (forward); false when there is none. */
bool prompt_move(struct span text, size_t at, bool forward, size_t *ret_at);

/* Whether the terminal breaks long lines anew when its width changes. Most do;
 * xterm and the Linux console cut them. */
bool prompt_reflows(void);

#endif
