/* Checks the way to an endpoint, each step with its time and its fault. */
#include "app/doctor_priv.h"

#include <string.h>

#include "app/aside.h"
#include "app/models.h"
#include "app/presets.h"
#include "base/clock.h"
#include "conf/preset.h"
#include "engine/listing.h"
#include "net/http.h"
#include "wire/model_name.h"
#include "wire/url.h"

/* An endpoint that is checked. */
struct way {
	struct doctor *d;
	const struct agent *at; /* who is asked there */
	const struct secret *key;
	struct url url;
	struct rest *listing; /* of its models, ended */
	struct check *unlisted; /* the warning about a model that is not in a
				   list of one */
	bool stopped; /* by the user */
};

/*
 * Which endpoint, and which key
 */

static const char *fix_of(enum status st)
{
	switch (st) {
	case ST_CONFIG:
		return "atllama presets lists hosts; -e URL, "
		       "LLAMA_MODEL_ENDPOINT or an endpoint of the "
		       "configuration names one";
	case ST_AUTH:
		return "check the key: is it the one of this host, and "
		       "still valid?";
	case ST_MODEL:
		return "atllama models lists what the endpoint serves; "
		       "is its address right, with /v1?";
	case ST_LIMIT: return "wait, or look at the account's quota and credit";
	case ST_NET: return "see the step that failed above";
	case ST_SERVER:
		return "the host has a fault; try again, or ask those "
		       "who run it";
	case ST_WINDOW:
		return "the window is very small; start the server "
		       "with a larger one";
	case ST_OK:
	case ST_FAIL:
	case ST_NOMEM:
	case ST_IO:
	case ST_NOT_FOUND:
	case ST_BUSY:
	case ST_USAGE:
	case ST_CUT:
	case ST_LENGTH:
	case ST_FILTERED:
	case ST_LOCKED:
	case ST_DAMAGED:
	case ST_STOPPED: break;
	}
	return "";
}

static void fail_endpoint(struct way *w, enum status st, const struct err *err)
{
	/* Only the first line: the others are advice about something else. */
	struct check *k = doctor_add(w->d, "endpoint", CHECK_FAIL, "%.*s",
		(int)strcspn(err->msg, "\n"), err->msg);

	doctor_fail(k, st, fix_of(st));
}

static bool look_endpoint(struct way *w)
{
	const struct preset *p = w->at->preset;
	struct err err = {0};
	struct check *k;
	enum status st = url_parse(span_str(w->at->url), &w->url, &err);

	if (st != ST_OK) {
		fail_endpoint(w, st, &err);
		return false;
	}
	k = doctor_add(w->d, "endpoint", CHECK_OK, "%s%s%s%s", w->at->url,
		p != NULL ? " (preset " : "", p != NULL ? p->name : "",
		p != NULL ? ")" : "");
	if (w->at->pool != NULL)
		buf_fmt(&k->detail, ", %s of pool %s", w->at->endpoint,
			w->at->pool->name);
	if (p != NULL && p->state == PRESET_DOUBTFUL && p->advice != NULL) {
		k->state = CHECK_WARN;
		buf_set(&k->fix, span_str(p->advice));
	}
	return true;
}

static void look_key(struct way *w)
{
	const struct key_ref *ref = &w->at->key;

	if (w->key == NULL)
		(void)doctor_add(w->d, "key", CHECK_OK, "none is sent%s",
			url_is_loopback(&w->url)
				? ""
				: "; a host elsewhere usually wants one");
	else
		(void)doctor_add(w->d, "key", CHECK_OK,
			"%zu characters%s%s, sent as %s", w->key->len,
			ref->source == KEY_ENV ? " from " : "",
			ref->source == KEY_ENV ? ref->name : "",
			w->at->auth_header != NULL ? w->at->auth_header
						   : "Authorization: Bearer");
}

/*
 * The connection
 */

enum { STEP_NAME, STEP_CONNECT, STEP_TLS, STEP_HTTP, STEPS_N };

/* The step at which a fault happened. */
static int step_of(const struct http_result *r)
{
	switch (r->fault) {
	case HTTP_FAULT_RESOLVE: return STEP_NAME;
	case HTTP_FAULT_CONNECT:
	case HTTP_FAULT_PROXY: return STEP_CONNECT;
	case HTTP_FAULT_TLS: return STEP_TLS;
	case HTTP_FAULT_CONNECT_TIMEOUT:
		if (r->dns_us < 0)
			return STEP_NAME;
		return r->connect_us < 0 ? STEP_CONNECT : STEP_TLS;
	case HTTP_FAULT_NONE:
	case HTTP_FAULT_REFUSED_HERE:
	case HTTP_FAULT_FIRST_BYTE_TIMEOUT:
	case HTTP_FAULT_IDLE_TIMEOUT:
	case HTTP_FAULT_CLOSED:
	case HTTP_FAULT_PROTOCOL: break;
	}
	return STEP_HTTP;
}

