/*
 * The configuration file, $XDG_CONFIG_HOME/atllama/config.
 *
 *	defaults { model = "..."  endpoint = home }
 *	endpoint home { url = "http://10.0.0.5:8080/v1"  key_file = "home.key" }
 *	pool main { endpoints = {home, work} }
 *	agent coder { endpoint = home  system_file = "coder.md" }
 *
 * A missing file is an empty configuration. Anything it says that is unknown,
 * ill-typed, out of range or contradictory is ST_CONFIG with file and line, and
 * nothing of the file is used. Relative paths start at the file's folder, "~/"
 * at $HOME. Keys are never in it: a setting names where a key is.
 *
 * A struct config owns every text that it and its parts point to. Reading is
 * not fit for threads (libConfuse keeps its lexer in globals).
 */
#ifndef ATL_CONF_CONFIG_H
#define ATL_CONF_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/opt.h"

struct preset;

#define CONFIG_FILE_MAX ((size_t)1024 * 1024)
#define CONFIG_SYSTEM_MAX ((size_t)1024 * 1024) /* a system_file */
#define CONFIG_SECTIONS_MAX ((size_t)1000) /* endpoints, pools, and agents */
#define CONFIG_POOL_MAX ((size_t)64) /* endpoints of a pool */

/* The ranges of the settings, in the file and on the command line. */
#define CONF_TEMPERATURE_MAX 2
#define CONF_TOKENS_MAX 16777216
#define CONF_SEED_MAX 9007199254740992 /* what a double holds exactly */
#define CONF_PENALTY_MAX 2
#define CONF_RETRIES_MAX 100
/* How full a window gets before room is made, by default. */
#define CONF_COMPACT_PERCENT 85
#define CONF_TIME_MAX_S 86400
#define CONF_CACHE_MAX_MIB 65536
#define CONF_WEIGHT_MAX 1000
#define CONF_CONCURRENT_MAX 10000

/* How an endpoint is asked to continue a reply that was cut: what it is given
 * beside that reply as the last message. */
enum conf_prefill {
	CONF_PREFILL_UNSAID = 0,
	CONF_PREFILL_NO, /* it would begin another reply: it is asked in
			    words */
	CONF_PREFILL_PLAIN, /* nothing */
	CONF_PREFILL_CONTINUE, /* continue_final_message */
	CONF_PREFILL_PREFIX, /* "prefix" in that message */
};

/* The word for it; NULL for UNSAID. */
const char *conf_prefill_name(int prefill);

/* A setting that is on, off, or not set. */
enum conf_switch { CONF_UNSAID = 0, CONF_ON, CONF_OFF };

/* What becomes of a model's reasoning on a terminal. */
enum conf_reasoning {
	CONF_REASONING_UNSAID = 0,
	CONF_REASONING_SHOW,
	CONF_REASONING_HIDE,
	CONF_REASONING_SUMMARY, /* one line: how long it was */
};

/* What stands behind the text on the terminal. */
enum conf_background {
	CONF_BACKGROUND_UNSAID = 0,
	CONF_BACKGROUND_AUTO,
	CONF_BACKGROUND_DARK,
	CONF_BACKGROUND_LIGHT,
};

/* Settings of the terminal. */
struct screen_conf {
	int reasoning; /* enum conf_reasoning */
	const char *status; /* below a reply: "off", "short", "full" or a
			       format; NULL: nothing said */
	int accessible; /* enum conf_switch, like the next two */
	int pager;
	int hyperlinks;
	int background; /* enum conf_background */
};

/* How an endpoint is reached. NULL, false or not set: not configured. */
struct link_conf {
	const char *auth_header; /* "api-key"; NULL: Authorization: Bearer */
	struct opt_list headers; /* "Name: value" each */
	const char *cacert; /* file of CA certificates */
	const char *cert; /* client certificate file */
	const char *key; /* its private key file */
	const char *pin; /* "sha256//..." */
	const char *proxy;
	bool http11;
	int warm; /* enum conf_switch */
	struct opt_int connect_ms;
	struct opt_int first_byte_ms;
	struct opt_int idle_ms;
	struct opt_int retries;
};

