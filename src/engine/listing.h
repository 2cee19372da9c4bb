/*
 * What an endpoint tells about its models, one GET each; see engine/rest.
 */
#ifndef ATL_ENGINE_LISTING_H
#define ATL_ENGINE_LISTING_H

#include "engine/rest.h"
#include "wire/models.h"
#include "wire/window.h"

/*
 * Asks for the list of models, with names and windows. The connection that is
 * opened for it serves the next question too.
 *
 * Used of the options: http, agent, key, done, payload, off_record and wait_ms,
 * where 0 is LISTING_WAIT_MS.
 */
#define LISTING_WAIT_MS 15000
enum status listing_start(struct rest **ret, const struct rest_options *o,
	struct err *err) ATTR_MUST_CHECK;
/* Reads the list of an ended request into an empty *ret, which the caller
 * releases. Fails as rest_answer() does, and with ST_SERVER when the answer is
 * not a list. */
enum status listing_read(const struct rest *r, struct models *ret,
	struct err *err) ATTR_MUST_CHECK;

/*
 * Asks a local server, at its own place for that, for the window it runs a
 * model with. `model` is what the endpoint calls it.
 *
 * Used of the options: http, agent and key.
 */
enum status probe_start(struct rest **ret, const struct rest_options *o,
	enum window_server server, struct span model,
	struct err *err) ATTR_MUST_CHECK;
/* Reads the answer of an ended request, as window_parse() does; 0 when it
 * failed. */
int64_t probe_read(const struct rest *r, enum window_server server,
	struct span model, int *ret_images);

#endif
