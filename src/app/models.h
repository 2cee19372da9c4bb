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
/* Does that for an agent, at each endpoint of its pool, if they have a list. What
 * comes is kept in app->known. ST_NOT_FOUND when the endpoint lists none; an
 * endpoint of a pool that fails is told when others do not. */
enum status models_ask(
	struct app *app, const struct app_agent *a, struct err *err);

/* What is known of the agent's model, without asking anybody: whether an
 * endpoint lists it. Unless one does, a sentence is appended, filtered. */
enum models_word { MODELS_LISTED, MODELS_OTHER, MODELS_UNSEEN };
enum models_word models_check(
	struct app *app, const struct app_agent *a, struct buf *out);

/* Appends a line for each model that has `word` (may be empty) in its name; the
 * one that is asked is marked. Needs models_ask() before. */
void models_lines(struct app *app, const struct app_agent *a, struct span word,
	struct buf *out);

#endif
