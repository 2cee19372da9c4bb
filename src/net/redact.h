/*
 * What may appear in a log of a request. Names decide: a header that speaks of
 * a key, a token, a secret, a password, a cookie or authorization is shown
 * without its value, and so are the query of a URL and any line with the key
 * itself.
 */
#ifndef ATL_NET_REDACT_H
#define ATL_NET_REDACT_H

#include <stdbool.h>

#include "base/buf.h"

/* Whether a header of this name carries something secret. */
bool redact_is_secret(struct span name);

/*
 * Appends one line of debug output without its secrets: "name: value",
 * "[name: value]" as libcurl shows HTTP/2, a request line, or any text. `key`
 * may be empty. Control characters become spaces.
 */
void redact_line(struct span line, struct span key, struct buf *out);

#endif
