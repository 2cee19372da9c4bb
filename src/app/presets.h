/*
 * "atllama presets": the hosts and servers that are known by name.
 */
#ifndef ATL_APP_PRESETS_H
#define ATL_APP_PRESETS_H

#include "app/app.h"

/* Prints all of them, or the one that is named, for people or as JSON. */
enum status presets_run(struct app *app, struct err *err);

/* Appends what is advised instead of a host that a preset knows to be gone: one
 * sentence, or nothing. */
void presets_advice(struct app *app, const char *url, struct buf *out);

#endif
