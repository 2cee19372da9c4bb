/*
 * A conversation as a page of HTML that acts on nothing: no scripts, no images
 * and nothing else is loaded, which a content security policy says too.
 *
 * Replies are rendered from Markdown, what the user said is shown as it is. Raw
 * HTML in a text is text. Links go to http and https only, with their address
 * shown beside them when it is not what the text says; images become links.
 * What text/safe makes visible is visible here as well. html.c is the only user
 * of md4c.
 */
#ifndef ATL_APP_HTML_H
#define ATL_APP_HTML_H

#include "base/err.h"
#include "chat/conv.h"

/* Appends a whole page. */
enum status html_page(const struct conv *c, struct msg *const *path, size_t n,
	struct buf *out, struct err *err);
/* Appends a text as it is, for an element or an attribute in quotes. */
void html_escape(struct span s, struct buf *out);
/* Appends what a text in Markdown renders to. */
enum status html_markdown(struct span text, struct buf *out, struct err *err);

#endif
