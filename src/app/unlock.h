/*
 * Opening the saved conversations, with a question for the passphrase where
 * that is needed.
 */
#ifndef ATL_APP_UNLOCK_H
#define ATL_APP_UNLOCK_H

#include <stdbool.h>

#include "app/app.h"
#include "base/secret.h"

/* Whether a passphrase can be had: from somebody at a terminal or by
 * --passphrase-fd. */
bool unlock_can_ask(const struct app *app);
/* The pass callback of storage_options; the payload is the app. */
enum status unlock_ask(enum storage_ask purpose, struct secret *ret,
	void *payload, struct err *err);
/* The notice callback. */
void unlock_notice(const char *text, void *payload);

/* Asks for a new passphrase, twice. *done: both were the same and long enough,
 * or nothing was typed, which leaves *ret empty; otherwise the user was told
 * what is wrong. */
enum status unlock_ask_twice(
	const char *question, struct secret *ret, bool *done, struct err *err);
/* The options of opening that follow from the arguments. */
struct storage_options unlock_options(struct app *app);

/*
 * Opens app->storage unless it is open or --private was given. A home that
 * cannot be written is told and leaves the storage closed, unless --strict; a
 * wrong passphrase and damage are always failures.
 */
enum status unlock_storage(struct app *app, struct err *err);
/* Whether anything was saved here before; makes nothing. */
bool unlock_has_vault(struct app *app);
/* Whether, after this failure to open, the answer is given unsaved. */
bool unlock_may_go_on(const struct app *app, enum status st);

#endif
