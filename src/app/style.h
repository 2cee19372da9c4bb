/*
 * Communication styles: short texts added to an agent's system prompt, the
 * user's own in $XDG_CONFIG_HOME/atllama/styles before those that come with the
 * program.
 */
#ifndef ATL_APP_STYLE_H
#define ATL_APP_STYLE_H

#include "base/buf.h"
#include "base/err.h"

/* Appends the text of the style. ST_USAGE, with the styles there are, when
 * there is none of that name. */
enum status style_read(const char *name, struct buf *out, struct err *err);
/* Appends the names, one a line, each once, in order. */
enum status style_names(struct buf *out, struct err *err);

#endif
