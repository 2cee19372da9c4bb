/*
 * "atllama compact": rewrites what is saved without what is no longer needed.
 */
#ifndef ATL_APP_COMPACT_H
#define ATL_APP_COMPACT_H

#include "app/app.h"

/* ST_DAMAGED when a conversation was left alone because it is damaged. */
enum status compact_saved(struct app *app, struct err *err);

#endif
