/*
 * Agents: who answers, where, with which model and which key.
 *
 * An agent is put together from the flags of the command line, the agent and
 * the endpoint of the configuration, the environment, the `defaults` of the
 * configuration and the built-in defaults, the first that says something being
 * taken. LLAMA_MODEL_ENDPOINT and LLAMA_MODEL stand above `defaults` and below
 * what an agent says of itself: they never change an agent that names its own
 * endpoint or model, and LLAMA_MODEL is not sent to an endpoint that an agent
 * names.
 *
 * A preset stands below the endpoint that names it, and like an endpoint of
 * that name when a flag chose it: its model id and its window are those of its
 * host.
 *
 * A key belongs to one origin. LLAMA_API_KEY goes with LLAMA_MODEL_ENDPOINT
 * and with a URL given to -e, and nowhere else; an endpoint of the
 * configuration has the key its own section names, or none; the key of a preset
 * goes to the preset's own URL and not to another that an endpoint gives.
 *
 * An agent whose endpoints are a pool is resolved for the first of them, and
 * for each with agent_resolve_at(); every endpoint keeps its own key, headers
 * and certificates. What a flag gives to one endpoint is refused for a pool.
 *
 * Everything an agent points to is borrowed from its sources, which must
 * outlive it; only the array of headers and a URL that was put together are
 * its own. A caller may put texts of
 * its own in place of others ("/model X").
 */
#ifndef ATL_CONF_AGENT_H
#define ATL_CONF_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "conf/config.h"
#include "conf/key.h"
#include "conf/opt.h"

/* The agents that are built in. */
#define AGENT_NAME_LLAMA "llama"
#define AGENT_NAME_GUIDE "guide"

#define AGENT_MODEL "llama-3.3-70b-instruct"
#define AGENT_TEMPERATURE 0.7
#define AGENT_MAX_TOKENS 4096
#define AGENT_CONTEXT 128000
#define AGENT_CONNECT_MS 15000
#define AGENT_IDLE_MS 120000
#define AGENT_FIRST_BYTE_MS 600000
#define AGENT_RETRIES 2

#define AGENT_ENV_ENDPOINT "LLAMA_MODEL_ENDPOINT"
#define AGENT_ENV_MODEL "LLAMA_MODEL"
#define AGENT_ENV_KEY "LLAMA_API_KEY"

struct guard_with;
struct route;

/* What the command line may say; zeros: nothing. */
struct agent_flags {
	const char *agent; /* name */
	const char *endpoint; /* URL, or the name of a configured endpoint or
				 pool */
	const char *preset; /* name of a loaded preset; not with endpoint */
	const char *model;
	const char *system;
	const char *style;
	const char *language;
	struct opt_real temperature;
	struct opt_int max_tokens;
	struct sampling sampling;
	bool images;
	const char *key_command;
	const char *insecure_http; /* host that may get a key over http */
	struct link_conf link; /* headers add to those of the endpoint */
};

/* The environment, read once; keys are taken out of it. */
struct agent_env {
	char *endpoint; /* NULL: unset or empty */
	char *model;
	struct keys keys;
};

struct agent_sources {
	const struct agent_flags *flags; /* NULL: none */
	const struct agent_env *env;
	const struct config *config;
	const struct agent_conf *chat; /* set in the chat, above all others:
					  model */
};

enum agent_kind {
	AGENT_CHAT = 0,
	AGENT_GUIDE, /* answers from the manual over the program's own endpoint;
			url is empty and no key, flag or proxy applies */
};

