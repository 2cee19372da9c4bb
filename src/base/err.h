/*
 * How a function tells that it failed.
 *
 * What can fail in more than one way returns `enum status` and takes a `struct
 * err *` last, which may be NULL. The place that detects a fault writes the
 * message; callers put context before it with err_prefix(). A message tells
 * what, where and, if there is one, the next step. It never holds a secret, but
 * it may hold foreign bytes: print it through text/safe.
 */
#ifndef ATL_BASE_ERR_H
#define ATL_BASE_ERR_H

#include "base/attr.h"

/* Longer messages are cut at a character boundary. */
#define ERR_MSG_MAX 1024

enum status {
	ST_OK = 0,
	ST_FAIL, /* anything without a value of its own */
	ST_NOMEM,
	ST_IO, /* a local file or descriptor; err.sys says why */
	ST_NOT_FOUND,
	ST_BUSY, /* another process holds it */
	ST_USAGE, /* the caller's words make no sense */
	ST_CONFIG, /* no endpoint, bad configuration, key over http */
	ST_AUTH, /* key refused */
	ST_MODEL, /* model or path not served */
	ST_LIMIT, /* rate or quota */
	ST_NET, /* network, TLS, timeout */
	ST_SERVER, /* server error or unreadable reply */
	ST_CUT, /* reply ended early */
	ST_LENGTH, /* token limit reached */
	ST_FILTERED, /* content filter or guard */
	ST_WINDOW, /* does not fit the context */
	ST_LOCKED, /* vault locked or wrong passphrase */
	ST_DAMAGED, /* stored data damaged */
	ST_STOPPED, /* interrupted by the user */
};

struct err {
	enum status code;
	int sys; /* errno at the place of the fault, or 0 */
	char msg[ERR_MSG_MAX];
};

/* Sets the message and returns `code`, so that `return err_set(...)` reads. */
enum status err_set(struct err *err, enum status code, const char *fmt, ...)
	ATTR_PRINTF(3, 4);

/* The same, with ": " and the text of the present errno behind it. */
enum status err_sys(struct err *err, enum status code, const char *fmt, ...)
	ATTR_PRINTF(3, 4);

/* Out of memory: the one message everybody uses. */
enum status err_nomem(struct err *err);

/* Puts the text and ": " before the message; the code stays. */
void err_prefix(struct err *err, const char *fmt, ...) ATTR_PRINTF(2, 3);

/* Appends to the message, for the next step to take. */
void err_hint(struct err *err, const char *fmt, ...) ATTR_PRINTF(2, 3);

void err_clear(struct err *err);

/* The exit code of the program for a status; see the manual. */
int status_exit_code(enum status st);

/* A short stable word for logs and JSON: "auth", "net", ... */
const char *status_name(enum status st);

#endif
