#include "app/app.h"

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/ways.h"
#include "base/file.h"
#include "base/log.h"
#include "conf/preset.h"
#include "engine/cache.h"
#include "engine/link.h"
#include "engine/rest.h"
#include "net/http.h"
#include "serve/guide.h"
#include "text/fill.h"
#include "text/safe.h"
#include "tty/term.h"
#include "wire/sampling.h"

enum { INDENT = 2 }; /* of the lines of a message after the first */

void app_init(struct app *app)
{
	memset(app, 0, sizeof(*app));
	args_init(&app->args);
	config_init(&app->config);
	agent_env_init(&app->env);
	known_init(&app->known);
	app->signal_fd = -1;
}

void app_release(struct app *app)
{
	size_t i;

	for (i = 0; i < app->agents_n; i++) {
		app_agent_release(app->agents[i]);
		free(app->agents[i]);
	}
	free(app->agents);
	http_free(app->http);
	ways_free_pools(app);
	known_release(&app->known);
	guide_stop(app->guide);
	cache_free(app->cache);
	storage_close(&app->storage);
	secret_free(&app->passphrase);
	agent_env_release(&app->env);
	config_release(&app->config);
	args_release(&app->args);
}

static void log_line(const char *line, void *payload)
{
	app_say(payload, "debug: %s", line);
}

/* Checks what the configuration could not: conf knows no JSON. */
static enum status check_params(
	const struct args *a, const struct config *c, struct err *err)
{
	const struct opt_list *given = &a->agent.sampling.params;
	const struct opt_list *own = &c->defaults.sampling.params;
	enum status st = sampling_check(given->v, given->n, err);
	size_t i;

	if (st != ST_OK)
		return st;
	if (sampling_check(own->v, own->n, err) != ST_OK) {
		err_prefix(err, "%s: defaults", c->file);
		return ST_CONFIG;
	}
	for (i = 0; i < c->agents_n; i++) {
		own = &c->agents[i].sampling.params;
		if (sampling_check(own->v, own->n, err) == ST_OK)
			continue;
		err_prefix(err, "%s: agent %s", c->file, c->agents[i].name);
		return ST_CONFIG;
	}
	return ST_OK;
}

static enum status read_config(
	const struct args *a, struct config *c, struct err *err)
{
	enum status st = config_load(c, NULL, err);

	if (st == ST_OK)
		st = check_params(a, c, err);
	if (st == ST_OK && a->agent.preset != NULL)
		st = preset_load(c, span_str(a->agent.preset), err);
	return st;
}

void app_screen(const struct app *app)
{
	static const enum term_when when[] = {
		[COLOR_AUTO] = TERM_AUTO,
		[COLOR_ALWAYS] = TERM_ALWAYS,
		[COLOR_NEVER] = TERM_NEVER,
	};
	static const enum term_background behind[] = {
		[CONF_BACKGROUND_UNSAID] = TERM_ANY_BACKGROUND,
		[CONF_BACKGROUND_AUTO] = TERM_ANY_BACKGROUND,
		[CONF_BACKGROUND_DARK] = TERM_DARK,
		[CONF_BACKGROUND_LIGHT] = TERM_LIGHT,
	};
	struct term_options options = {
		.colour = when[app->args.color],
		.background = behind[app->config.screen.background],
		.plain = app->args.plain,
		.accessible = app->config.screen.accessible == CONF_ON,
	};

	term_init(&options);
}

enum status app_start(struct app *app, struct err *err)
{
	const struct args *a = &app->args;
	enum status st;

	app_screen(app);
	if (a->verbose > 1)
		log_to(log_line, app);
	st = term_signals(&app->signal_fd, err);
	if (st == ST_OK)
		st = read_config(a, &app->config, err);
	if (st == ST_OK)
		app_screen(app);
	if (st == ST_OK)
		st = agent_env_take(&app->env, &app->config, err);
	app->sources = (struct agent_sources){
		&a->agent, &app->env, &app->config, NULL};
	return st;
}

/* Takes the keys that a configuration names out of the environment, after this
 * was read: agents borrow from what was read first. */
static enum status take_more_keys(
	struct app *app, const struct config *c, struct err *err)
{
	struct agent_env again;
	enum status st;

	agent_env_init(&again);
	again.keys = app->env.keys;
	st = agent_env_take(&again, c, err);
	app->env.keys = again.keys;
	keys_init(&again.keys);
	agent_env_release(&again);
	return st;
}

enum status app_reload(struct app *app, struct app *old, struct err *err)
{
	struct config fresh;
	enum status st;

