/*
 * The clipboard, written to on the user's request and never read.
 *
 * The ways, in this order: the terminal (OSC 52) where it is known to take it;
 * the programs of the desktop session this is, or tmux, which hands its buffer
 * on; and the terminal where nothing speaks against it. A terminal never says
 * whether it took it, which the user is told.
 */
#ifndef ATL_APP_CLIP_H
#define ATL_APP_CLIP_H

#include "base/buf.h"
#include "base/err.h"

/* Bytes that go through a terminal: 100,000 as base64, what the strictest of
 * the common ones take. */
#define CLIP_TERMINAL_MAX ((size_t)74994)

/*
 * Appends to `told` the way it went, as the end of a sentence ("through
 * wl-copy"). ST_NOT_FOUND, with the next step, when there is none.
 */
enum status clip_put(struct span text, struct buf *told, struct err *err);

#endif
