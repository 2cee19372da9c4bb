/*
 * Addresses of endpoints: what a user writes, and what is asked under it.
 *
 * Stricter than RFC 3986 on purpose, since a key travels to what is written
 * here: http and https only, no user name or password, no fragment, no
 * controls, spaces, backslashes or bytes beyond ASCII. Pure.
 */
#ifndef ATL_WIRE_URL_H
#define ATL_WIRE_URL_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

#define URL_MAX ((size_t)8192)

/* Spans into the text that was parsed. */
struct url {
	bool tls; /* https */
	struct span host; /* an IPv6 address without its brackets */
	bool ipv6;
	int port; /* the scheme's own when none is written */
	struct span path; /* with its leading '/', or empty */
	struct span query; /* without '?' */
	bool has_query;
};

/* ST_CONFIG with a message that says what is wrong and what to write. */
enum status url_parse(
	struct span text, struct url *ret, struct err *err) ATTR_MUST_CHECK;

/*
 * Appends the address of chat completions for a base such as
 * "https://host/v1", or for that address itself. A base without a path gets
 * /v1; a query stays last.
 */
enum status url_chat(
	struct span base, struct buf *out, struct err *err) ATTR_MUST_CHECK;
/* The same for another place beside chat completions, such as "/models". */
enum status url_beside(struct span base, const char *tail, struct buf *out,
	struct err *err) ATTR_MUST_CHECK;

/* Appends "https://host" or "http://host:8080": lower case, the port only
 * when it is not the scheme's own. What a key belongs to. */
void url_origin(const struct url *u, struct buf *out);
bool url_same_origin(const struct url *a, const struct url *b);
/* 127.0.0.0/8 in four decimal parts, ::1, localhost. */
bool url_is_loopback(const struct url *u);

#endif
