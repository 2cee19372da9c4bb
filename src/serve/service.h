/*
 * The agents over HTTP: what `atllama serve` offers on top of serve/server.
 *
 *   POST /agents/{name}/completion         our own form, whole or streamed
 *   POST /agents/{name}/stream-completion  the same, always streamed
 *   POST /v1/chat/completions              the form of OpenAI; nothing is saved
 *   GET  /agents, /v1/models, /v1/models/{name}, /healthz, /metrics,
 *        /openapi.json
 *
 * It lives in the loop of its owner, who drives the transport and calls
 * service_step() after each http_step(). Only saving has a thread of its own:
 * a slow disk holds up who waits for it and nobody else. Requests of one thread
 * of conversation are answered one after the other, all others at once.
 *
 * A client that hangs up ends its request at the endpoint; what had come is
 * kept. One that reads slowly slows the endpoint down.
 */
#ifndef ATL_SERVE_SERVICE_H
#define ATL_SERVE_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "conf/agent.h"
#include "serve/server.h"

#define SERVICE_CALLS_MAX 64
#define SERVICE_CONNECTIONS_MAX 1024u

struct catalog;
struct http;
struct cache;
struct known;
struct service;
struct vault;

/* An agent ready to be asked; borrowed while one of its calls is under way, see
 * service_idle(). */
struct service_agent {
	const struct agent *agent;
	const struct secret *key; /* may be NULL */
};

struct service_options {
	struct server_options server; /* without routes, payload and done */
	struct http *http; /* all borrowed */
	struct known *known;
	struct cache *cache; /* of replies, or NULL */
	struct vault *vault; /* NULL: nothing is saved */
	struct catalog *catalog;
	bool strict; /* a question that cannot be saved is not asked */
	size_t calls; /* completions at once; 0: SERVICE_CALLS_MAX */
	struct span openapi; /* the document under /openapi.json */

	/* Finds an agent; an empty name: the default one. ST_NOT_FOUND:
	 * none. */
	enum status (*agent)(struct span name, struct service_agent *ret,
		void *payload, struct err *err);
	/* The names of agents in order; NULL behind the last. */
	const char *(*agent_name)(size_t i, void *payload);
	/* As in struct session_options. */
	bool (*renew_key)(const struct agent *agent, void *payload);
	/* Told of each request that is over: a line of JSON without its
	 * newline. May be NULL. */
	void (*log)(struct span line, void *payload);
	void *payload;
};

enum status service_new(struct service **ret, const struct service_options *o,
	struct err *err) ATTR_MUST_CHECK;
/* Ends what is under way, saving what has come. NULL is allowed. */
void service_free(struct service *s);

/* As in serve/server. */
int service_fd(const struct service *s);
int service_timeout_ms(const struct service *s);
enum status service_step(struct service *s, struct err *err) ATTR_MUST_CHECK;

/* No new connections and no new calls; those under way go on. */
void service_quiesce(struct service *s);
/* Stops the replies under way, which are answered with what has come. */
void service_hurry(struct service *s);
/* Whether no call is under way and every answer has been taken. */
bool service_idle(const struct service *s);

/* Between these, the owner may use vault and catalog. */
void service_hold_store(struct service *s);
void service_release_store(struct service *s);

#endif
