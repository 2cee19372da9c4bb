#include "app/warm.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "conf/preset.h"
#include "engine/listing.h"
#include "engine/route.h"
#include "net/pool.h"

enum {
	PROBES_MAX = 2,
	STAND_MS = 250, /* a prompt that has stood so long will be typed at */
	SILENCE_MS = 60000, /* kept connections end after such a time */
};

void warm_init(struct warm *w, struct app *app)
{
	memset(w, 0, sizeof(*w));
	buf_init(&w->url, BUF_SMALL);
	w->app = app;
	w->at_ms = -1;
	w->used_ms = -1;
}

void warm_drop(struct warm *w)
{
	rest_free(w->listing);
	w->listing = NULL;
	rest_free(w->probe);
	w->probe = NULL;
	w->at_ms = -1;
	w->agent = NULL;
}

void warm_release(struct warm *w)
{
	warm_drop(w);
	buf_release(&w->url);
}

static bool wanted(const struct warm *w)
{
	const struct agent *at = &w->at;

	return w->agent != NULL && at->kind == AGENT_CHAT && !at->no_warm &&
		at->url[0] != '\0' &&
		(at->preset == NULL || !at->preset->no_models);
}

/* Finds where the next question would go; false when that cannot be told. */
static bool aim(struct warm *w, const struct app_agent *agent, struct span last)
{
	const struct route *r = agent->agent.route;
	struct pool_wish wish = {.patience_ms = -1};

	w->at = agent->agent;
	w->key = agent->key;
	if (r == NULL || r->pool == NULL)
		return true;
	wish.prefer = route_stop(r, last);
	wish.skip = route_missing(
		&agent->agent, &w->app->known, 0, clock_mono_ms());
	w->stop = pool_next(r->pool, &wish, clock_mono_ms());
	if (w->stop == POOL_MEMBERS_MAX)
		return false;
	route_agent(r, &agent->agent, w->stop, 0, &w->at);
	return true;
}

/* The kind of server whose window is still to be asked for. */
static enum window_server to_probe(const struct warm *w)
{
	const struct agent *a = &w->at;
	struct known_host *h = known_host(&w->app->known, a->url);
	enum window_server server;

	if (w->probe != NULL || w->probes >= PROBES_MAX || a->context_given ||
		h == NULL || !h->listed)
		return WINDOW_NONE;
	server = h->models.server != WINDOW_NONE
		? h->models.server
		: window_by_preset(a->preset != NULL ? a->preset->name : NULL);
	/* llama.cpp may list the window of the model, not the one it runs
	 * with. */
	if (server == WINDOW_NONE ||
		(known_window(h, span_str(a->model)) > 0 &&
			(server != WINDOW_LLAMACPP || w->probes > 0)))
		return WINDOW_NONE;
	return server;
}

static bool is_cold(const struct warm *w)
{
	return w->used_ms < 0 || clock_mono_ms() - w->used_ms > SILENCE_MS;
}

void warm_prompt(
	struct warm *w, const struct app_agent *agent, struct span last)
{
	bool there = aim(w, agent, last);

	if (!there || !span_is(buf_view(&w->url), w->at.url)) {
		warm_drop(w);
		w->used_ms = -1;
		w->probes = 0;
		buf_set(&w->url, span_str(there ? w->at.url : ""));
	}
	w->agent = there ? agent : NULL;
	w->at_ms = wanted(w) && w->listing == NULL &&
			(is_cold(w) || to_probe(w) != WINDOW_NONE)
		? clock_mono_ms() + STAND_MS
		: -1;
}

void warm_typed(struct warm *w)
{
	if (wanted(w) && w->listing == NULL && w->at_ms < 0 && is_cold(w))
		w->at_ms = clock_mono_ms();
}

void warm_list(struct warm *w)
{
	if (!wanted(w) || w->listing != NULL)
		return;
	w->used_ms = -1;
	w->at_ms = clock_mono_ms();
}

void warm_used(struct warm *w)
{
	w->at_ms = -1;
	w->used_ms = clock_mono_ms();
}

int warm_timeout_ms(const struct warm *w)
{
	int64_t left;

	if (w->at_ms < 0)
		return -1;
	left = w->at_ms - clock_mono_ms();
	return left < 0 ? 0 : (int)left;
}

static struct rest_options ask_of(const struct warm *w)
{
	return (struct rest_options){
		.http = w->app->http,
		.agent = &w->at,
		.key = w->key,
	};
}

static void begin_probe(struct warm *w)
{
	const struct agent *a = &w->at;
	const struct known_host *h = known_host(&w->app->known, a->url);
	struct rest_options o = ask_of(w);
	enum window_server server = to_probe(w);
	struct err err = {0};

	if (server == WINDOW_NONE)
		return;
	w->server = server;
	w->probes++;
	if (probe_start(&w->probe, &o, server,
		    known_model(h, span_str(a->model)), &err) != ST_OK) {
		w->probe = NULL;
		log_debug("not asked for its window: %s", err.msg);
	}
}

static void settle_probe(struct warm *w)
{
	const char *model = w->at.model;
	struct known_host *h = known_host(&w->app->known, w->at.url);
	struct span called = known_model(h, span_str(model));
	int images = 0;
	int64_t window = probe_read(w->probe, w->server, called, &images);

	rest_free(w->probe);
	w->probe = NULL;
	if (h == NULL)
		return;
	if (images != 0)
		h->images = images;
	if (window > 0)
		known_set_window(h, called, window);
}

static void begin(struct warm *w)
{
	const struct route *r = w->agent->agent.route;
	struct rest_options o;
	struct err err = {0};

	w->at_ms = -1;
	if (!is_cold(w)) {
		begin_probe(w);
		return;
	}
	w->used_ms = clock_mono_ms();
	/* The key of an endpoint is read when its turn comes. */
	if (r != NULL && r->pool != NULL &&
		r->key(w->stop, r->payload, &w->key, &err) != ST_OK) {
		log_debug("not warmed: %s", err.msg);
		return;
	}
	o = ask_of(w);
	if (listing_start(&w->listing, &o, &err) != ST_OK) {
		w->listing = NULL;
		log_debug("not warmed: %s", err.msg);
	}
}

static void settle(struct warm *w)
{
	struct known_host *h = known_host(&w->app->known, w->at.url);
	struct models got;
	struct err err = {0};

	models_init(&got);
	if (listing_read(w->listing, &got, &err) != ST_OK)
		log_debug("no list of models: %s", err.msg);
	else if (h != NULL)
		known_models(h, &got);
	models_release(&got);
	rest_free(w->listing);
	w->listing = NULL;
	w->used_ms = clock_mono_ms();
	begin_probe(w);
}

void warm_step(struct warm *w)
{
	if (w->listing != NULL && rest_ended(w->listing))
		settle(w);
	if (w->probe != NULL && rest_ended(w->probe))
		settle_probe(w);
	if (w->at_ms >= 0 && w->at_ms <= clock_mono_ms())
		begin(w);
}
