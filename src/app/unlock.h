/*
 * Asking for the passphrase of the saved conversations, for the one-shot
 * answer and for the chat alike.
 */
#ifndef ATL_APP_UNLOCK_H
#define ATL_APP_UNLOCK_H

#include <stdbool.h>

#include "app/app.h"
#include "base/secret.h"

/* Whether there is somebody, or --passphrase-fd, to ask. */
bool unlock_can_ask(const struct app *app);
/* The pass callback of storage_options; the payload is the app. */
enum status unlock_ask(enum storage_ask purpose, struct secret *ret,
	void *payload, struct err *err);
/* The notice callback. */
void unlock_notice(const char *text, void *payload);

/* A new passphrase, typed twice. *done: both were the same and long enough, or
 * nothing was typed, which leaves *ret empty; else the user was told why not. */
enum status unlock_ask_twice(
	const char *question, struct secret *ret, bool *done, struct err *err);
/* What the arguments say of how to open it. */
struct storage_options unlock_options(struct app *app);

/*
 * Opens app->storage unless it is open or --private was given. A home that
 * cannot be written is a warning and leaves it closed, unless --strict; a wrong
 * passphrase and damage are always failures.
 */
enum status unlock_storage(struct app *app, struct err *err);
/* Whether a failure to open means that the answer is given unsaved. */
bool unlock_may_go_on(const struct app *app, enum status st);

#endif