	config_init(&fresh);
	st = read_config(&app->args, &fresh, err);
	if (st == ST_OK)
		st = take_more_keys(app, &fresh, err);
	if (st != ST_OK) {
		config_release(&fresh);
		return st;
	}
	app_init(old);
	old->config = app->config;
	old->agents = app->agents;
	old->agents_n = app->agents_n;
	old->pools = app->pools;
	old->pools_n = app->pools_n;
	app->config = fresh;
	app->agents = NULL;
	app->agents_n = app->agents_cap = 0;
	app->pools = NULL;
	app->pools_n = app->pools_cap = 0;
	return ST_OK;
}

/* Writes each line of the text with the program's name before it, all in one
 * write. On a terminal, lines break between words. */
static void put_lines(const char *fmt, va_list ap)
{
	static const char name[] = "atllama: ";
	static const char no_memory[] = "atllama: out of memory\n";
	struct buf text;
	struct buf line;
	struct buf out;
	struct span rest;
	int columns = 0;
	int rows;

	if (term_get()->err)
		term_size(&columns, &rows);
	buf_init(&text, BUF_SMALL);
	buf_init(&line, BUF_LARGE);
	buf_init(&out, BUF_LARGE);
	buf_vfmt(&text, fmt, ap);
	rest = buf_view(&text);
	while (rest.n > 0) {
		buf_reset(&line);
		safe_line(span_cut(&rest, '\n'), &line);
		buf_str(&out, name);
		fill_line(buf_view(&line), (size_t)columns, sizeof(name) - 1,
			INDENT, &out);
		buf_char(&out, '\n');
	}
	/* There is nowhere to report a stderr that cannot be written. */
	if (out.len > 0 || !(text.bad || line.bad || out.bad))
		(void)!fd_write_full(STDERR_FILENO, out.p, out.len);
	else
		(void)!fd_write_full(
			STDERR_FILENO, no_memory, sizeof(no_memory) - 1);
	buf_release(&text);
	buf_release(&line);
	buf_release(&out);
}

void app_say(const struct app *app, const char *fmt, ...)
{
	va_list ap;

	(void)app;
	va_start(ap, fmt);
	put_lines(fmt, ap);
	va_end(ap);
}

void app_note(const struct app *app, const char *fmt, ...)
{
	va_list ap;

	if (app->args.quiet)
		return;
	va_start(ap, fmt);
	put_lines(fmt, ap);
	va_end(ap);
}

enum status app_http(struct app *app, struct err *err)
{
	const struct args *a = &app->args;
	struct http *http = NULL;
	enum status st;

	if (app->http != NULL)
		return ST_OK;
	st = http_new(&http, err);
	if (st == ST_OK)
		st = link_tape(
			http, a->record, a->replay, a->replay_speed.v, err);
	if (st != ST_OK)
		http_free(http);
	else
		app->http = http;
	return st;
}

static int guide_timeout(void *payload)
{
	struct app *app = payload;

	return guide_timeout_ms(app->guide);
}

static enum status guide_ready(short revents, void *payload, struct err *err)
{
	struct app *app = payload;

	(void)revents;
	return guide_step(app->guide, err);
}

struct loop_source app_guide_source(struct app *app)
{
	return (struct loop_source){
		.fd = app->guide != NULL ? guide_fd(app->guide) : -1,
		.events = POLLIN,
		.timeout_ms = guide_timeout,
		.ready = guide_ready,
		.payload = app,
	};
}

static int http_timeout(void *payload)
{
	struct app *app = payload;

	return http_timeout_ms(app->http);
}

static enum status http_ready(short revents, void *payload, struct err *err)
{
	struct app *app = payload;

	(void)revents;
	return http_step(app->http, err);
}

struct loop_source app_http_source(struct app *app)
{
	return (struct loop_source){
		.fd = app->http != NULL ? http_fd(app->http) : -1,
		.events = POLLIN,
		.timeout_ms = http_timeout,
		.ready = http_ready,
		.payload = app,
	};
}

static enum status stop_ready(short revents, void *payload, struct err *err)
{
	bool *stopped = payload;
	int number;

	(void)revents;
	(void)err;
	while ((number = term_next_signal()) != 0)
		if (number == SIGINT || number == SIGTERM || number == SIGHUP)
			*stopped = true;
	return ST_OK;
}

struct loop_source app_stop_source(const struct app *app, bool *stopped)
{
	return (struct loop_source){
		.fd = app->signal_fd,
		.events = POLLIN,
		.ready = stop_ready,
		.payload = stopped,
	};
}

enum status app_wait_for(struct app *app, const struct rest *r, struct err *err)
{
	bool stopped = false;
	enum status st = ST_OK;

	while (st == ST_OK && !rest_ended(r) && !stopped) {
		struct loop_source sources[] = {
			app_stop_source(app, &stopped),
			app_http_source(app),
			app_guide_source(app),
		};

		st = loop_once(
			sources, sizeof(sources) / sizeof(sources[0]), err);
	}
	if (st == ST_OK && stopped)
		st = err_set(err, ST_STOPPED, "stopped");
	return st;
}