static const char *const step_names[STEPS_N] = {
	[STEP_NAME] = "name",
	[STEP_CONNECT] = "connection",
	[STEP_TLS] = "TLS",
	[STEP_HTTP] = "HTTP",
};

static const char *const step_fixes[STEPS_N] = {
	[STEP_NAME] = "is the host's name right, and is there a network? A "
		      "proxy is set by https_proxy or --proxy",
	[STEP_CONNECT] = "is the server running there, on that port? A "
			 "firewall or proxy may be in between",
	[STEP_TLS] = "an authority of your own is trusted with --cacert; a "
		     "server without TLS wants http://",
	[STEP_HTTP] = "is that an HTTP server, and does it speak this "
		      "protocol?",
};

static void put_failed(struct way *w, int step, const struct http_result *r)
{
	struct check *k = doctor_add(
		w->d, step_names[step], CHECK_FAIL, "%s", r->err.msg);

	doctor_fail(k, r->status, step_fixes[step]);
	if (step == STEP_CONNECT && w->url.tls)
		buf_str(&k->fix, "; a server without TLS wants http://");
}

static void put_passed(struct way *w, int step, const struct http_result *r)
{
	const int64_t ends[STEPS_N] = {
		r->dns_us, r->connect_us, r->tls_us, r->first_byte_us};
	const char *const details[STEPS_N] = {
		[STEP_NAME] = "found",
		[STEP_CONNECT] = r->remote,
		[STEP_TLS] = "certificate verified",
		[STEP_HTTP] = "",
	};
	struct check *k = doctor_add(
		w->d, step_names[step], CHECK_OK, "%s", details[step]);
	int64_t before = 0;
	int i;

	if (step == STEP_HTTP)
		buf_fmt(&k->detail, "HTTP/%s, status %d",
			r->http_version == 20		? "2"
				: r->http_version == 10 ? "1.0"
							: "1.1",
			r->http_status);
	for (i = 0; i < step; i++)
		if (ends[i] > before)
			before = ends[i];
	k->us = ends[step] > before ? ends[step] - before : 0;
}

static void put_step(struct way *w, int step, const struct http_result *r)
{
	if (step == STEP_TLS && !w->url.tls)
		return;
	if (r->status == ST_OK || step_of(r) > step)
		put_passed(w, step, r);
	else if (step_of(r) == step)
		put_failed(w, step, r);
	else
		(void)doctor_add(
			w->d, step_names[step], CHECK_SKIP, "not reached");
}

static void put_window(struct check *k, const struct model *m)
{
	if (m->context > 0)
		buf_fmt(&k->detail, ", window %lld", (long long)m->context);
}

/* What the list says of the model that would be asked. */
static void look_listed(struct way *w, const struct models *all)
{
	const char *want = w->at->model;
	const struct model *m = NULL;
	enum model_match match = model_resolve(all, span_str(want), &m);
	struct check *k;

	if (all->n == 0) {
		(void)doctor_add(w->d, "model", CHECK_SKIP,
			"%s; the endpoint lists none", want);
		return;
	}
	if (match >= MODEL_FAMILY) {
		k = doctor_add(w->d, "model",
			match == MODEL_EXACT ? CHECK_OK : CHECK_WARN, "%s%s",
			m->id.p, match == MODEL_EXACT ? ", listed" : "");
		if (match != MODEL_EXACT)
			buf_fmt(&k->fix,
				"%s is not listed, this one is: -m %s, or "
				"LLAMA_MODEL",
				want, m->id.p);
		put_window(k, m);
		return;
	}
	/* A server with one model often takes any name; its answer will
	 * tell. */
	k = doctor_add(w->d, "model", CHECK_WARN,
		"%s is not among the %zu that are listed", want, all->n);
	if (all->n == 1)
		w->unlisted = k;
	buf_fmt(&k->fix, "%s%s%satllama models lists them",
		match == MODEL_NEAR ? "did you mean " : "",
		match == MODEL_NEAR ? m->id.p : "",
		match == MODEL_NEAR ? "? " : "");
}

