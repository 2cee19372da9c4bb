/*
 * The connection is opened while the user types: when the prompt has stood for
 * a moment, the endpoint is asked for its models. That costs it nothing, and
 * the question that follows finds DNS, TCP and TLS done. The list tells the
 * window as well, and the names for completion.
 *
 * Of a pool it is the endpoint that would be asked next.
 *
 * Asked once, and again when a line is begun after a long silence, which ends
 * kept connections. Failures are not told: the question will meet them.
 *
 * A server of one's own whose list does not tell the window that it runs with
 * is asked for that too, at its own place (wire/window): once, and once more
 * behind the first answer, for servers that load a model with it.
 */
#ifndef ATL_APP_WARM_H
#define ATL_APP_WARM_H

#include <stdint.h>

#include "app/app.h"

struct rest;

struct warm {
	struct app *app;
	const struct app_agent
		*agent; /* whose endpoint it is about; NULL: none */
	struct agent at; /* that agent there; borrows from it */
	size_t stop; /* of its pool */
	const struct secret *key;
	struct buf url; /* of the endpoint that was warmed last */
	struct rest *listing; /* under way, or NULL */
	struct rest *probe; /* the same, for the window */
	enum window_server server; /* that is asked for it */
	int probes; /* of this endpoint */
	int64_t at_ms; /* monotonic; when to ask; -1: not now */
	int64_t used_ms; /* when the connection was last used; -1: never */
};

void warm_init(struct warm *w, struct app *app);
void warm_release(struct warm *w);
/* Gives up what is under way, before an agent is put together again: a request
 * borrows from it. */
void warm_drop(struct warm *w);

/* The prompt of this agent stands. `last` is the origin of the endpoint that
 * answered the conversation before, or empty. */
void warm_prompt(
	struct warm *w, const struct app_agent *agent, struct span last);
/* Something was typed. */
void warm_typed(struct warm *w);
/* The endpoint has answered a question. */
void warm_used(struct warm *w);

/* -1: no timeout. */
int warm_timeout_ms(const struct warm *w);
/* After each http_step(), and when the timeout has passed. */
void warm_step(struct warm *w);

#endif
