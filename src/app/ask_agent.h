/*
 * The library's agent for one question, made of the program's own.
 */
#ifndef ATL_APP_ASK_AGENT_H
#define ATL_APP_ASK_AGENT_H

#include "app/app.h"
#include "atllama.h"

/* Where the key of an endpoint comes from. */
struct ask_key {
	struct app *app;
	const struct agent *at;
	bool taken; /* was asked for already */
};

struct ask_agent {
	atl_agent *agent;
	struct ask_key key;
	struct ask_key *pool; /* one for each endpoint of a pool */
	struct ask_agent *guard; /* who judges what it is asked; or NULL */
	bool judges; /* it is one: asked over the other's connections */
};

/* The status that a code of the library stands for, and its message. */
enum status ask_check(atl_code code, const atl_error *e, struct err *err);

/* a must be zeroed; it stays where it is until ask_agent_release(). schema: a
 * JSON Schema of the answer, or NULL. */
enum status ask_agent_make(struct ask_agent *a, struct app *app,
	const char *schema, struct err *err);
void ask_agent_release(struct ask_agent *a);

#endif
