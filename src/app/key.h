/*
 * "atllama key": the secrets that open the saved conversations, and API keys
 * kept with them.
 */
#ifndef ATL_APP_KEY_H
#define ATL_APP_KEY_H

#include "app/app.h"

enum status key_run(struct app *app, struct err *err);

#endif
