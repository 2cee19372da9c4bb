/*
 * Learning about the user: the model proposes what to remember of a
 * conversation, and the user decides about each proposal. Nothing is kept
 * otherwise.
 */
#ifndef ATL_APP_LEARN_H
#define ATL_APP_LEARN_H

#include "app/repl.h"

/* Runs it. ST_NOT_FOUND when there is nothing to learn, ST_STOPPED when the
 * user ends it. */
enum status learn_ask(struct repl *r, struct err *err);
/* Runs it at the end of a chat, if that is configured and something was
 * said. */
void learn_at_end(struct repl *r);

#endif
