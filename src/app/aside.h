/*
 * A question of the program's own to the agent, beside the conversation: nothing
 * of it is shown or saved, and Ctrl-C ends it.
 */
#ifndef ATL_APP_ASIDE_H
#define ATL_APP_ASIDE_H

#include "app/app.h"

/*
 * Appends the answer to *out. `tokens` limits it; the agent is asked without its
 * system prompt and at its own temperature. Waits for the end, with signals and
 * the guide served meanwhile. ST_STOPPED without a message when the user stopped
 * it; ST_SERVER when the answer is empty.
 */
enum status aside_ask(struct app *app, struct app_agent *agent,
	struct span question, int64_t tokens, struct buf *out, struct err *err);

/*
 * Whether this endpoint and this model answer at all: asks for one token, once.
 * *ret_model is who answered, or stays empty.
 */
enum status aside_try(struct app *app, const struct agent *agent,
	const struct secret *key, struct buf *ret_model, struct err *err);

#endif
