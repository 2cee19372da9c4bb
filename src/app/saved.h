/*
 * What the verbs about saved conversations share: opening the store, finding a
 * conversation, and writing output. They never make a vault.
 */
#ifndef ATL_APP_SAVED_H
#define ATL_APP_SAVED_H

#include "app/app.h"
#include "chat/conv.h"

struct catalog_entry;
struct session;

/* Opens app->storage unless it is open. ST_NOT_FOUND when nothing was ever
 * saved. */
enum status saved_open(struct app *app, struct err *err);
/* Tells the catalog's notices, such as that files are missing. */
void saved_tell(const struct app *app);
/*
 * Finds a conversation by its id, the beginning of one, or its title; with
 * --last and an empty `what` the latest. Borrowed from the catalog.
 */
enum status saved_find(struct app *app, struct span what,
	const struct catalog_entry **ret, struct err *err);
/* Reads a conversation. Damage is told at once and sets *ret_damaged. The
 * caller frees *ret with session_free(). */
enum status saved_load(struct app *app, const struct id *id,
	struct session **ret, bool *ret_damaged, struct err *err);
/* The status of a verb that has shown what is left of a damaged
 * conversation. */
enum status saved_damaged(struct err *err);

/* Writes to standard output and empties *out; a reader that has gone is no
 * error. */
enum status saved_write(struct buf *out, struct err *err);

/* Asks a question on the terminal; --yes answers it. ST_FAIL without a clear
 * yes, ST_USAGE without a terminal. */
enum status saved_confirm(
	const struct app *app, const char *question, struct err *err);

#endif
