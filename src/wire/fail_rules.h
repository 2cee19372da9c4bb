/*
 * What a failure is, by its status and by the words in it: the tables of texts
 * that endpoints are known to answer with. Belongs to wire/fail.
 *
 * `hay` is the text of a body in lower case, as fail_hay makes it; `http` is 0
 * when an error came inside a good response and names no status.
 */
#ifndef ATL_WIRE_FAIL_RULES_H
#define ATL_WIRE_FAIL_RULES_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "chat/event.h"

/* Sets status, quota, retry, window and prompt_tokens. */
void fail_rules(struct failure *f, int http, struct span hay, bool empty);
/* The name of a request field that the text refuses, NULL for none. `param`
 * is the field that the body names by itself, or empty. */
const char *fail_refused_field(struct span param, struct span hay);

#endif
