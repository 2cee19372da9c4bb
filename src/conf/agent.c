#include "conf/agent.h"

#include <stdlib.h>
#include <string.h>

#include "conf/agent_priv.h"
#include "conf/check.h"
#include "conf/preset.h"

/* Built in rather than a file of share/: the library answers without an
 * installation, and the words are as much a part of the program as its
 * defaults. A system or system_file of the configuration replaces them. */
static const char llama_system[] =
	"You are Llama, an AI assistant made by Meta, in the user's terminal. "
	"Today is {{date}}.\n"
	"Answer in the language of the user's message, and match its length "
	"and formality: be accurate and short, and say more when you are "
	"asked. Use Markdown, and fenced blocks with a language for code.\n"
	"When an instruction can be understood in ways that lead to different "
	"answers, name the readings in a line each, say which one you "
	"recommend, and ask which is meant; when one is plainly likelier, go "
	"by it and say so.\n"
	"When the user is troubled, first show in a sentence or two that you "
	"have understood how things are; give advice after that, if it is "
	"wanted.\n"
	"Your knowledge ends some time before today, with Llama 3.3 in "
	"December 2023, and you cannot look anything up: you know no news, no "
	"prices, no weather and nothing of this machine but what you are "
	"shown. Where that matters, say so. Say when you are not sure, and "
	"never make up a source, a figure or a quotation.";

void agent_init(struct agent *a)
{
	memset(a, 0, sizeof(*a));
}

void agent_release(struct agent *a)
{
	if (a == NULL)
		return;
	free(a->headers);
	free(a->own_url);
	opt_list_release(&a->sampling.stop);
	opt_list_release(&a->sampling.params);
	agent_init(a);
}

static void set_context(struct agent *a, const struct pick *p)
{
	const struct opt_int *said[4] = {&p->chat->context};
	bool theirs_last = p->origin == ORIGIN_DEFAULTS && p->pool == NULL;
	size_t i;

	if (p->conf != NULL)
		said[1] = &p->conf->context;
	said[theirs_last ? 2 : 3] = &p->config->defaults.context;
	if (p->ep != NULL)
		said[theirs_last ? 3 : 2] = &p->ep->context;
	a->context = AGENT_CONTEXT;
	for (i = 0; i < 4 && !a->context_given; i++)
		if (said[i] != NULL && said[i]->set) {
			a->context = said[i]->v;
			a->context_given = true;
		}
	if (!a->context_given && p->preset != NULL && p->preset->context.set)
		a->context = p->preset->context.v;
}

static int64_t first_int(const struct opt_int *a, const struct opt_int *b,
	const struct opt_int *c, int64_t otherwise)
{
	if (a->set)
		return a->v;
	if (b != NULL && b->set)
		return b->v;
	return c->set ? c->v : otherwise;
}

static void set_sampling(struct agent *a, const struct pick *p)
{
	const struct agent_conf *d = &p->config->defaults;
	const struct opt_int *max = p->conf != NULL ? &p->conf->max_tokens
						    : NULL;

	a->temperature = AGENT_TEMPERATURE;
	if (p->chat->temperature.set)
		a->temperature = p->chat->temperature.v;
	else if (p->flags->temperature.set)
		a->temperature = p->flags->temperature.v;
	else if (p->conf != NULL && p->conf->temperature.set)
		a->temperature = p->conf->temperature.v;
	else if (d->temperature.set)
		a->temperature = d->temperature.v;
	a->images = d->images;
	if (p->conf != NULL && p->conf->images != CONF_UNSAID)
		a->images = p->conf->images;
	if (p->flags->images)
		a->images = CONF_ON;
	a->max_tokens = AGENT_MAX_TOKENS;
	if (p->preset != NULL && p->preset->max_output.set &&
		p->preset->max_output.v < a->max_tokens)
		a->max_tokens = p->preset->max_output.v;
	a->max_tokens = first_int(
		&p->flags->max_tokens, max, &d->max_tokens, a->max_tokens);
	if (p->chat->max_tokens.set)
		a->max_tokens = p->chat->max_tokens.v;
}

