/* Stores what was read in the structs, and checks that it goes together. */
#include <confuse.h>
#include <string.h>

#include "base/file.h"
#include "base/near.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "conf/agents.h"
#include "conf/check.h"
#include "conf/config_priv.h"
#include "conf/preset.h"
#include "conf/settings.h"

enum status config_take(struct config *c, const struct section *s, cfg_t *sec,
	void *into, struct err *err)
{
	size_t i;
	unsigned k;

	for (i = 0; i < s->n; i++) {
		cfg_opt_t *opt = cfg_getopt(sec, s->rows[i].name);
		unsigned n = cfg_opt_size(opt);

		for (k = 0; k < n; k++) {
			const char *value = cfg_opt_getnstr(opt, k);
			enum status st;

			/* An option without a value has one NULL. */
			if (value == NULL)
				continue;
			value = config_keep(c, value, strlen(value));
			if (value == NULL)
				return err_nomem(err);
			st = opt_store(&s->rows[i], into, value, err);
			if (st == ST_OK)
				continue;
			/* Single values were checked with their line. */
			err_prefix(err, "%s:%d: %s", c->file, sec->line,
				s->rows[i].name);
			if (err != NULL && st == ST_USAGE)
				err->code = ST_CONFIG;
			return st == ST_USAGE ? ST_CONFIG : st;
		}
	}
	return ST_OK;
}

/* Fails for a whole section. */
static enum status blame(const struct config *c, const cfg_t *sec,
	struct err *err, const char *fmt, ...) ATTR_PRINTF(4, 5);

static enum status blame(const struct config *c, const cfg_t *sec,
	struct err *err, const char *fmt, ...)
{
	struct buf text;
	va_list ap;

	buf_init(&text, BUF_SMALL);
	va_start(ap, fmt);
	buf_vfmt(&text, fmt, ap);
	va_end(ap);
	(void)err_set(err, ST_CONFIG, "%s:%d: %s%s%s: %s", c->file, sec->line,
		sec->name, sec->title != NULL ? " " : "",
		sec->title != NULL ? sec->title : "", text.p);
	buf_release(&text);
	return ST_CONFIG;
}

static enum status read_system(struct config *c, const cfg_t *sec,
	struct agent_conf *a, struct err *err)
{
	struct err why = {0};
	struct buf text;
	enum status st;

	if (a->system_file == NULL)
		return ST_OK;
	if (a->system != NULL)
		return blame(c, sec, err,
			"system and system_file exclude each other");
	st = config_settle_path(c, &a->system_file, err);
	if (st != ST_OK)
		return st;
	buf_init(&text, CONFIG_SYSTEM_MAX);
	if (file_read(a->system_file, &text, &why) != ST_OK)
		st = blame(c, sec, err, "system_file: %s", why.msg);
	else if (!utf8_valid(buf_view(&text)) ||
		memchr(text.p, '\0', text.len) != NULL)
		st = blame(c, sec, err, "system_file: \"%s\" is not UTF-8 text",
			a->system_file);
	else {
		struct span s = span_trim(buf_view(&text));

		a->system = config_keep(c, s.p, s.n);
		st = a->system != NULL ? ST_OK : err_nomem(err);
	}
	buf_release(&text);
	return st;
}

static enum status check_title(
	const struct config *c, const cfg_t *sec, bool taken, struct err *err)
{
	if (!check_name(span_str(sec->title)))
		return blame(c, sec, err,
			"a name is a letter, then letters, digits, \"-\" and "
			"\"_\", at most %zu",
			CHECK_NAME_MAX);
	if (taken)
		return blame(c, sec, err, "there is one of that name already");
	return ST_OK;
}

/* Checks that the settings of an endpoint go together. */
static enum status check_endpoint(const struct config *c, const cfg_t *sec,
	const struct endpoint_conf *e, struct err *err)
{
	if (e->url == NULL && e->preset == NULL)
		return blame(c, sec, err, "url is missing");
	if (e->parameters.n > 0 && (e->preset == NULL || e->url != NULL))
		return blame(
			c, sec, err, "parameters go with the url of a preset");
	if ((e->key_env != NULL) + (e->key_file != NULL) +
			(e->key_command != NULL) + (e->key_vault != NULL) >
		1)
		return blame(c, sec, err,
			"key_env, key_file, key_command and key_vault exclude "
			"each other");
	if (e->link.key != NULL && e->link.cert == NULL)
		return blame(c, sec, err,
			"key is the file with the private key of a cert, and "
			"there is no cert; an API key is told by key_env, "
			"key_file, key_command or key_vault");
	return ST_OK;
}

