/*
 * The guards of the program's agents: who judges what is said to and by one.
 *
 * A guard is an agent of the configuration, without what flags and the chat say
 * of agents: -m chooses the model that is asked and not the one that judges it.
 */
#ifndef ATL_APP_JUDGE_H
#define ATL_APP_JUDGE_H

#include "app/app.h"

/* Gives an agent whose settings name a guard that guard; once. ST_CONFIG when it
 * cannot be one. */
enum status judge_make(struct app *app, struct app_agent *a, struct err *err);
void judge_release(struct app_agent *a);

#endif
