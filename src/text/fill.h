/*
 * Fills our own sentences into lines of a width, broken between words.
 *
 * A word is never split: a path or an address that is too long is left to the
 * terminal, so that it can be copied. In scripts without blanks, lines break
 * between characters. Pure; fit for threads.
 */
#ifndef ATL_TEXT_FILL_H
#define ATL_TEXT_FILL_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Appends a line that text/safe has made one. It begins at column `at` (from
 * 0); further lines begin with `indent` blanks. width 0, or one without room:
 * nothing is broken. No newline at the end.
 */
void fill_line(struct span line, size_t width, size_t at, size_t indent,
	struct buf *out);

/*
 * Appends lines. One that is too long continues below its last column (what
 * follows two blanks or more), or near the margin when that leaves too little
 * room; the others stay as they are. Each ends with a newline. Styles (SGR) may
 * be in them.
 */
void fill_rows(struct span text, size_t width, struct buf *out);

/*
 * For lines that come piece by piece, in whole characters that text/safe has
 * let through. Here a word that is longer than a line is broken, unless it is
 * an address. The result does not depend on how the text is cut; near the end
 * of a line a word is held back. fill_finish() gives what is held, and the next
 * text begins a line. Width 0: nothing is broken.
 */
struct fill;

struct fill *fill_new(size_t width);
void fill_free(struct fill *f);
void fill_resize(struct fill *f, size_t width);
void fill_feed(struct fill *f, struct span text, struct buf *out);
void fill_finish(struct fill *f, struct buf *out);

#endif
