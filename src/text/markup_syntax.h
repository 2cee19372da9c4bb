/*
 * Recognises pieces of Markdown by their bytes alone. Each function looks at
 * the beginning of s. Private to the Markdown renderer; pure.
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

/* "&amp;" or "&#10;": its length and the character it stands for. Of the named
 * ones, those that occur in prose. */
enum syntax syntax_entity(struct span s, size_t *ret_len, uint32_t *ret_cp);

/* "<https://host>" or "<user@host>", with the brackets. */
enum syntax syntax_autolink(struct span s, size_t *ret_len);

/*
 * "https://host/path" or "http://..." in running text, after GitHub's extended
 * autolinks: it ends at a blank or "<", here also at marks that no address has
 * and at characters two columns wide, and without the punctuation behind it.
 * final: the text ends with s.
 */
enum syntax syntax_url(struct span s, bool final, size_t *ret_len);
/* Whether an address may begin behind this character (blank: the start of a
 * line). */
bool syntax_url_may_begin(uint32_t before);
/* Whether the character may be inside an address. */
bool syntax_url_goes_on(uint32_t cp);

/* An HTML tag, open or closing. */
enum syntax syntax_tag(struct span s, size_t *ret_len);

/* What follows "[text]": "(address "title")". Offsets into s. */
struct syntax_target {
	size_t from; /* the address */
	size_t to;
	size_t end; /* behind the ")" */
};

enum syntax syntax_target(struct span s, struct syntax_target *ret);

#endif
