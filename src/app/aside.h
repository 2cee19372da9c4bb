/*
 * A question that the program itself asks an agent, beside the conversation:
 * nothing of it is shown or saved, and Ctrl-C ends it.
 */
#ifndef ATL_APP_ASIDE_H
#define ATL_APP_ASIDE_H

#include "app/app.h"

/*
 * Asks, waits, and appends the answer to *out; signals and the guide are served
 * meanwhile. The agent is asked without its system prompt, at its own
 * temperature, for `tokens` at most. ST_STOPPED without a message when the user
 * stopped it; ST_SERVER when the answer is empty.
 */
enum status aside_ask(struct app *app, struct app_agent *agent,
	struct span question, int64_t tokens, struct buf *out, struct err *err);

/*
 * Tests whether this endpoint and this model answer at all, by asking once for
 * one token. *ret_model is the model that answered, or stays empty.
 */
enum status aside_try(struct app *app, const struct agent *agent,
	const struct secret *key, struct buf *ret_model, struct err *err);

#endif
