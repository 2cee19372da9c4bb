/*
 * The address of a link as a reader must see it (the text of a link is the
 * model's; where it leads is shown beside it).
 *
 * Looked at the way browsers do (WHATWG URL): for http, https, ftp, ws and wss
 * backslashes are slashes, what is before the last "@" is no host, and the
 * host may be written with percent signs. The address itself is never
 * shortened; what could mislead is said behind it:
 *
 *   https://xn--pple-43d.com/           the host in ASCII (IDNA 2008, UTS 46)
 *   https://bank.com@x.org/ [host: x.org]
 *   https://x.org/?q=... [query of 812 bytes]
 *
 * The conversion is libidn2's: it decides as libcurl does, and libcurl has
 * loaded it anyway. Pure; fit for threads.
 */
#ifndef ATL_TEXT_LINK_H
#define ATL_TEXT_LINK_H

#include <stdbool.h>

#include "base/buf.h"

/* Bytes of a query; a longer one is pointed out, as it may carry what was said
 * in the chat. */
#define LINK_QUERY 128
/* Bytes of a host; a longer one is not valid (RFC 1035: 253 characters), with
 * room for UTF-8. */
#define LINK_HOST 1024

/* Appends the address, not filtered for a terminal. */
void link_show(struct span address, struct buf *out);
/* Whether link_show() changes it or says something about it. */
bool link_is_odd(struct span address);

#endif
