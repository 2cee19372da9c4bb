/*
 * The debug log. Off unless a sink is set; one event is one line. It never has
 * a secret or the text of a conversation. Set the sink once, before threads
 * start.
 */
#ifndef ATL_BASE_LOG_H
#define ATL_BASE_LOG_H

#include <stdbool.h>

#include "base/attr.h"

/* `line` has no newline and may hold foreign bytes: the sink filters them. */
typedef void log_fn(const char *line, void *payload);

void log_to(log_fn *fn, void *payload);
bool log_on(void);
void log_debug(const char *fmt, ...) ATTR_PRINTF(1, 2);

#endif
