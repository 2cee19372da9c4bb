/*
 * A conversation as an HTML page that does nothing by itself: no scripts, no
 * images, nothing that is loaded, which its content security policy states too.
 *
 * Replies are rendered from Markdown; what the user said is shown as it is. Raw
 * HTML in a text stays text. Links go to http and https only, with the address
 * beside them unless it is their text; images become links. What text/safe
 * makes visible is visible here too. html.c is the only user of md4c.
 */
#ifndef ATL_APP_HTML_H
#define ATL_APP_HTML_H

#include "base/err.h"
#include "chat/conv.h"

/* Appends a whole page. */
enum status html_page(const struct conv *c, struct msg *const *path, size_t n,
	struct buf *out, struct err *err);
/* Appends a text, escaped for an element or a quoted attribute. */
void html_escape(struct span s, struct buf *out);
/* Appends the HTML of a text in Markdown. */
enum status html_markdown(struct span text, struct buf *out, struct err *err);

#endif
