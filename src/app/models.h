/*
 * The models an endpoint lists: "atllama models", and /models in a chat.
 */
#ifndef ATL_APP_MODELS_H
#define ATL_APP_MODELS_H

#include "app/app.h"

/* The endpoint's list for people or as JSON; a word of the verb picks those
 * with it in their name. */
enum status models_run(struct app *app, struct err *err);

struct rest;

/* Asks for the list and waits until *ret has ended, for listing_read(); the
 * caller frees it. ST_STOPPED after Ctrl-C. */
enum status models_fetch(struct app *app, const struct agent *agent,
	const struct secret *key, struct rest **ret, struct err *err);
/* Does that for an agent, if its endpoint has a list. What comes is kept
 * in app->known. ST_NOT_FOUND when the endpoint lists none. */
enum status models_ask(
	struct app *app, const struct app_agent *a, struct err *err);

/* Appends a line for each model that has `word` (may be empty) in its name; the
 * one that is asked is marked. Needs models_ask() before. */
void models_lines(struct app *app, const struct app_agent *a, struct span word,
	struct buf *out);

#endif
