#include "conf/agents.h"

#include <unistd.h>

#include "base/file.h"
#include "base/vec.h"
#include "conf/check.h"
#include "conf/config_priv.h"
#include "conf/shelf.h"

static const struct shelf agents = {"agents", ""};

enum status agents_path(struct span name, struct buf *out, struct err *err)
{
	if (!check_name(name))
		return err_set(err, ST_USAGE,
			"an agent's name is a letter, then letters, digits, "
			"\"-\" and \"_\", at most %zu",
			CHECK_NAME_MAX);
	return shelf_path(&agents, true, name, out, err);
}

static bool has(bool own, struct span name)
{
	struct buf path;
	bool found;

	buf_init(&path, BUF_SMALL);
	found = shelf_path(&agents, own, name, &path, NULL) == ST_OK &&
		access(path.p, F_OK) == 0;
	buf_release(&path);
	return found;
}

bool agents_has(struct span name)
{
	return check_name(name) && (has(true, name) || has(false, name));
}

static struct agent_conf *find(struct config *c, struct span name)
{
	size_t i;

	for (i = 0; i < c->agents_n; i++)
		if (span_caseis(name, c->agents[i].name))
			return &c->agents[i];
	return NULL;
}

enum status agents_take(struct config *c, struct span name, struct span text,
	const char *path, struct err *err)
{
	struct agent_conf *old = find(c, name);
	struct agent_conf fresh = {.name = NULL};
	enum status st;

	if (old != NULL && old->file == NULL)
		return err_set(err, ST_USAGE,
			"agent \"%s\" is in the configuration file %s, and is "
			"changed there",
			old->name, c->file);
	if (old == NULL && c->agents_n >= CONFIG_SECTIONS_MAX)
		return err_set(err, ST_CONFIG, "more than %zu agents",
			CONFIG_SECTIONS_MAX);
	if (!vec_grow(&c->agents, &c->agents_cap, c->agents_n + 1,
		    sizeof(*c->agents), CONFIG_SECTIONS_MAX))
		return err_nomem(err);
	st = config_read_agent(c, text, path, &fresh, err);
	if (st == ST_OK && !span_caseis(name, fresh.name))
		st = err_set(err, ST_CONFIG,
			"%s: the agent is called \"%s\", not \"%.*s\"", path,
			fresh.name, (int)name.n, name.p);
	if (st != ST_OK) {
		config_release_agent(&fresh);
		return st;
	}
	old = find(c, name); /* the array may have moved */
	if (old == NULL)
		old = &c->agents[c->agents_n++];
	else
		config_release_agent(old);
	*old = fresh;
	return ST_OK;
}

/* Loads the file of that name into c, unless there is an agent with that
 * name. */
static enum status load_file(
	bool own, struct span name, void *payload, struct err *err)
{
	struct config *c = payload;
	struct buf path;
	struct buf text;
	enum status st;

	if (config_agent(c, name) != NULL)
		return ST_OK;
	buf_init(&path, BUF_SMALL);
	buf_init(&text, AGENTS_FILE_MAX);
	st = shelf_path(&agents, own, name, &path, err);
	if (st == ST_OK) {
		st = file_read(path.p, &text, err);
		if (st == ST_OK)
			st = agents_take(c, name, buf_view(&text), path.p, err);
		if (st != ST_OK && st != ST_NOMEM) {
			st = ST_CONFIG;
			if (err != NULL)
				err->code = st;
		}
	}
	buf_release(&text);
	buf_release(&path);
	return st;
}

enum status agents_load(struct config *c, struct err *err)
{
	enum status st = shelf_walk(&agents, true, load_file, c, err);

	return st == ST_OK ? shelf_walk(&agents, false, load_file, c, err) : st;
}
