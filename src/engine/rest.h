/*
 * One request to a part of an endpoint's API beside its chat completions:
 * lists, files, batches. Failures are not retried.
 */
#ifndef ATL_ENGINE_REST_H
#define ATL_ENGINE_REST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "conf/agent.h"

struct http;
struct http_result;
struct rest;

/* Bytes of an answer that are kept, by default. */
#define REST_ANSWER_MAX ((size_t)4 * 1024 * 1024)

/* Takes a piece of a successful answer, which is not kept then; anything but
 * ST_OK ends the request with that status. */
typedef enum status rest_fn(struct span piece, void *payload, struct err *err);
/* Called once at the end, from within http_step(); it may free the request. */
typedef void rest_done_fn(struct rest *r, void *payload);

struct rest_options {
	struct http *http; /* borrowed until the end, like all of these */
	const struct agent *agent; /* whose endpoint it is */
	const struct secret *key;
	const char *url; /* the whole address; NULL: by `path` */
	const char *path; /* what follows the base address: "/batches" */
	const char *type; /* of the body; NULL: JSON */
	struct span body; /* empty: GET */
	int64_t wait_ms; /* most time to the first byte of the answer, and
			    between two pieces; 0: the agent's limits */
	size_t answer_max; /* bytes; 0: REST_ANSWER_MAX */
	bool off_record; /* neither recorded nor answered by a recording */
	rest_fn *fn; /* NULL: the answer is kept */
	rest_done_fn *done; /* NULL: nobody is told */
	void *payload; /* of both */
};

/* Options are copied; what they point to is borrowed. */
enum status rest_start(struct rest **ret, const struct rest_options *o,
	struct err *err) ATTR_MUST_CHECK;
/* Whether it has ended; until then the owner drives the transport. */
bool rest_ended(const struct rest *r);
/* Gives a successful answer, or why there is none: ST_AUTH, ST_MODEL when the
 * address is not found, ST_SERVER, ST_NET, ...; a refusal has the endpoint's
 * own words. *ret belongs to the request. */
enum status rest_answer(
	const struct rest *r, struct span *ret, struct err *err);
/* Whether it failed because the server is loading its model. */
bool rest_is_loading(const struct rest *r);
/* Times and addresses of a request that has ended. */
const struct http_result *rest_http(const struct rest *r);
/* Frees it; a request under way is cancelled without a callback. NULL is
 * allowed. */
void rest_free(struct rest *r);

#endif