static enum status take_endpoint(
	struct config *c, const struct section *s, cfg_t *sec, struct err *err)
{
	struct endpoint_conf *e;
	struct err why = {0};
	enum status st = check_title(
		c, sec, config_endpoint(c, span_str(sec->title)) != NULL, err);

	if (st != ST_OK)
		return st;
	if (c->endpoints_n >= CONFIG_SECTIONS_MAX)
		return blame(c, sec, err, "more than %zu endpoints",
			CONFIG_SECTIONS_MAX);
	if (!vec_grow(&c->endpoints, &c->endpoints_cap, c->endpoints_n + 1,
		    sizeof(*c->endpoints), CONFIG_SECTIONS_MAX))
		return err_nomem(err);
	e = &c->endpoints[c->endpoints_n++];
	e->name = config_keep(c, sec->title, strlen(sec->title));
	if (e->name == NULL)
		return err_nomem(err);
	st = config_take(c, s, sec, e, err);
	if (st == ST_OK)
		st = config_settle_path(c, &e->key_file, err);
	if (st == ST_OK)
		st = config_settle_link(c, &e->link, err);
	if (st != ST_OK)
		return st;
	if (e->preset != NULL)
		st = preset_load(c, span_str(e->preset), &why);
	if (st != ST_OK)
		return st == ST_NOMEM ? err_nomem(err)
				      : blame(c, sec, err, "%s", why.msg);
	return check_endpoint(c, sec, e, err);
}

/* Appends "; did you mean ...?" with the nearest endpoint or pool, or
 * nothing. */
static void put_near_place(
	const struct config *c, const char *name, bool pools, struct buf *out)
{
	struct near near;
	struct span best;
	size_t i;

	near_init(&near, span_str(name));
	for (i = 0; i < (pools ? c->pools_n : c->endpoints_n); i++)
		near_offer(&near,
			span_str(pools ? c->pools[i].name
				       : c->endpoints[i].name));
	best = near_best(&near);
	if (best.p != NULL)
		buf_fmt(out, "; did you mean %.*s?", (int)best.n, best.p);
}

static enum status no_place(const struct config *c, const cfg_t *sec,
	const char *name, bool pool, struct err *err)
{
	bool other = !pool && config_pool(c, span_str(name)) != NULL;
	struct buf near;
	enum status st;

	buf_init(&near, BUF_SMALL);
	if (!other)
		put_near_place(c, name, pool, &near);
	st = blame(c, sec, err, "there is no %s \"%s\"%s%s",
		pool ? "pool" : "endpoint", name,
		other ? ", but a pool of that name" : "", near.p);
	buf_release(&near);
	return st;
}

/* Checks what an agent, or the defaults, say about where they are answered. */
static enum status check_place(const struct config *c, const cfg_t *sec,
	const struct agent_conf *a, struct err *err)
{
	if (a->endpoint != NULL && a->pool != NULL)
		return blame(
			c, sec, err, "endpoint and pool exclude each other");
	if (a->endpoint != NULL &&
		config_endpoint(c, span_str(a->endpoint)) == NULL)
		return no_place(c, sec, a->endpoint, false, err);
	if (a->pool != NULL && config_pool(c, span_str(a->pool)) == NULL)
		return no_place(c, sec, a->pool, true, err);
	return ST_OK;
}

enum status config_take_agent(
	struct config *c, cfg_t *sec, struct agent_conf *ret, struct err *err)
{
	enum status st;

	if (span_caseis(span_str(sec->title), "guide"))
		return blame(c, sec, err,
			"the guide is built in and cannot be configured");
	ret->name = config_keep(c, sec->title, strlen(sec->title));
	if (ret->name == NULL)
		return err_nomem(err);
	st = config_take(c, section_by_name("agent"), sec, ret, err);
	if (st == ST_OK)
		st = read_system(c, sec, ret, err);
	return st == ST_OK ? check_place(c, sec, ret, err) : st;
}

static enum status take_agent(struct config *c, cfg_t *sec, struct err *err)
{
	enum status st = check_title(
		c, sec, config_agent(c, span_str(sec->title)) != NULL, err);

