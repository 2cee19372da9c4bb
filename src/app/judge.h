/*
 * The guards of the program's agents: the agent that judges what is said to
 * another one, and by it.
 *
 * A guard is made from the configuration alone, without the flags and what was
 * set in the chat: -m chooses the model that answers, not the one that judges.
 */
#ifndef ATL_APP_JUDGE_H
#define ATL_APP_JUDGE_H

#include "app/app.h"

/* Gives an agent the guard that its settings name, if they do; once. ST_CONFIG
 * when that agent cannot be a guard. */
enum status judge_make(struct app *app, struct app_agent *a, struct err *err);
void judge_release(struct app_agent *a);

#endif
