/*
 * A title that the model makes for a conversation.
 */
#ifndef ATL_APP_TITLE_H
#define ATL_APP_TITLE_H

#include "app/app.h"
#include "chat/conv.h"

/*
 * Asks the agent about the beginning of the conversation and waits; Ctrl-C ends
 * it as ST_STOPPED. Appends one line. Nothing of it is saved.
 */
enum status title_ask(struct app *app, struct app_agent *agent,
	const struct conv *conv, struct buf *out, struct err *err);

#endif
