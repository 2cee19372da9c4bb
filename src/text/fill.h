/*
 * Sentences of our own in lines of a width, broken between words.
 *
 * A word is never taken apart: a path or an address that is too long is left to
 * the terminal, so that it can be copied. Where a script puts no blanks, lines
 * break between its characters. Pure; fit for threads.
 */
#ifndef ATL_TEXT_FILL_H
#define ATL_TEXT_FILL_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Appends a line that text/safe has made one. It begins at column `at` (from
 * 0); further lines begin with `indent` blanks. width 0, or one that leaves no
 * room: nothing is broken. No line feed at the end.
 */
void fill_line(struct span line, size_t width, size_t at, size_t indent,
	struct buf *out);

/*
 * Appends lines, of which those that are too long go on below their last column
 * (what stands behind two blanks or more), or near the margin where that leaves
 * too little room. The others stay as they are. A line feed ends each. Styles
 * (SGR) may stand in them.
 */
void fill_rows(struct span text, size_t width, struct buf *out);

/*
 * Lines that come piece by piece, in whole characters that text/safe has let
 * through. Here a word that is longer than a line is broken, but for addresses.
 * The result does not depend on how the text is cut; near the end of a line a
 * word is held back. fill_finish() gives what is held, and the next text begins
 * a line. Width 0: nothing is broken.
 */
struct fill;

struct fill *fill_new(size_t width);
void fill_free(struct fill *f);
void fill_resize(struct fill *f, size_t width);
void fill_feed(struct fill *f, struct span text, struct buf *out);
void fill_finish(struct fill *f, struct buf *out);

#endif
