/*
 * The checks a request must pass before a handler sees it: those of server.h,
 * on the head alone. Pure; fit for threads.
 */
#ifndef ATL_SERVE_GATE_H
#define ATL_SERVE_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/secret.h"
#include "serve/server.h"

/* The header fields that the checks read, and how often each came. Borrowed. */
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
	struct span coding; /* of Transfer-Encoding */
	int codings;
	bool odd; /* a field's name is not a token */
	bool expects; /* Expect: the client waits with the body */
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
	GATE_PREFLIGHT, /* not a refusal: a browser asks what it may send */
	GATE_UNANSWERED, /* the handler gave no answer */
};

/* The answer to a refused request. */
struct gate_answer {
	int http;
	const char *type;
	const char *code;
	const char *message;
};

/* What the checks found out about a request. */
struct gate_found {
	const struct server_route *route; /* set for refusals of the body too */
	struct span name; /* the part of the path for {name}; borrowed */
	const char *allow; /* the method that the path takes, if another came */
	const char *origin; /* the allowed origin that it comes from, or NULL */
	bool at_once; /* refused without waiting for the body */
};

/* Notes one header field. */
void gate_field(struct gate_fields *f, struct span name, struct span value);

/* Checks the request. The order matters: a client without a token learns
 * nothing about paths. */
enum gate_refusal gate_check(const struct gate_fields *f,
	const struct server_options *o, uint16_t port, const char *method,
	const char *path, struct gate_found *ret);

const struct gate_answer *gate_answer(enum gate_refusal why);

#endif
