/*
 * "atllama verify": whether what is saved is sound.
 */
#ifndef ATL_APP_VERIFY_H
#define ATL_APP_VERIFY_H

#include "app/app.h"

/* ST_DAMAGED when it is not; each fault has been told then. */
enum status verify_saved(struct app *app, struct err *err);

#endif
