/*
 * "atllama key": the secrets that open the saved conversations, and API keys
 * kept with them.
 */
#ifndef ATL_APP_KEY_H
#define ATL_APP_KEY_H

#include "app/app.h"

/* Gets an API key from the vault; a callback of struct keys, with the app as
 * payload. Opens app->storage or, with --private, the store for this once. */
enum status key_from_vault(
	const char *name, struct secret *ret, void *payload, struct err *err);
enum status key_run(struct app *app, struct err *err);
/* Does what "atllama key lock" does and tells it. *ret_locked: whoever opens
 * the vault next will be asked; where there is a key file, nobody is. */
enum status key_lock_now(struct app *app, bool *ret_locked, struct err *err);

#endif
