/*
 * "atllama presets": the hosts and servers that are known by name.
 */
#ifndef ATL_APP_PRESETS_H
#define ATL_APP_PRESETS_H

#include "app/app.h"

/* All of them, or the one the verb names, for people or as JSON. */
enum status presets_run(struct app *app, struct err *err);

/* The advice for a URL whose host some preset knows to be gone; empty when
 * there is none. Appends one sentence. */
void presets_advice(struct app *app, const char *url, struct buf *out);

#endif
