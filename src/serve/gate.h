/*
 * What a request must be before a handler sees it: the checks of server.h, on
 * the head alone. Pure; fit for threads.
 */
#ifndef ATL_SERVE_GATE_H
#define ATL_SERVE_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/secret.h"
#include "serve/server.h"

/* The header fields that are looked at, and how often each came. Borrowed. */
struct gate_fields {
	struct span host;
	struct span auth;
	struct span type;
	struct span site;
	struct span length;
	struct span origin;
	int hosts;
	int auths;
	int lengths;
	int origins;
	struct span coding; /* of the transfer */
	int codings;
	bool odd; /* a name that is no token */
	bool expects; /* the body comes when the head has been looked at */
};

enum gate_refusal {
	GATE_OPEN = 0,
	GATE_FRAMING,
	GATE_NO_TOKEN,
	GATE_CROSS_SITE,
	GATE_NO_PATH,
	GATE_NO_METHOD,
	GATE_TOO_LARGE,
	GATE_NOT_JSON,
	GATE_WRONG_HOST,
	GATE_PREFLIGHT, /* no refusal: a browser asks what it may send */
	GATE_UNANSWERED, /* the handler gave no answer */
};

/* The answer to a refused request. */
struct gate_answer {
	int http;
	const char *type;
	const char *code;
	const char *message;
};

/* What the checks find out about a request that they may let in. */
struct gate_found {
	const struct server_route *route; /* also for refusals of the body */
	struct span name; /* what stands for {name}; borrowed from the path */
	const char
		*allow; /* the method that the path takes, when another came */
	const char *origin; /* the allowed one that it comes from, or NULL */
	bool at_once; /* a refusal that does not wait for the body */
};

/* Takes note of one header field. */
void gate_field(struct gate_fields *f, struct span name, struct span value);

/* Whether the path is of that form; `ret` gets what stands for {name}. */
bool gate_match(const char *form, const char *path, struct span *ret);

/* Checks in the order of what may be said to whom: a stranger learns no
 * paths. */
enum gate_refusal gate_check(const struct gate_fields *f,
	const struct server_options *o, uint16_t port, const char *method,
	const char *path, struct gate_found *ret);

const struct gate_answer *gate_answer(enum gate_refusal why);

#endif
