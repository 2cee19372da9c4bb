/*
 * Learning about the user: the model proposes what to remember of a
 * conversation, and the user decides about each. Nothing is kept without that.
 */
#ifndef ATL_APP_LEARN_H
#define ATL_APP_LEARN_H

#include "app/repl.h"

/* ST_NOT_FOUND when there is nothing to learn, ST_STOPPED when the user has
 * enough. */
enum status learn_ask(struct repl *r, struct err *err);
/* At the end of a chat, where that is wanted and something was said. */
void learn_at_end(struct repl *r);

#endif
