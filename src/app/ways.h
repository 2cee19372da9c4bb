/*
 * The ways of the program's agents to an answer: one pool for each section of
 * the configuration, shared by all agents that name it, and the routes.
 */
#ifndef ATL_APP_WAYS_H
#define ATL_APP_WAYS_H

#include "app/app.h"

/* Gives an agent that has a pool, or models to fall back to, its route; others
 * get none. */
enum status ways_make(struct app *app, struct app_agent *a, struct err *err);
/* Frees what belongs to the agent. */
void ways_release(struct app_agent *a);
void ways_free_pools(struct app *app);

/* "main (a, b)": the pool of an agent and its endpoints, as it was configured;
 * nothing without one. */
void ways_put(const struct agent *agent, struct buf *out);
/* The agent's address or its pool, with the model at each endpoint where they
 * differ, and the models to fall back to. Filtered. */
void ways_put_models(const struct app_agent *a, struct buf *out);

#endif