static bool has_param(const struct opt_list *l, const char *param)
{
	struct span rest = span_str(param);
	struct span name = span_cut(&rest, '=');
	size_t i;

	for (i = 0; i < l->n; i++) {
		rest = span_str(l->v[i]);
		if (span_eq(span_cut(&rest, '='), name))
			return true;
	}
	return false;
}

/* Adds what one source sets and none before it did; of values of the same
 * parameter, the last. */
static enum status add_sampling(
	struct sampling *s, const struct sampling *from, struct err *err)
{
	bool stops = s->stop.n > 0;
	enum status st = ST_OK;
	size_t i;

	if (!s->top_p.set)
		s->top_p = from->top_p;
	if (!s->seed.set)
		s->seed = from->seed;
	if (!s->presence_penalty.set)
		s->presence_penalty = from->presence_penalty;
	if (!s->frequency_penalty.set)
		s->frequency_penalty = from->frequency_penalty;
	for (i = 0; i < from->stop.n && !stops && st == ST_OK; i++)
		st = opt_list_add(&s->stop, from->stop.v[i], err);
	for (i = from->params.n; i > 0 && st == ST_OK; i--)
		if (!has_param(&s->params, from->params.v[i - 1]))
			st = opt_list_add(
				&s->params, from->params.v[i - 1], err);
	return st;
}

static enum status set_params(
	struct agent *a, const struct pick *p, struct err *err)
{
	enum status st = add_sampling(&a->sampling, &p->chat->sampling, err);

	if (st == ST_OK)
		st = add_sampling(&a->sampling, &p->flags->sampling, err);
	if (st == ST_OK && p->conf != NULL)
		st = add_sampling(&a->sampling, &p->conf->sampling, err);
	if (st == ST_OK)
		st = add_sampling(
			&a->sampling, &p->config->defaults.sampling, err);
	return st;
}

static void set_texts(struct agent *a, const struct pick *p)
{
	bool llama = span_caseis(span_str(a->name), AGENT_NAME_LLAMA);

	a->system = p->flags->system;
	a->style = agent_first(p->chat->style, p->flags->style);
	a->language = agent_first(p->chat->language, p->flags->language);
	if (p->conf != NULL) {
		a->system = agent_first(a->system, p->conf->system);
		a->style = agent_first(a->style, p->conf->style);
		a->language = agent_first(a->language, p->conf->language);
	}
	a->system = agent_first(a->system, p->config->defaults.system);
	a->system = agent_first(a->system, llama ? llama_system : "");
	a->style = agent_first(a->style, p->config->defaults.style);
	a->language = agent_first(a->language, p->config->defaults.language);
}

static void set_guard(struct agent *a, const struct pick *p)
{
	static const struct agent_conf nothing;
	const struct agent_conf *from[] = {p->chat,
		p->conf != NULL ? p->conf : &nothing, &p->config->defaults};
	size_t i;

	for (i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
		const struct agent_conf *c = from[i];

		a->guard_name = agent_first(a->guard_name, c->guard);
		a->guard_mode = agent_first(a->guard_mode, c->guard_mode);
		a->guard_stream = agent_first(a->guard_stream, c->guard_stream);
		a->guard_undecided = agent_first(
			a->guard_undecided, c->guard_undecided);
	}
}

static void set_times(struct agent *a, const struct pick *p)
{
	static const struct link_conf nothing;
	const struct link_conf *f = &p->flags->link;
	const struct link_conf *e = p->ep != NULL ? &p->ep->link : &nothing;
	const struct link_conf *d = &p->config->link;

	a->connect_ms = first_int(&f->connect_ms, &e->connect_ms,
		&d->connect_ms, AGENT_CONNECT_MS);
	a->first_byte_ms = first_int(&f->first_byte_ms, &e->first_byte_ms,
		&d->first_byte_ms, AGENT_FIRST_BYTE_MS);
	a->idle_ms = first_int(
		&f->idle_ms, &e->idle_ms, &d->idle_ms, AGENT_IDLE_MS);
	/* Every row that sets it allows at most CONF_RETRIES_MAX. */
	a->retries = (int)first_int(
		&f->retries, &e->retries, &d->retries, AGENT_RETRIES);
}