struct agent {
	const char *name;
	enum agent_kind kind;
	const char *url; /* as it was given; "" when there is no endpoint */
	char *own_url; /* owned: what url points to, with a preset */
	const char *endpoint; /* configured endpoint's name, or NULL */
	const struct pool_conf *pool; /* pool of which that endpoint is one, or
					 NULL */
	const struct opt_list *fallback; /* models to ask when `model` is not
					    available; borrowed, or NULL */
	struct route *route; /* ways to an answer, see engine/route; borrowed;
				NULL: only the one described here */
	const char *guard_name; /* agent that judges; NULL: none does */
	const char *guard_mode; /* "block", "warn" or "off"; NULL: block */
	const char *guard_stream; /* "buffer" or "after"; NULL: buffer */
	const char *guard_undecided; /* "block" or "allow"; NULL: block */
	const struct guard_with *guard; /* the guard, once it can be asked, see
					   engine/guard; borrowed */
	int weight; /* in a pool */
	int max_concurrent; /* in a pool; 0: any number */
	const struct preset *preset; /* borrowed, or NULL */
	const char *model;
	const char *system; /* may hold {{date}}; "" for none */
	const char *style; /* NULL: none */
	const char *language; /* of the answers; NULL: the user's own */
	double temperature;
	int64_t max_tokens;
	int images; /* enum conf_switch: the model takes them */
	struct sampling sampling; /* its lists are the agent's own */
	const char *schema; /* JSON Schema of its answers; NULL: any */
	bool schema_strict; /* see wire/schema */
	int64_t context; /* tokens */
	bool context_given; /* somebody set it: not to be learned */
	bool model_given; /* the same for the model */
	int64_t connect_ms;
	int64_t first_byte_ms;
	int64_t idle_ms;
	int retries;
	struct key_ref key;
	const char *auth_header; /* NULL: "Authorization: Bearer" */
	const char **headers; /* "Name: value"; owned array */
	size_t headers_n;
	const char *cacert;
	const char *cert;
	const char *cert_key;
	const char *pin;
	const char *proxy;
	bool http11;
	bool no_warm; /* do not connect before there is a question */
	bool no_stream_options; /* the endpoint is known to refuse them */
	int prefill; /* enum conf_prefill */
	bool whole; /* ask for the reply as a whole instead of a stream */
	const char *insecure_http;
};

void agent_env_init(struct agent_env *e);
void agent_env_release(struct agent_env *e);
/* Reads the environment and takes LLAMA_API_KEY and every key_env of the
 * configuration and of its presets out of it. */
enum status agent_env_take(
	struct agent_env *e, const struct config *config, struct err *err);

void agent_init(struct agent *a);
void agent_release(struct agent *a);

/*
 * Resolves the agent of that name; an empty name means the one of the flags,
 * else of the configuration, else llama. ST_NOT_FOUND for an unknown name,
 * ST_USAGE for an -e that is neither URL nor known name or for an unknown
 * preset, ST_CONFIG for a bad LLAMA_MODEL_ENDPOINT, a preset without its
 * parameters, or one without a model when none is named, ST_MODEL for a preset
 * that is gone. No endpoint is no error: url is "".
 */
enum status agent_resolve(struct agent *a, const struct agent_sources *from,
	struct span name, struct err *err) ATTR_MUST_CHECK;

/* Resolves the agent `of` for member `member` of its pool. */
enum status agent_resolve_at(struct agent *a, const struct agent_sources *from,
	const struct agent *of, size_t member, struct err *err) ATTR_MUST_CHECK;

/* The agent's key; *ret is borrowed from keys, NULL: none is sent. */
enum status agent_key(const struct agent *a, struct keys *keys,
	const struct secret **ret, struct err *err) ATTR_MUST_CHECK;

/* The names of all agents, llama and guide first; NULL behind the last. */
const char *agent_name_at(const struct config *config, size_t i);
/* The name of an agent as configured; NULL when there is none. */
const char *agent_find_name(const struct config *config, struct span name);

/* Servers that people run on their own machine, by their usual port. */
struct local_server {
	const char *name;
	uint16_t port;
};

#define LOCAL_SERVERS_N 9

extern const struct local_server local_servers[LOCAL_SERVERS_N];

#endif
