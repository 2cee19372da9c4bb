/*
 * "atllama key": the secrets that open the saved conversations, and API keys
 * kept with them.
 */
#ifndef ATL_APP_KEY_H
#define ATL_APP_KEY_H

#include "app/app.h"

/* The key of that name in the vault, for struct keys; the payload is the app.
 * Opens app->storage, or with --private something of its own. */
enum status key_from_vault(
	const char *name, struct secret *ret, void *payload, struct err *err);
enum status key_run(struct app *app, struct err *err);
/* What "atllama key lock" does, with its words for the user. *ret_locked: the
 * next who opens it will be asked; a key file opens it without a question. */
enum status key_lock_now(struct app *app, bool *ret_locked, struct err *err);

#endif
