/*
 * How a failure is told to a client: an HTTP status and a stable code. Pure.
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

/* The problem behind a status: an endpoint's failure, the store's or our
 * own. */
const struct problem *problem_of(enum status st);
/* An endpoint that took too long. */
extern const struct problem problem_timeout;
extern const struct problem problem_busy;
extern const struct problem problem_stopping;
extern const struct problem problem_bad_json;
extern const struct problem problem_unknown_agent;
extern const struct problem problem_unknown_model;
extern const struct problem problem_not_saved;

/* Adds the member "error":{...}. */
void problem_put(
	struct json_writer *w, const struct problem *p, struct span message);

#endif