	if (st != ST_OK)
		return st;
	if (c->agents_n >= CONFIG_SECTIONS_MAX)
		return blame(c, sec, err, "more than %zu agents",
			CONFIG_SECTIONS_MAX);
	if (!vec_grow(&c->agents, &c->agents_cap, c->agents_n + 1,
		    sizeof(*c->agents), CONFIG_SECTIONS_MAX))
		return err_nomem(err);
	return config_take_agent(c, sec, &c->agents[c->agents_n++], err);
}

/* Checks that each name is an endpoint's, and that none is there twice. */
static enum status check_members(struct config *c, const cfg_t *sec,
	struct pool_conf *p, struct err *err)
{
	size_t i;
	size_t k;

	if (p->endpoints.n == 0)
		return blame(c, sec, err, "endpoints is missing");
	if (p->endpoints.n > CONFIG_POOL_MAX)
		return blame(c, sec, err, "more than %zu endpoints",
			CONFIG_POOL_MAX);
	for (i = 0; i < p->endpoints.n; i++) {
		struct span name = span_str(p->endpoints.v[i]);

		if (config_endpoint(c, name) == NULL)
			return no_place(c, sec, p->endpoints.v[i], false, err);
		for (k = 0; k < i; k++)
			if (span_caseis(name, p->endpoints.v[k]))
				return blame(c, sec, err,
					"endpoint \"%s\" is named twice",
					p->endpoints.v[i]);
	}
	return ST_OK;
}

static enum status take_pool(
	struct config *c, const struct section *s, cfg_t *sec, struct err *err)
{
	struct span name = span_str(sec->title);
	struct pool_conf *p;
	enum status st = check_title(c, sec, config_pool(c, name) != NULL, err);

	if (st != ST_OK)
		return st;
	/* -e takes either. */
	if (config_endpoint(c, name) != NULL)
		return blame(c, sec, err, "an endpoint has that name");
	if (c->pools_n >= CONFIG_SECTIONS_MAX)
		return blame(c, sec, err, "more than %zu pools",
			CONFIG_SECTIONS_MAX);
	if (!vec_grow(&c->pools, &c->pools_cap, c->pools_n + 1,
		    sizeof(*c->pools), CONFIG_SECTIONS_MAX))
		return err_nomem(err);
	p = &c->pools[c->pools_n++];
	p->name = config_keep(c, sec->title, strlen(sec->title));
	if (p->name == NULL)
		return err_nomem(err);
	st = config_take(c, s, sec, p, err);
	return st == ST_OK ? check_members(c, sec, p, err) : st;
}

static enum status take_defaults(
	struct config *c, const struct section *s, cfg_t *sec, struct err *err)
{
	enum status st = config_take(c, s, sec, c, err);

	if (st == ST_OK)
		st = read_system(c, sec, &c->defaults, err);
	if (st == ST_OK)
		st = config_settle_link(c, &c->link, err);
	if (st == ST_OK)
		st = check_place(c, sec, &c->defaults, err);
	if (st != ST_OK)
		return st;
	if (c->agent != NULL && config_agent(c, span_str(c->agent)) == NULL &&
		!agents_has(span_str(c->agent)) &&
		!span_caseis(span_str(c->agent), "llama") &&
		!span_caseis(span_str(c->agent), "guide"))
		return blame(c, sec, err, "there is no agent \"%s\"", c->agent);
	return ST_OK;
}

enum status config_take_all(struct config *c, cfg_t *cfg, struct err *err)
{
	enum status st = ST_OK;
	unsigned i;

	for (i = 0; st == ST_OK && i < cfg_size(cfg, "endpoint"); i++)
		st = take_endpoint(c, section_by_name("endpoint"),
			cfg_getnsec(cfg, "endpoint", i), err);
	for (i = 0; st == ST_OK && i < cfg_size(cfg, "pool"); i++)
		st = take_pool(c, section_by_name("pool"),
			cfg_getnsec(cfg, "pool", i), err);
	for (i = 0; st == ST_OK && i < cfg_size(cfg, "agent"); i++)
		st = take_agent(c, cfg_getnsec(cfg, "agent", i), err);
	if (st == ST_OK && cfg_size(cfg, "defaults") > 0)
		st = take_defaults(c, section_by_name("defaults"),
			cfg_getsec(cfg, "defaults"), err);
	return st;
}
