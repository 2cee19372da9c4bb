/*
 * One request to a place of an endpoint's API beside its chat completions: files
 * and batches. Nothing is tried again.
 */
#ifndef ATL_ENGINE_REST_H
#define ATL_ENGINE_REST_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "conf/agent.h"

struct http;
struct rest;

/* The most of an answer that is kept. */
#define REST_ANSWER_MAX ((size_t)4 * 1024 * 1024)

/* Takes a piece of a good answer in the place of keeping it; anything but ST_OK
 * ends the request with that. */
typedef enum status rest_fn(struct span piece, void *payload, struct err *err);

struct rest_options {
	struct http *http; /* borrowed until the end, like all of these */
	const struct agent *agent; /* whose endpoint it is */
	const struct secret *key;
	const char *path; /* behind the base: "/batches" */
	const char *type; /* of the body; NULL: JSON */
	struct span body; /* empty: GET */
	rest_fn *fn; /* NULL: the answer is kept */
	void *payload;
};

enum status rest_start(
	struct rest **ret, const struct rest_options *o, struct err *err);
/* The owner drives the transport until then. */
bool rest_ended(const struct rest *r);
/* What was kept of a good answer, or why there is none; of an endpoint that
 * refuses, its own words. */
enum status rest_answer(
	const struct rest *r, struct span *ret, struct err *err);
/* Ends it if it has not; NULL is allowed. */
void rest_free(struct rest *r);

#endif
