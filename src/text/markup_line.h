/*
 * Tells the kind of a line from its beginning. Private to the Markdown
 * renderer.
 */
#ifndef ATL_TEXT_MARKUP_LINE_H
#define ATL_TEXT_MARKUP_LINE_H

#include "text/markup_priv.h"

enum line_kind {
	KIND_NONE = 0,
	KIND_MORE, /* the next character will tell */
	KIND_BLANK,
	KIND_PARA,
	KIND_HEAD,
	KIND_RULE,
	KIND_FENCE,
	KIND_FENCE_END,
	KIND_CODE, /* a line inside a fence */
	KIND_INDENTED, /* a line of indented code */
	KIND_ROW, /* begins with "|" */
	KIND_ITEM, /* nothing behind the marks of new containers */
};

/* Containers that one line may open. */
#define BLOCK_OPENED 8

struct line_look {
	bool final; /* the line has no more characters */
	size_t at; /* where its content begins */
	size_t pad; /* columns of a tab that belong to the content */
	size_t matched; /* open containers that continue */
	bool lazy; /* a paragraph continues without their marks */
	struct container opened[BLOCK_OPENED];
	size_t n_opened;
	int level; /* of a heading */
	char fence;
	size_t fence_len;
	size_t fence_indent;
	int inner; /* inside a fence: another one opens (1) or ends (-1) */
};

/* Looks at the line so far; *ret is only valid when it is not KIND_MORE. */
enum line_kind line_look_at(const struct markup *m, struct span line,
	bool final, struct line_look *ret);

#endif
