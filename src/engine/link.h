/*
 * How an agent's endpoint is reached: makes the options of net/http from those
 * of the agent.
 */
#ifndef ATL_ENGINE_LINK_H
#define ATL_ENGINE_LINK_H

#include "base/err.h"
#include "conf/agent.h"
#include "net/http.h"

/* Texts are borrowed from the agent. */
void link_options(const struct agent *agent, struct http_options *ret);
/* The agent's headers, agent->headers_n of them; the caller frees the array.
 * NULL when there are none. */
enum status link_headers(
	const struct agent *agent, struct http_header **ret, struct err *err);

/*
 * Lets a transport record into a file or answer from one, see net/tape.h; both
 * NULL: neither. ST_USAGE when the file cannot be used, ST_DAMAGED when it is
 * not a recording, ST_BUSY while another process records into it.
 */
enum status link_tape(struct http *http, const char *record, const char *replay,
	double speed, struct err *err) ATTR_MUST_CHECK;

#endif
