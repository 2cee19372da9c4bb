/*
 * The models an endpoint lists: one GET of .../models.
 *
 * It tells the names and the windows, and it warms the connection: what was
 * opened for it serves the next question. Not tried again when it fails.
 */
#ifndef ATL_ENGINE_LISTING_H
#define ATL_ENGINE_LISTING_H

#include <stdbool.h>

#include "base/err.h"
#include "base/secret.h"
#include "conf/agent.h"
#include "wire/models.h"

struct http;
struct http_result;
struct listing;

/* Bytes of a list that are read. */
#define LISTING_MAX ((size_t)16 * 1024 * 1024)
/* Nobody waits longer for a list. */
#define LISTING_WAIT_MS 15000

/* Called once at the end, from within http_step(); it may free the listing. */
typedef void listing_fn(struct listing *l, void *payload);

/* Agent, key and http are borrowed until the end. `done` may be NULL. */
enum status listing_start(struct listing **ret, struct http *http,
	const struct agent *agent, const struct secret *key, listing_fn *done,
	void *payload, struct err *err) ATTR_MUST_CHECK;
bool listing_ended(const struct listing *l);
/* The list of one that has ended, or why there is none: ST_AUTH, ST_MODEL when
 * the address is not there, ST_SERVER when it is no list, ST_NET, ... *ret
 * belongs to the listing and may be moved out of it. */
enum status listing_result(
	struct listing *l, struct models **ret, struct err *err);
/* Times and addresses of one that has ended. */
const struct http_result *listing_http(const struct listing *l);
/* Ends it without a callback. NULL is fine. */
void listing_free(struct listing *l);

#endif
