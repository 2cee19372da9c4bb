/*
 * Pieces of Markdown that can be told by looking at the bytes alone. Each
 * function looks at the beginning of s. Inside of the Markdown renderer; pure.
 */
#ifndef ATL_TEXT_MARKUP_SYNTAX_H
#define ATL_TEXT_MARKUP_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum syntax {
	SYNTAX_NO = 0,
	SYNTAX_YES,
	SYNTAX_MORE, /* s ends inside what may be one */
};

/* "&amp;" or "&#10;": its bytes and the character it stands for. Of the named
 * ones those that are met in prose. */
enum syntax syntax_entity(struct span s, size_t *ret_len, uint32_t *ret_cp);

/* "<https://host>" or "<user@host>", with the brackets. */
enum syntax syntax_autolink(struct span s, size_t *ret_len);

/* An HTML tag, open or closing. */
enum syntax syntax_tag(struct span s, size_t *ret_len);

/* What stands behind "[text]": "(address "title")". Offsets into s. */
struct syntax_target {
	size_t from; /* the address */
	size_t to;
	size_t end; /* behind the ")" */
};

enum syntax syntax_target(struct span s, struct syntax_target *ret);

#endif