static void look_models(struct way *w)
{
	bool none = w->at->preset != NULL && w->at->preset->no_models;
	struct models all;
	struct err err = {0};
	enum status st;
	struct check *k;

	models_init(&all);
	st = listing_read(w->listing, &all, &err);
	if (w->at->kind == AGENT_GUIDE) {
		(void)doctor_add(w->d, "model", CHECK_OK,
			"the manual, which answers by itself");
	} else if (st == ST_OK) {
		look_listed(w, &all);
	} else if (st == ST_AUTH) {
		k = doctor_add(w->d, "key accepted", CHECK_FAIL, "%s", err.msg);
		doctor_fail(k, st, fix_of(st));
	} else if (rest_is_loading(w->listing)) {
		(void)doctor_add(w->d, "model", CHECK_SKIP,
			"%s; the server is still loading", w->at->model);
	} else {
		(void)doctor_add(w->d, "model", none ? CHECK_SKIP : CHECK_WARN,
			"%s; there is no list of models: %s", w->at->model,
			err.msg);
	}
	models_release(&all);
}

/* False when the endpoint cannot be reached. */
static bool look_connection(struct way *w)
{
	const struct http_result *r;
	struct err err = {0};
	struct check *k;
	enum status st = models_fetch(
		w->d->app, w->at, w->key, &w->listing, &err);
	int step;

	w->stopped = st == ST_STOPPED;
	if (st != ST_OK) {
		k = doctor_add(w->d, "connection", CHECK_FAIL, "%s", err.msg);
		doctor_fail(k, st, "");
		return false;
	}
	r = rest_http(w->listing);
	for (step = 0; step < STEPS_N; step++)
		put_step(w, step, r);
	if (r->status == ST_OK)
		look_models(w);
	return r->status == ST_OK;
}

/*
 * One token
 */

/* Takes the warning back: the only model has answered under whatever name. */
static void settle_unlisted(struct way *w, struct span answered)
{
	struct check *k = w->unlisted;
	struct models all;

	models_init(&all);
	if (k != NULL && listing_read(w->listing, &all, NULL) == ST_OK &&
		models_find(&all, answered) != NULL) {
		k->state = CHECK_OK;
		buf_reset(&k->fix);
		buf_reset(&k->detail);
		buf_fmt(&k->detail, "%s, which answers to any name",
			all.rows[0].id.p);
		put_window(k, &all.rows[0]);
	}
	models_release(&all);
}

static void look_answer(struct way *w)
{
	struct err err = {0};
	struct buf model;
	struct buf advice;
	struct check *k;
	int64_t began = clock_mono_us();
	enum status st;

	buf_init(&model, BUF_SMALL);
	buf_init(&advice, BUF_SMALL);
	st = aside_try(w->d->app, w->at, w->key, &model, &err);
	w->stopped = st == ST_STOPPED;
	if (st == ST_OK) {
		k = doctor_add(w->d, "answer", CHECK_OK, "one token%s%s",
			model.len > 0 ? " of " : "", model.p);
		settle_unlisted(w, buf_view(&model));
	} else {
		k = doctor_add(w->d, "answer", CHECK_FAIL, "%s", err.msg);
		doctor_fail(k, st,
			st == ST_SERVER && rest_is_loading(w->listing)
				? "it is there and loads its model: try again "
				  "when that is done"
				: fix_of(st));
	}
	k->us = clock_mono_us() - began;
	if (st == ST_AUTH || st == ST_MODEL)
		presets_advice(w->d->app, w->at->url, &advice);
	if (advice.len > 0)
		buf_set(&k->fix, buf_view(&advice));
	buf_release(&advice);
	buf_release(&model);
}

static bool look_there(struct way *w)
{
	if (look_endpoint(w)) {
		look_key(w);
		if (look_connection(w) && !w->stopped)
			look_answer(w);
	}
	rest_free(w->listing);
	return !w->stopped;
}

/* Each endpoint of a pool by itself, with its own key. */
static void look_pool(struct doctor *d, const struct app_agent *a)
{
	struct err err = {0};
	bool goes_on = true;
	size_t i;

	for (i = 0; i < a->stops_n && goes_on; i++) {
		struct way w = {.d = d, .at = &a->stops[i]};
		enum status st = agent_key(
			w.at, &d->app->env.keys, &w.key, &err);

		if (st == ST_OK)
			goes_on = look_there(&w);
		else
			fail_endpoint(&w, st, &err);
	}
}

void doctor_endpoint(struct doctor *d)
{
	struct app_agent *a = NULL;
	struct way w = {.d = d};
	struct err err = {0};
	enum status st = app_agent(d->app, d->agent, &a, &err);

	if (st != ST_OK) {
		fail_endpoint(&w, st, &err);
		return;
	}
	if (a->stops_n > 0) {
		look_pool(d, a);
		return;
	}
	w.at = &a->agent;
	w.key = a->key;
	(void)look_there(&w);
}
