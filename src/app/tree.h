/*
 * The tree of a conversation, drawn for a terminal.
 */
#ifndef ATL_APP_TREE_H
#define ATL_APP_TREE_H

#include <stdbool.h>

#include "base/buf.h"
#include "chat/branch.h"

/* Runs of a tree that are drawn: of more, the last ones, and how many are left
 * out is told. */
#define TREE_LINES_MAX ((size_t)500)

/*
 * Appends a line for each run: a star where the conversation stands, the number
 * of the thread, the tree, who begins the run with which words, how many
 * messages it has, and the thread's name. Filtered; no line is longer than
 * `width` columns (at least 40). `ascii`: no line-drawing characters.
 */
void tree_draw(
	const struct branches *b, size_t width, bool ascii, struct buf *out);

#endif
