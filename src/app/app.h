/*
 * What every part of the program shares: arguments, configuration, and what is
 * opened only when it is needed.
 *
 * Words for the user go to stderr through app_say() and app_note(), which put
 * "atllama: " before them and pass them through the terminal filter.
 */
#ifndef ATL_APP_APP_H
#define ATL_APP_APP_H

#include <stdbool.h>

#include "app/args.h"
#include "app/loop.h"
#include "app/setting.h"
#include "base/attr.h"
#include "base/err.h"
#include "conf/agent.h"
#include "conf/config.h"
#include "engine/guard.h"
#include "engine/known.h"
#include "engine/route.h"
#include "engine/storage.h"

struct app_pool;
struct cache;
struct guide;
struct http;
struct rest;

/* An agent that is ready to be asked. */
struct app_agent {
	struct agent agent;
	const struct secret *key; /* NULL: none is sent; borrowed */
	struct buf url; /* what agent.url points to, if not given */
	struct buf model; /* the same for agent.model */
	struct buf system; /* the same for agent.system */
	struct app *app; /* NULL without a route */
	struct route route; /* see app/ways */
	struct agent *stops; /* the agent at each endpoint of its pool */
	size_t stops_n;
	struct app_agent *judge; /* its guard, see app/judge; NULL: none */
	struct guard_with guard; /* what agent.guard points to */
	struct settings said; /* what was set in the chat */
};

struct app {
	struct args args;
	struct config config;
	struct agent_env env;
	struct agent_sources sources;
	struct secret passphrase; /* from --passphrase-fd, once it was read */
	struct storage storage; /* empty while not open, or with --private */
	struct cache *cache; /* NULL while it is not used */
	struct known known; /* what was learned of endpoints */
	struct http *http; /* NULL while not needed */
	struct guide *guide; /* the same */
	bool was_quiet; /* before the terminal was lent to a key command */
	struct app_agent **agents; /* by name, in the order of their use */
	size_t agents_n;
	size_t agents_cap;
	struct app_pool *pools; /* see app/ways */
	size_t pools_n;
	size_t pools_cap;
	int signal_fd;
};

void app_init(struct app *app);
void app_release(struct app *app);
/* Configuration, environment, terminal and signals. */
enum status app_start(struct app *app, struct err *err);
/* The terminal as arguments and configuration want it now. */
void app_screen(const struct app *app);
/* Reads the configuration again. On success, agents are made anew when they are
 * next asked for; the earlier state moves to `old`, which the caller releases
 * once none of it is in use. On failure everything stays. */
enum status app_reload(struct app *app, struct app *old, struct err *err);

/* Writes one or more lines for the user: app_say() always, app_note() unless
 * -q. */
void app_say(const struct app *app, const char *fmt, ...) ATTR_PRINTF(2, 3);
void app_note(const struct app *app, const char *fmt, ...) ATTR_PRINTF(2, 3);

enum status app_http(struct app *app, struct err *err);
/* The agent of that name (empty: the default one), with its key; starts the
 * guide if it is the guide. Made once and owned by app. ST_CONFIG, with the
 * ways to set an endpoint, when it has none. */
enum status app_agent(struct app *app, struct span name, struct app_agent **ret,
	struct err *err);
/* Makes the agent anew after a->said has changed. On failure it stays as it
 * was. */
enum status app_agent_again(
	struct app *app, struct app_agent *a, struct err *err);
/* Makes `to`, which is initialised, a second agent like `from`. */
enum status app_agent_copy(struct app *app, struct app_agent *to,
	const struct app_agent *from, struct err *err);
/* Finds endpoint and key of an agent that was resolved. */
enum status app_equip(struct app *app, struct app_agent *a, struct err *err);
void app_agent_init(struct app_agent *a);
void app_agent_release(struct app_agent *a);
/* After the agent's key was refused: reads it once more from its source (a
 * command, a file, the vault). True when it is another one now, which has
 * replaced the old one in place. A source that fails is told. */
bool app_renew_key(struct app *app, const struct agent *agent);
/* Points the agent to a server found on this machine, with `model` (the first
 * that it lists) unless another was chosen. */
void app_agent_use(struct app_agent *a, const char *url, struct span model);

/* Sources for the loop: the guide (fd -1 while there is none) and the
 * transport. */
struct loop_source app_guide_source(struct app *app);
struct loop_source app_http_source(struct app *app);
/* A source that sets *stopped on SIGINT, SIGTERM and SIGHUP, for whoever only
 * waits. */
struct loop_source app_stop_source(const struct app *app, bool *stopped);
/* Waits until the request has ended; signals and the guide are served
 * meanwhile. ST_STOPPED when one of these signals came. */
enum status app_wait_for(
	struct app *app, const struct rest *r, struct err *err);

#endif
