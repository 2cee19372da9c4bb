/*
 * A title that the model makes for a conversation.
 */
#ifndef ATL_APP_TITLE_H
#define ATL_APP_TITLE_H

#include "app/app.h"
#include "chat/conv.h"

/*
 * Asks the agent for a title, from the beginning of the conversation, and
 * waits. Appends one line. Nothing of it is saved. ST_STOPPED after Ctrl-C.
 */
enum status title_ask(struct app *app, struct app_agent *agent,
	const struct conv *conv, struct buf *out, struct err *err);

#endif
