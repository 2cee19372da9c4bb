/*
 * The routes of the program's agents, and their pools: one pool for each
 * section of the configuration, shared by all agents that name it.
 */
#ifndef ATL_APP_WAYS_H
#define ATL_APP_WAYS_H

#include "app/app.h"

/* Gives the agent its route if it has a pool or models to fall back to. */
enum status ways_make(struct app *app, struct app_agent *a, struct err *err);
/* Frees the agent's route. */
void ways_release(struct app_agent *a);
void ways_free_pools(struct app *app);

/* Appends the agent's pool and its endpoints as configured, "main (a, b)";
 * nothing without a pool. */
void ways_put(const struct agent *agent, struct buf *out);
/* Appends the agent's address or its pool, with the model of each endpoint
 * where these differ, and the models to fall back to. Filtered. */
void ways_put_models(const struct app_agent *a, struct buf *out);

#endif
