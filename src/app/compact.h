/*
 * "atllama compact": what is saved, without dead weight.
 */
#ifndef ATL_APP_COMPACT_H
#define ATL_APP_COMPACT_H

#include "app/app.h"

/* ST_DAMAGED when a conversation was left alone for that. */
enum status compact_saved(struct app *app, struct err *err);

#endif