/* Sets headers, certificates and the key's header: the endpoint's own, or those
 * of the flags; `defaults` has none. */
static enum status set_link(
	struct agent *a, const struct pick *p, struct err *err)
{
	static const struct link_conf nothing;
	const struct link_conf *f = &p->flags->link;
	const struct link_conf *e = p->ep != NULL ? &p->ep->link : &nothing;
	const struct link_conf *d = &p->config->link;
	const struct opt_list *lists[3] = {NULL, &e->headers, &f->headers};
	size_t n = e->headers.n + f->headers.n;
	size_t i;
	size_t k;

	a->auth_header = agent_first(f->auth_header, e->auth_header);
	if (p->preset != NULL) {
		a->auth_header = agent_first(
			a->auth_header, p->preset->auth_header);
		a->no_stream_options = p->preset->no_stream_options;
		a->prefill = p->preset->prefill;
		lists[0] = &p->preset->headers;
		n += lists[0]->n;
	}
	if (p->ep != NULL && p->ep->prefill != CONF_PREFILL_UNSAID)
		a->prefill = p->ep->prefill;
	a->cert = agent_first(f->cert, e->cert);
	a->cert_key = f->cert != NULL ? f->key : agent_first(f->key, e->key);
	a->pin = agent_first(f->pin, e->pin);
	a->cacert = agent_first(agent_first(f->cacert, e->cacert), d->cacert);
	a->proxy = agent_first(agent_first(f->proxy, e->proxy), d->proxy);
	a->no_warm = (e->warm != CONF_UNSAID ? e->warm : d->warm) == CONF_OFF;
	a->http11 = f->http11 || e->http11 || d->http11;
	a->insecure_http = p->flags->insecure_http;
	set_times(a, p);
	if (n == 0)
		return ST_OK;
	a->headers = calloc(n, sizeof(*a->headers));
	if (a->headers == NULL)
		return err_nomem(err);
	for (k = 0; k < 3; k++)
		for (i = 0; lists[k] != NULL && i < lists[k]->n; i++)
			a->headers[a->headers_n++] = lists[k]->v[i];
	return ST_OK;
}

static void set_guide(struct agent *a)
{
	a->kind = AGENT_GUIDE;
	a->name = AGENT_NAME_GUIDE;
	a->url = "";
	a->model = AGENT_NAME_GUIDE;
	a->model_given = true;
	a->system = "";
	a->max_tokens = AGENT_MAX_TOKENS;
	a->context = AGENT_CONTEXT;
	a->context_given = true;
	a->connect_ms = AGENT_CONNECT_MS;
	a->first_byte_ms = AGENT_FIRST_BYTE_MS;
	a->idle_ms = AGENT_IDLE_MS;
	a->retries = AGENT_RETRIES;
}

/* Sets the models to ask when the agent's own is not available: the agent's
 * fallback, else its pool's, else everybody's; none where a flag or the chat
 * names the model. */
static void set_fallback(struct agent *a, const struct pick *p)
{
	if (p->flags->model != NULL || p->chat->model != NULL)
		return;
	a->fallback = &p->config->defaults.fallback;
	if (p->conf != NULL && p->conf->fallback.n > 0)
		a->fallback = &p->conf->fallback;
	else if (p->pool != NULL && p->pool->fallback.n > 0)
		a->fallback = &p->pool->fallback;
	if (a->fallback->n == 0)
		a->fallback = NULL;
}

static enum status fill(struct agent *a, struct pick *p, struct err *err)
{
	const char *url = NULL;
	enum status st = agent_pick_endpoint(p, &url, err);

