/*
 * Classifies a failure by its status and the words in it, with tables of texts
 * that endpoints are known to send. Belongs to wire/fail.
 *
 * `hay` is the text of a body in lower case, as made by fail_hay(); `http` is 0
 * when the error came in a successful response and names no status.
 */
#ifndef ATL_WIRE_FAIL_RULES_H
#define ATL_WIRE_FAIL_RULES_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "chat/event.h"

/* Sets status, quota, retry, window and prompt_tokens. */
void fail_rules(struct failure *f, int http, struct span hay, bool empty);
/* The request field that the text refuses; NULL: none. `param` is the field
 * that the body names as a value of its own, or empty. */
const char *fail_refused_field(struct span param, struct span hay);

#endif
