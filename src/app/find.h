/*
 * Search in saved conversations: `atllama search` and /search.
 */
#ifndef ATL_APP_FIND_H
#define ATL_APP_FIND_H

#include "app/app.h"

/* The verb. ST_NOT_FOUND without a message when nothing matches. */
enum status find_run(struct app *app, struct err *err);
/* The same for words typed in the chat, with quotes around phrases: prints at
 * most `max` results as text. *ret_n is how many there were. */
enum status find_words(struct app *app, struct span words, size_t max,
	size_t *ret_n, struct err *err);

#endif
