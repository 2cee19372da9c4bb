/*
 * Runs the user's editor on a text: $VISUAL, $EDITOR or vi.
 *
 * The file is alone in a folder made for it (0700) below $XDG_RUNTIME_DIR,
 * $TMPDIR or /tmp, so that what an editor puts beside it (swap, backup) goes
 * away with it. Whatever is left there is overwritten and removed afterwards.
 */
#ifndef ATL_TTY_EDITOR_H
#define ATL_TTY_EDITOR_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

/* Runs the editor and replaces the content of *text by what it left, less one
 * newline at the end. On failure, also when the editor reports one, text is
 * unchanged. */
enum status editor_run(struct buf *text, struct err *err) ATTR_MUST_CHECK;

#endif
