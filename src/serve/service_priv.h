/*
 * The parts of a service, shared by service*.c and the files of its calls.
 */
#ifndef ATL_SERVE_SERVICE_PRIV_H
#define ATL_SERVE_SERVICE_PRIV_H

#include "serve/metrics.h"
#include "serve/kept.h"
#include "serve/service.h"

struct call;
struct worker;

struct service {
	struct service_options o;
	struct server *server;
	struct worker *worker; /* NULL: nothing is saved */
	struct kept_store store;
	struct metrics metrics;
	int fd; /* epoll over both */
	struct call *calls;
	size_t n_calls; /* calls that are not over */
	bool quiet;
	size_t syncs; /* syncs of live files under way */
	bool dirty; /* an event came: a call may move on */
	int64_t due_ms; /* when all calls are looked at again; -1: never */
	uint64_t numbered; /* calls so far */
};

enum status service_find(struct service *s, struct span name,
	struct service_agent *ret, struct err *err);

/* Finds an agent by its name, or the first one with that model. */
bool service_find_model(
	struct service *s, struct span model, struct service_agent *ret);
/* Answers that there is no such model. */
void service_no_model(struct exchange *x);

/* Handlers in service_info.c. */
void service_agents(struct exchange *x, void *payload);
void service_models(struct exchange *x, void *payload);
void service_model(struct exchange *x, void *payload);
void service_health(struct exchange *x, void *payload);
void service_metrics(struct exchange *x, void *payload);
void service_openapi(struct exchange *x, void *payload);

#endif
