/*
 * The state of resolving an agent, shared by agent*.c.
 */
#ifndef ATL_CONF_AGENT_PRIV_H
#define ATL_CONF_AGENT_PRIV_H

#include "conf/agent.h"

/* Where an agent's endpoint comes from, in order of precedence. */
enum origin {
	ORIGIN_FLAG_URL,
	ORIGIN_FLAG_NAME,
	ORIGIN_FLAG_PRESET,
	ORIGIN_AGENT,
	ORIGIN_ENV,
	ORIGIN_DEFAULTS,
	ORIGIN_NONE,
};

/* What was found so far. */
struct pick {
	const struct agent_flags *flags;
	const struct agent_env *env;
	const struct config *config;
	const struct agent_conf *chat; /* never NULL */
	const struct agent_conf *conf; /* the agent's section, or NULL */
	const struct endpoint_conf *ep; /* the endpoint's, or NULL */
	const struct pool_conf *pool; /* pool that the endpoint is one of, or
					 NULL */
	size_t member; /* its number in the pool */
	const struct preset *preset; /* the flag's or the endpoint's, or NULL */
	enum origin origin;
};

/* The first that is not NULL. */
const char *agent_first(const char *a, const char *b);
/* Sets origin, ep, pool and preset of p; *ret_url when a URL was said. */
enum status agent_pick_endpoint(
	struct pick *p, const char **ret_url, struct err *err);
enum status agent_check_pool(const struct pick *p, struct err *err);
enum status agent_set_url(
	struct agent *a, struct pick *p, const char *url, struct err *err);
/* NULL when nobody names one. */
const char *agent_pick_model(const struct pick *p);
struct key_ref agent_pick_key(const struct pick *p);

#endif
