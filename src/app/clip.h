/*
 * The clipboard, written to on the user's request and never read.
 *
 * Tried in this order: the terminal (OSC 52) where it is known to accept that;
 * the programs of the desktop session, or tmux, which passes its buffer on; the
 * terminal where nothing speaks against it. A terminal never confirms, which
 * the user is told.
 */
#ifndef ATL_APP_CLIP_H
#define ATL_APP_CLIP_H

#include "base/buf.h"
#include "base/err.h"

/* Bytes that go through a terminal: 100,000 as base64, the limit of the
 * strictest common one. */
#define CLIP_TERMINAL_MAX ((size_t)74994)

/*
 * Appends to `told` how it went, as the end of a sentence ("through wl-copy").
 * ST_NOT_FOUND, with the next step, when there is no way.
 */
enum status clip_put(struct span text, struct buf *told, struct err *err);

#endif
