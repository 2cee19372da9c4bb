/*
 * Opens the connection while the user types: when the prompt has stood for a
 * moment, the endpoint is asked for its models. That costs it nothing, and the
 * question that follows finds DNS, TCP and TLS done. The list also tells the
 * window, and the names for completion.
 *
 * Of a pool, the endpoint is warmed that would be asked next.
 *
 * It is asked once, and again when a line is begun after a long silence, which
 * ends kept connections. Failures are not told: the question will meet them.
 *
 * A local server whose list does not tell the window that it runs with is asked
 * for that too, at a place of its own (wire/window): once, and once more after
 * the first answer, for servers that load a model with it.
 */
#ifndef ATL_APP_WARM_H
#define ATL_APP_WARM_H

#include <stdint.h>

#include "app/app.h"

struct rest;

struct warm {
	struct app *app;
	const struct app_agent
		*agent; /* whose endpoint is warmed; NULL: none */
	struct agent at; /* the agent at that endpoint; borrows from `agent` */
	size_t stop; /* its place in the pool */
	const struct secret *key;
	struct buf url; /* endpoint that was warmed last */
	struct rest *listing; /* request for the list, or NULL */
	struct rest *probe; /* request for the window, or NULL */
	enum window_server server; /* kind of server that is asked for it */
	int probes; /* probes of this endpoint so far */
	int64_t at_ms; /* when to ask, monotonic; -1: not at all */
	int64_t used_ms; /* last use of the connection, monotonic; -1: never */
};

void warm_init(struct warm *w, struct app *app);
void warm_release(struct warm *w);
/* Cancels requests under way, before an agent is made anew: a request borrows
 * from it. */
void warm_drop(struct warm *w);

/* The prompt is shown, for this agent. `last` is the origin of the endpoint
 * that answered the conversation before, or empty. */
void warm_prompt(
	struct warm *w, const struct app_agent *agent, struct span last);
/* Something was typed. */
void warm_typed(struct warm *w);
/* The list of models is wanted; asks for it unless that is under way. */
void warm_list(struct warm *w);
/* The endpoint has answered a question. */
void warm_used(struct warm *w);

/* Time until warm_step() has something to do; -1: no timeout. */
int warm_timeout_ms(const struct warm *w);
/* Call after each http_step() and when the timeout has passed. */
void warm_step(struct warm *w);

#endif
