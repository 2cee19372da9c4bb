#include "app/warm.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "conf/preset.h"
#include "engine/listing.h"

enum {
	PROBES_MAX = 2,
	STAND_MS = 250, /* a prompt that stands so long will be typed at */
	SILENCE_MS = 60000, /* kept connections end after such a time */
};

void warm_init(struct warm *w, struct app *app)
{
	memset(w, 0, sizeof(*w));
	w->app = app;
	w->at_ms = -1;
	w->used_ms = -1;
}

void warm_release(struct warm *w)
{
	rest_free(w->listing);
	w->listing = NULL;
	rest_free(w->probe);
	w->probe = NULL;
	w->at_ms = -1;
}

static bool wanted(const struct app_agent *a)
{
	return a->agent.kind == AGENT_CHAT && !a->agent.no_warm &&
		a->agent.url[0] != '\0' &&
		(a->agent.preset == NULL || !a->agent.preset->no_models);
}

/* Whose window is still to be asked for. */
static enum window_server to_probe(const struct warm *w)
{
	const struct agent *a = &w->agent->agent;
	struct known_host *h = known_host(&w->app->known, a->url);
	enum window_server server;

	if (w->probe != NULL || w->probes >= PROBES_MAX || a->context_given ||
		h == NULL || !h->listed)
		return WINDOW_NONE;
	server = h->models.server != WINDOW_NONE
		? h->models.server
		: window_by_preset(a->preset != NULL ? a->preset->name : NULL);
	/* llama.cpp may list what the model could take, and not what it runs
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

void warm_prompt(struct warm *w, const struct app_agent *agent)
{
	bool other = w->agent == NULL ||
		strcmp(w->agent->agent.url, agent->agent.url) != 0;

	if (other) {
		warm_release(w);
		w->used_ms = -1;
		w->probes = 0;
	}
	w->agent = agent;
	w->at_ms = wanted(agent) && w->listing == NULL &&
			(is_cold(w) || to_probe(w) != WINDOW_NONE)
		? clock_mono_ms() + STAND_MS
		: -1;
}

void warm_typed(struct warm *w)
{
	if (w->agent != NULL && wanted(w->agent) && w->listing == NULL &&
		w->at_ms < 0 && is_cold(w))
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
		.agent = &w->agent->agent,
		.key = w->agent->key,
	};
}

static void begin_probe(struct warm *w)
{
	const struct agent *a = &w->agent->agent;
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
	const char *model = w->agent->agent.model;
	struct known_host *h = known_host(&w->app->known, w->agent->agent.url);
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
	struct rest_options o = ask_of(w);
	struct err err = {0};

	w->at_ms = -1;
	if (!is_cold(w)) {
		begin_probe(w);
		return;
	}
	w->used_ms = clock_mono_ms();
	if (listing_start(&w->listing, &o, &err) != ST_OK) {
		w->listing = NULL;
		log_debug("not warmed: %s", err.msg);
	}
}

static void settle(struct warm *w)
{
	struct known_host *h = known_host(&w->app->known, w->agent->agent.url);
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