struct endpoint_conf {
	const char *name;
	const char *url; /* NULL: that of the preset */
	const char *preset; /* name of one that is loaded, or NULL */
	struct opt_list parameters; /* "name=value": of the preset's URL */
	const char *model;
	const char *key_env; /* at most one of these four */
	const char *key_file;
	const char *key_command;
	const char *key_vault;
	int prefill; /* enum conf_prefill */
	struct opt_int context;
	struct opt_int weight; /* in a pool that balances */
	struct opt_int max_concurrent; /* requests under way in a pool */
	struct link_conf link;
};

/* Further fields of a request, of which only those are sent that are set. */
struct sampling {
	struct opt_real top_p;
	struct opt_int seed;
	struct opt_real presence_penalty;
	struct opt_real frequency_penalty;
	struct opt_list stop; /* texts that end a reply */
	struct opt_list params; /* "name=JSON" each */
};

enum pool_conf_strategy { CONF_FAILOVER = 0, CONF_BALANCE };

struct pool_conf {
	const char *name; /* no endpoint has it */
	int strategy; /* enum pool_conf_strategy */
	struct opt_list endpoints; /* names of endpoints, in order */
	struct opt_list fallback; /* models, when the agent names none */
};

struct agent_conf {
	const char *name;
	const char *file; /* file of its own; NULL: it is in the
			     configuration */
	const char *endpoint; /* name of an endpoint */
	const char *pool; /* name of a pool, instead of an endpoint */
	struct opt_list fallback; /* models to ask when `model` is not
				     available */
	const char *model;
	const char *system; /* also when it came from a file */
	const char *system_file; /* that file, or NULL */
	const char *style;
	const char *language;
	struct opt_real temperature;
	struct opt_int max_tokens;
	struct opt_int context;
	int images; /* enum conf_switch: the model takes them */
	const char *guard; /* an agent's name */
	const char *guard_mode; /* NULL, like the next two: nothing said */
	const char *guard_stream;
	const char *guard_undecided;
	struct sampling sampling;
};

struct config {
	const char *file; /* where it was read; NULL: nowhere */
	const char *agent; /* defaults: the agent that plain lines go to */
	const char *delete_after; /* defaults: age at which a conversation is
				     deleted; NULL: never */
	bool cache; /* defaults: a question that was asked before is answered
		       from the cache */
	struct opt_int cache_size; /* defaults: MiB */
	const char *cache_age; /* defaults: NULL: the usual one */
	bool learn; /* defaults: at the end of a chat, propose what to
		       remember */
	struct opt_int compact; /* defaults: share of the window, in percent,
				   beyond which room is made; 0: never */
	struct agent_conf defaults; /* without a name */
	struct screen_conf screen; /* defaults */
	struct link_conf link; /* defaults: times, retries, proxy, cacert,
				  http11 only; never a header or a key */
	struct endpoint_conf *endpoints;
	size_t endpoints_n;
	size_t endpoints_cap;
	struct pool_conf *pools;
	size_t pools_n;
	size_t pools_cap;
	struct agent_conf *agents;
	size_t agents_n;
	size_t agents_cap;
	struct preset **presets; /* those that were loaded; see conf/preset */
	size_t presets_n;
	size_t presets_cap;
	char **texts; /* what owns all of the above */
	size_t texts_n;
	size_t texts_cap;
};

void config_init(struct config *c);
void config_release(struct config *c);

/*
 * Reads `path`, or with NULL the usual file, into an initialised c. ST_OK with
 * nothing set when there is no such file and path is NULL; a path that was
 * named must be there.
 */
enum status config_load(struct config *c, const char *path, struct err *err);
/* The same from memory; `file` is its name in messages and gives the folder
 * of relative paths. */
enum status config_parse(
	struct config *c, struct span text, const char *file, struct err *err);

/*
 * Every setting of a section ("defaults", "endpoint", "pool", "agent",
 * "preset") for programs, a line each, as opt_dump writes it: what the manual
 * and an editor need.
 */
void config_dump(const char *section, struct buf *out);

/* How full a window gets, in percent, before room is made; 0: never. */
int config_compact(const struct config *c);

/* By name, without regard to the case of ASCII letters; NULL when unknown. */
const struct endpoint_conf *config_endpoint(
	const struct config *c, struct span name);
const struct pool_conf *config_pool(const struct config *c, struct span name);
const struct agent_conf *config_agent(const struct config *c, struct span name);

#endif