	if (st == ST_OK)
		st = agent_check_pool(p, err);
	if (st == ST_OK)
		st = agent_set_url(a, p, url, err);
	if (st != ST_OK)
		return st;
	a->model = agent_pick_model(p);
	a->model_given = a->model != NULL;
	if (!a->model_given && p->preset != NULL)
		return err_set(err, ST_CONFIG,
			"preset \"%s\" names no model: give -m ID%s%s",
			p->preset->name, p->preset->advice != NULL ? "; " : "",
			agent_first(p->preset->advice, ""));
	a->model = agent_first(a->model, AGENT_MODEL);
	a->key = agent_pick_key(p);
	a->weight = 1;
	if (p->ep != NULL && p->ep->weight.set)
		a->weight = (int)p->ep->weight.v;
	if (p->ep != NULL && p->ep->max_concurrent.set)
		a->max_concurrent = (int)p->ep->max_concurrent.v;
	set_fallback(a, p);
	set_context(a, p);
	set_sampling(a, p);
	set_texts(a, p);
	set_guard(a, p);
	st = set_params(a, p, err);
	return st == ST_OK ? set_link(a, p, err) : st;
}

static enum status unknown_agent(
	const struct config *config, struct span name, struct err *err)
{
	const char *known;
	size_t i;

	(void)err_set(err, ST_NOT_FOUND,
		"there is no agent \"%.*s\"; known:", (int)name.n, name.p);
	for (i = 0;; i++) {
		known = agent_name_at(config, i);
		if (known == NULL)
			break;
		err_hint(err, "%s %s", i > 0 ? "," : "", known);
	}
	return ST_NOT_FOUND;
}

static enum status resolve(struct agent *a, const struct agent_sources *from,
	struct span name, size_t member, struct err *err)
{
	static const struct agent_flags no_flags;
	static const struct agent_conf nothing;
	struct pick p = {
		.flags = from->flags != NULL ? from->flags : &no_flags,
		.env = from->env,
		.config = from->config,
		.chat = from->chat != NULL ? from->chat : &nothing,
		.member = member,
		.origin = ORIGIN_NONE,
	};
	struct agent fresh;
	const char *known;
	enum status st;

	if (name.n == 0)
		name = span_str(agent_first(
			agent_first(p.flags->agent, p.config->agent),
			AGENT_NAME_LLAMA));
	known = agent_find_name(p.config, name);
	if (known == NULL)
		return unknown_agent(p.config,
			span_of(name.p,
				name.n < CHECK_NAME_MAX ? name.n
							: CHECK_NAME_MAX),
			err);
	agent_init(&fresh);
	fresh.name = known;
	if (strcmp(known, AGENT_NAME_GUIDE) == 0) {
		set_guide(&fresh);
	} else {
		p.conf = config_agent(p.config, name);
		st = fill(&fresh, &p, err);
		if (st != ST_OK) {
			agent_release(&fresh);
			return st;
		}
	}
	agent_release(a);
	*a = fresh;
	return ST_OK;
}

enum status agent_resolve(struct agent *a, const struct agent_sources *from,
	struct span name, struct err *err)
{
	return resolve(a, from, name, 0, err);
}

enum status agent_resolve_at(struct agent *a, const struct agent_sources *from,
	const struct agent *of, size_t member, struct err *err)
{
	enum status st = resolve(a, from, span_str(of->name), member, err);

	if (st != ST_OK)
		err_prefix(
			err, "endpoint \"%s\"", of->pool->endpoints.v[member]);
	return st;
}

enum status agent_key(const struct agent *a, struct keys *keys,
	const struct secret **ret, struct err *err)
{
	enum status st = keys_get(keys, &a->key, ret, err);

	if (st != ST_OK && a->endpoint != NULL)
		err_prefix(err, "endpoint \"%s\"", a->endpoint);
	else if (st != ST_OK && a->preset != NULL)
		err_prefix(err, "preset \"%s\"", a->preset->name);
	return st;
}
