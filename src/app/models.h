/*
 * The models an endpoint lists: "atllama models", and /models in a chat.
 */
#ifndef ATL_APP_MODELS_H
#define ATL_APP_MODELS_H

#include "app/app.h"

/* Prints the endpoint's list, for people or as JSON; a word behind the verb
 * selects the models with it in their name. */
enum status models_run(struct app *app, struct err *err);

struct rest;

/* Asks for the list and waits until the request has ended. *ret is for
 * listing_read(), and the caller frees it. ST_STOPPED after Ctrl-C. */
enum status models_fetch(struct app *app, const struct agent *agent,
	const struct secret *key, struct rest **ret, struct err *err);
/* Asks for the lists of an agent, at each endpoint of its pool, and keeps them
 * in app->known. ST_NOT_FOUND when none lists models. An endpoint of a pool
 * that fails is told when others do not. */
enum status models_ask(
	struct app *app, const struct app_agent *a, struct err *err);

/* What is known of the agent's model, without asking: whether an endpoint lists
 * it. If none does, appends a sentence about that, filtered. */
enum models_word { MODELS_LISTED, MODELS_OTHER, MODELS_UNSEEN };
enum models_word models_check(
	struct app *app, const struct app_agent *a, struct buf *out);

/* Appends a line for each model with `word` (may be empty) in its name; the
 * chosen one is marked. Call models_ask() first. */
void models_lines(struct app *app, const struct app_agent *a, struct span word,
	struct buf *out);

#endif
