/*
 * What is behind the opaque types of atllama.h; shared by the files api*.c.
 */
#ifndef ATL_ENGINE_API_PRIV_H
#define ATL_ENGINE_API_PRIV_H

#include <stdatomic.h>

#include "atllama.h"
#include "base/err.h"
#include "base/id.h"
#include "engine/guard.h"
#include "engine/known.h"
#include "engine/route.h"
#include "engine/session.h"
#include "engine/storage.h"

struct schema;

struct atl_store {
	struct storage storage;
	struct cache *cache; /* NULL: it has none */
	atl_store_options options;
};

/* The key of one of several endpoints. */
struct api_stop {
	struct secret key;
	atl_key_fn *renew;
	void *payload;
	bool later; /* the key was not asked for yet */
};

struct atl_agent {
	struct agent agent;
	struct route route; /* set with a pool or with fallback models */
	struct agent *stops; /* the endpoints that the route points to */
	struct api_stop *keys; /* the key of each endpoint */
	size_t stops_n;
	const char **fallback;
	char **texts;
	size_t texts_n;
	size_t texts_cap;
	struct secret key;
	struct schema *schema; /* of options.schema, or NULL */
	struct guard_with guard;
	atl_key_fn *renew_key;
	void *renew_payload;
	struct http *http;
	struct known known; /* what was learned of the endpoint */
	int64_t max_wait_ms;
	struct session *active; /* chat whose reply is under way */
	int epoll_fd;
	int cancel_fd;
	atomic_bool cancel;
};

struct atl_chat {
	atl_agent *agent;
	struct session *session;
	atl_event_fn *fn;
	void *payload;
	char id[ID_HEX + 1];
};

struct atl_reply {
	struct session *owned; /* made by an invoke; NULL: the reply is a
				  chat's */
	const struct msg *m;
	struct session_result result;
};

atl_code api_code(enum status st);
/* ST_FAIL for an unknown code. */
enum status api_status(atl_code code);
/* Returns the code of st and copies the message to *error (may be NULL). */
atl_code api_give(enum status st, const struct err *err, atl_error *error);
atl_outcome api_outcome(enum outcome outcome);
/* Passes a sentence to the notice callback of a store. */
void api_notice(const char *text, void *options);
/* Copies texts and numbers of the options into g. The texts belong to the
 * agent; agent_release() releases g. False without memory. */
bool api_take(atl_agent *agent, struct agent *g,
	const atl_agent_options *options) ATTR_MUST_CHECK;
/* Asks fn for the key. True when it is another one, which is then in *key. */
bool api_get_key(atl_key_fn *fn, void *payload, struct secret *key);
void api_pool_release(atl_agent *agent);
/* The renew_key callback of a session; the payload is the atl_agent. */
bool api_renew_key(const struct agent *agent, void *payload);
/* Copies a text; the agent owns the copy. NULL without memory. */
const char *api_own(atl_agent *agent, const char *text) ATTR_MUST_CHECK;
/* Takes the members of a JSON object as fields of the agent's requests; NULL:
 * none. ST_USAGE names a bad one. */
enum status api_parameters(
	atl_agent *agent, const char *json, struct err *err) ATTR_MUST_CHECK;
/* Drives the agent's transport and its reply once. */
enum status api_step(atl_agent *agent, struct err *err);

#endif
