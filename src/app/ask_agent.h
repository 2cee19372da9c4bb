/*
 * Makes the library's agent for one question from the program's own.
 */
#ifndef ATL_APP_ASK_AGENT_H
#define ATL_APP_ASK_AGENT_H

#include "app/app.h"
#include "atllama.h"

/* What it takes to get the key of an endpoint. */
struct ask_key {
	struct app *app;
	const struct agent *at;
	bool taken; /* the key was asked for once */
};

struct ask_agent {
	atl_agent *agent;
	struct ask_key key;
	struct ask_key *pool; /* one for each endpoint of a pool */
	struct ask_agent *guard; /* its guard; NULL: none */
	bool judges; /* it is a guard, asked over the other agent's
			connections */
};

/* Turns a code of the library and its message into a status. */
enum status ask_check(atl_code code, const atl_error *e, struct err *err);

/* Makes the agent. `a` is zeroed at first and must not move until
 * ask_agent_release(). `schema`: a JSON Schema of the answer, or NULL. */
enum status ask_agent_make(struct ask_agent *a, struct app *app,
	const char *schema, struct err *err);
void ask_agent_release(struct ask_agent *a);

#endif
