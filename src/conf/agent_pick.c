/* Picks an agent's endpoint by precedence, with its URL, model and key. */
#include "conf/agent_priv.h"

#include <string.h>

#include "conf/check.h"
#include "conf/preset.h"

const char *agent_first(const char *a, const char *b)
{
	return a != NULL ? a : b;
}

/* Picks an endpoint of the configuration, or a member of a pool. */
static void pick_named(struct pick *p, enum origin origin, const char *endpoint,
	const char *pool)
{
	p->origin = origin;
	if (endpoint != NULL)
		p->ep = config_endpoint(p->config, span_str(endpoint));
	if (pool != NULL)
		p->pool = config_pool(p->config, span_str(pool));
	if (p->pool != NULL)
		p->ep = config_endpoint(
			p->config, span_str(p->pool->endpoints.v[p->member]));
}

/* -e: a URL, or the name of an endpoint or of a pool. */
static enum status pick_flag(
	struct pick *p, const char *flag, const char **ret_url, struct err *err)
{
	if (check_url(span_str(flag))) {
		p->origin = ORIGIN_FLAG_URL;
		*ret_url = flag;
		return ST_OK;
	}
	pick_named(p, ORIGIN_FLAG_NAME, flag, flag);
	if (p->ep == NULL)
		return err_set(err, ST_USAGE,
			"--endpoint: \"%s\" is neither an address such as "
			"https://host/v1 nor an endpoint or a pool of the "
			"configuration",
			flag);
	return ST_OK;
}

static enum status pick_env(
	struct pick *p, const char **ret_url, struct err *err)
{
	p->origin = ORIGIN_ENV;
	*ret_url = p->env->endpoint;
	if (!check_url(span_str(p->env->endpoint)))
		return err_set(err, ST_CONFIG,
			AGENT_ENV_ENDPOINT
			": \"%s\" is not an http or https URL, as "
			"https://host/v1",
			p->env->endpoint);
	return ST_OK;
}

enum status agent_pick_endpoint(
	struct pick *p, const char **ret_url, struct err *err)
{
	const struct agent_conf *d = &p->config->defaults;

	if (p->flags->endpoint != NULL)
		return pick_flag(p, p->flags->endpoint, ret_url, err);
	if (p->flags->preset != NULL) {
		p->origin = ORIGIN_FLAG_PRESET;
		p->preset = preset_find(p->config, span_str(p->flags->preset));
		if (p->preset == NULL)
			return err_set(err, ST_USAGE,
				"there is no preset \"%s\"", p->flags->preset);
	} else if (p->conf != NULL &&
		(p->conf->endpoint != NULL || p->conf->pool != NULL)) {
		pick_named(p, ORIGIN_AGENT, p->conf->endpoint, p->conf->pool);
	} else if (p->env->endpoint != NULL) {
		return pick_env(p, ret_url, err);
	} else if (d->endpoint != NULL || d->pool != NULL) {
		pick_named(p, ORIGIN_DEFAULTS, d->endpoint, d->pool);
	}
	return ST_OK;
}

/* Refuses to give several endpoints what belongs to one: a key above all, and
 * whatever may hold one. */
enum status agent_check_pool(const struct pick *p, struct err *err)
{
	const struct agent_flags *f = p->flags;
	const char *one = NULL;

	if (p->pool == NULL)
		return ST_OK;
	if (f->key_command != NULL)
		one = "--api-key-command";
	else if (f->link.headers.n > 0)
		one = "--header";
	else if (f->link.auth_header != NULL)
		one = "--auth-header";
	else if (f->link.cert != NULL)
		one = "--cert";
	else if (f->link.pin != NULL)
		one = "--pin";
	return one == NULL
		? ST_OK
		: err_set(err, ST_USAGE,
			  "%s is for one endpoint, and pool \"%s\" has "
			  "several; name one of them with -e",
			  one, p->pool->name);
}

/* Sets the URL of the endpoint that was picked, or of its preset. */
enum status agent_set_url(
	struct agent *a, struct pick *p, const char *url, struct err *err)
{
	const struct opt_list *given = NULL;
	struct buf made;
	enum status st;

	if (p->ep != NULL) {
		url = p->ep->url;
		given = &p->ep->parameters;
		if (p->ep->preset != NULL)
			p->preset = preset_find(
				p->config, span_str(p->ep->preset));
	}
	a->endpoint = p->ep != NULL ? p->ep->name : NULL;
	a->pool = p->pool;
	a->preset = p->preset;
	a->url = agent_first(url, "");
	if (url != NULL || p->preset == NULL)
		return ST_OK;
	buf_init(&made, BUF_SMALL);
	st = preset_url(p->preset, given, &made, err);
	if (st == ST_OK) {
		a->own_url = buf_detach(&made);
		a->url = agent_first(a->own_url, "");
		if (a->own_url == NULL)
			st = err_nomem(err);
	}
	buf_release(&made);
	return st;
}

/*
 * The model. An endpoint that the flags or the agent chose comes with its own
 * model, and so does each of a pool; LLAMA_MODEL belongs to what the
 * environment or the defaults chose.
 */
const char *agent_pick_model(const struct pick *p)
{
	const char *model = agent_first(p->chat->model, p->flags->model);
	const char *theirs = p->ep != NULL ? p->ep->model : NULL;
	bool named = p->origin == ORIGIN_FLAG_NAME ||
		p->origin == ORIGIN_FLAG_PRESET || p->origin == ORIGIN_AGENT ||
		p->pool != NULL;

	if (p->preset != NULL)
		theirs = agent_first(theirs, p->preset->model);
	if (p->conf != NULL)
		model = agent_first(model, p->conf->model);
	model = agent_first(model, named ? theirs : p->env->model);
	model = agent_first(model, p->config->defaults.model);
	return agent_first(model, named ? NULL : theirs);
}

static const struct key_ref no_key = {KEY_NONE, NULL, true};

/* The key that an endpoint's own section names. */
static struct key_ref endpoint_key(const struct endpoint_conf *ep)
{
	if (ep->key_env != NULL)
		return (struct key_ref){KEY_ENV, ep->key_env, false};
	if (ep->key_file != NULL)
		return (struct key_ref){KEY_FILE, ep->key_file, false};
	if (ep->key_command != NULL)
		return (struct key_ref){KEY_COMMAND, ep->key_command, false};
	if (ep->key_vault != NULL)
		return (struct key_ref){KEY_VAULT, ep->key_vault, false};
	return no_key;
}

static struct key_ref preset_key(const struct preset *p)
{
	if (p->key_env != NULL)
		return (struct key_ref){KEY_ENV, p->key_env, p->key_optional};
	if (p->key_command != NULL)
		return (struct key_ref){
			KEY_COMMAND, p->key_command, p->key_optional};
	return no_key;
}

/* A key belongs to one origin: this is the only place that pairs them. */
struct key_ref agent_pick_key(const struct pick *p)
{
	struct key_ref own = no_key;

	if (p->origin == ORIGIN_NONE)
		return no_key;
	if (p->flags->key_command != NULL)
		return (struct key_ref){
			KEY_COMMAND, p->flags->key_command, false};
	if (p->origin == ORIGIN_FLAG_URL || p->origin == ORIGIN_ENV)
		return (struct key_ref){KEY_ENV, AGENT_ENV_KEY, true};
	if (p->ep != NULL)
		own = endpoint_key(p->ep);
	if (own.source != KEY_NONE)
		return own;
	if (p->preset == NULL || (p->ep != NULL && p->ep->url != NULL))
		return no_key;
	return preset_key(p->preset);
}
