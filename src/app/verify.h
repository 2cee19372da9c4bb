/*
 * "atllama verify": whether what is saved is sound.
 */
#ifndef ATL_APP_VERIFY_H
#define ATL_APP_VERIFY_H

#include "app/app.h"

/* Verifies and tells each fault. ST_DAMAGED when there is one. */
enum status verify_saved(struct app *app, struct err *err);

#endif
