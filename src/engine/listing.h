/*
 * What an endpoint tells of its models: one GET each, see engine/rest.
 */
#ifndef ATL_ENGINE_LISTING_H
#define ATL_ENGINE_LISTING_H

#include "engine/rest.h"
#include "wire/models.h"
#include "wire/window.h"

/*
 * The models it lists: names and windows. It warms the connection as well:
 * what was opened for it serves the next question.
 *
 * Of the options: http, agent, key, done, payload, off_record and wait_ms,
 * where 0 is LISTING_WAIT_MS.
 */
#define LISTING_WAIT_MS 15000
enum status listing_start(struct rest **ret, const struct rest_options *o,
	struct err *err) ATTR_MUST_CHECK;
/* The list of one that has ended, into an empty *ret that the caller releases;
 * or why there is none, as rest_answer() and ST_SERVER when it is no list. */
enum status listing_read(const struct rest *r, struct models *ret,
	struct err *err) ATTR_MUST_CHECK;

/*
 * The window that a server which somebody runs runs a model with, asked at its
 * own place for that. `model` is what the endpoint calls it.
 *
 * Of the options: http, agent and key.
 */
enum status probe_start(struct rest **ret, const struct rest_options *o,
	enum window_server server, struct span model,
	struct err *err) ATTR_MUST_CHECK;
/* As window_parse(), of one that has ended; 0 when it has failed. */
int64_t probe_read(const struct rest *r, enum window_server server,
	struct span model, int *ret_images);

#endif
