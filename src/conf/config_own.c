#include "conf/config_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/vec.h"
#include "conf/agents.h"
#include "conf/preset.h"
#include "conf/settings.h"

#define TEXTS_MAX ((size_t)1000 * 1000)

void config_init(struct config *c)
{
	memset(c, 0, sizeof(*c));
}

void config_release_agent(struct agent_conf *a)
{
	opt_list_release(&a->sampling.stop);
	opt_list_release(&a->sampling.params);
	opt_list_release(&a->fallback);
}

void config_release(struct config *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->endpoints_n; i++) {
		opt_list_release(&c->endpoints[i].link.headers);
		opt_list_release(&c->endpoints[i].parameters);
	}
	free(c->endpoints);
	for (i = 0; i < c->pools_n; i++) {
		opt_list_release(&c->pools[i].endpoints);
		opt_list_release(&c->pools[i].fallback);
	}
	free(c->pools);
	for (i = 0; i < c->presets_n; i++)
		preset_free(c->presets[i]);
	free(c->presets);
	for (i = 0; i < c->agents_n; i++)
		config_release_agent(&c->agents[i]);
	free(c->agents);
	config_release_agent(&c->defaults);
	for (i = 0; i < c->texts_n; i++)
		free(c->texts[i]);
	free(c->texts);
	config_init(c);
}

const char *config_keep(struct config *c, const char *p, size_t n)
{
	char *copy;

	if (!vec_grow(&c->texts, &c->texts_cap, c->texts_n + 1,
		    sizeof(*c->texts), TEXTS_MAX))
		return NULL;
	copy = mem_dup(p, n);
	if (copy == NULL)
		return NULL;
	c->texts[c->texts_n++] = copy;
	return copy;
}

enum status config_settle_path(
	struct config *c, const char **path, struct err *err)
{
	const char *slash = strrchr(c->file, '/');
	const char *home = getenv("HOME");
	struct buf b;

	if (*path == NULL || (*path)[0] == '/')
		return ST_OK;
	buf_init(&b, BUF_SMALL);
	if ((*path)[0] == '~' && (*path)[1] == '/' && home != NULL)
		buf_fmt(&b, "%s%s", home, *path + 1);
	else if (slash != NULL)
		buf_fmt(&b, "%.*s/%s", (int)(slash - c->file), c->file, *path);
	else
		buf_str(&b, *path);
	*path = b.bad ? NULL : config_keep(c, b.p, b.len);
	buf_release(&b);
	return *path != NULL ? ST_OK : err_nomem(err);
}

enum status config_settle_link(
	struct config *c, struct link_conf *link, struct err *err)
{
	enum status st = config_settle_path(c, &link->cacert, err);

	if (st == ST_OK)
		st = config_settle_path(c, &link->cert, err);
	if (st == ST_OK)
		st = config_settle_path(c, &link->key, err);
	return st;
}

enum status config_load(struct config *c, const char *path, struct err *err)
{
	struct buf place;
	struct buf text;
	enum status st = ST_OK;

	buf_init(&place, BUF_SMALL);
	buf_init(&text, CONFIG_FILE_MAX);
	if (path != NULL)
		buf_str(&place, path);
	else
		st = file_xdg(XDG_CONFIG, "config", &place, err);
	if (st != ST_OK)
		goto out;
	st = buf_check(&place, "the path of the configuration", err);
	if (st != ST_OK)
		goto out;
	st = file_read(place.p, &text, err);
	if (st == ST_NOT_FOUND && path == NULL) {
		err_clear(err);
		st = agents_load(c, err);
		goto out;
	}
	if (st != ST_OK) {
		/* An unreadable file counts like one that is not valid. */
		if (st != ST_NOMEM)
			st = ST_CONFIG;
		if (err != NULL)
			err->code = st;
		goto out;
	}
	st = config_parse(c, buf_view(&text), place.p, err);
	if (st == ST_OK)
		st = agents_load(c, err);
out:
	buf_release(&text);
	buf_release(&place);
	return st;
}

int config_compact(const struct config *c)
{
	return c->compact.set ? (int)c->compact.v : CONF_COMPACT_PERCENT;
}

const struct endpoint_conf *config_endpoint(
	const struct config *c, struct span name)
{
	size_t i;

	for (i = 0; i < c->endpoints_n; i++)
		if (span_caseis(name, c->endpoints[i].name))
			return &c->endpoints[i];
	return NULL;
}

const struct pool_conf *config_pool(const struct config *c, struct span name)
{
	size_t i;

	for (i = 0; i < c->pools_n; i++)
		if (span_caseis(name, c->pools[i].name))
			return &c->pools[i];
	return NULL;
}

const struct agent_conf *config_agent(const struct config *c, struct span name)
{
	size_t i;

	for (i = 0; i < c->agents_n; i++)
		if (span_caseis(name, c->agents[i].name))
			return &c->agents[i];
	return NULL;
}

void config_dump(const char *section, struct buf *out)
{
	const struct section *s = section_by_name(section);

	if (s != NULL)
		opt_dump(&(struct opt_table){s->rows, s->n}, out);
}
