/*
 * Finds sentences in what a server says when it fails, and patterns in them.
 * Belongs to wire/fail.
 */
#ifndef ATL_WIRE_FAIL_TEXT_H
#define ATL_WIRE_FAIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "wire/json.h"

/* Bytes of a page's text that are shown behind its title. */
#define FAIL_PAGE_MAX ((size_t)200)

/* Appends the sentence and the code of a JSON body, by the tables in the .c. */
void fail_json(const struct json *root, struct buf *text, struct buf *code);
/* Appends the title of a web page and the beginning of its text, without
 * markup. */
void fail_page(struct span html, struct buf *text);
/* Appends the first line that is not blank. */
void fail_plain(struct span s, struct buf *text);
/* A member by path: "error.metadata.raw", "errors.0.message". */
const struct json *fail_at(const struct json *root, const char *path);

/* Appends every string below j, in lower case, a line each. */
void fail_hay(const struct json *j, struct buf *out);
void fail_lower(struct span s, struct buf *out);

/*
 * Looks for a pattern in lower-case text. '*' stands for up to 200 bytes, '#'
 * for a number ("128000", "128,000"), the first of which goes to *ret_number
 * (may be NULL). Everything else is literal.
 */
bool fail_match(struct span hay, const char *pattern, int64_t *ret_number);

#endif
