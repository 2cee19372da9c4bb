/*
 * What the parts of the doctor share: a report of checks, in order.
 */
#ifndef ATL_APP_DOCTOR_PRIV_H
#define ATL_APP_DOCTOR_PRIV_H

#include <stddef.h>
#include <stdint.h>

#include "app/app.h"
#include "base/attr.h"

enum check_state {
	CHECK_OK = 0,
	CHECK_WARN, /* works, but could be better */
	CHECK_FAIL,
	CHECK_SKIP, /* not checked, since an earlier one failed */
};

struct check {
	const char *name; /* static */
	enum check_state state;
	enum status status; /* of a failure */
	int64_t us; /* duration; -1: not measured */
	struct buf detail;
	struct buf fix; /* what to do; may be empty */
};

/* A dozen, and as many for each endpoint of a pool. */
#define DOCTOR_CHECKS_MAX (12 + 12 * CONFIG_POOL_MAX)

struct doctor {
	struct app *app;
	struct span agent; /* whose endpoint is checked; empty: the default
			      agent's */
	struct check checks[DOCTOR_CHECKS_MAX];
	size_t n;
};

/* Adds a check with its detail. Never NULL; the pointer stays valid. */
struct check *doctor_add(struct doctor *d, const char *name,
	enum check_state state, const char *fmt, ...) ATTR_PRINTF(4, 5);
/* Makes the check a failure with that status, and adds what to do about it. */
void doctor_fail(struct check *c, enum status st, const char *fix);

/* Checks endpoint, name, connection, TLS, HTTP, key, model and answer, for each
 * endpoint of a pool. */
void doctor_endpoint(struct doctor *d);

#endif
