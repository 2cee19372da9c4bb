/*
 * How a failure is told to a client: the status of the answer and a code that
 * does not change. Pure.
 */
#ifndef ATL_SERVE_PROBLEM_H
#define ATL_SERVE_PROBLEM_H

#include "base/buf.h"
#include "base/err.h"
#include "wire/json.h"

struct problem {
	int http;
	const char *type; /* as OpenAI names kinds of errors */
	const char *code;
};

/* Of an endpoint that failed, of the store, of ourselves. */
const struct problem *problem_of(enum status st);
/* Of an endpoint that took too long. */
extern const struct problem problem_timeout;
extern const struct problem problem_busy;
extern const struct problem problem_stopping;
extern const struct problem problem_bad_json;
extern const struct problem problem_unknown_agent;
extern const struct problem problem_unknown_model;
extern const struct problem problem_not_saved;

/* "error":{...}, a member. */
void problem_put(
	struct json_writer *w, const struct problem *p, struct span message);

#endif
