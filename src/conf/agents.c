#include "conf/agents.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/vec.h"
#include "conf/check.h"
#include "conf/config_priv.h"

static enum status put_place(
	bool own, struct span name, struct buf *out, struct err *err)
{
	enum status st = own ? file_xdg(XDG_CONFIG, "agents", out, err)
			     : file_share("agents", out, err);

	if (st != ST_OK)
		return st;
	if (name.n > 0)
		buf_char(out, '/');
	buf_span(out, name);
	return buf_check(out, "path", err);
}

enum status agents_path(struct span name, struct buf *out, struct err *err)
{
	if (!check_name(name))
		return err_set(err, ST_USAGE,
			"an agent's name is a letter, then letters, digits, "
			"\"-\" and \"_\", at most %zu",
			CHECK_NAME_MAX);
	return put_place(true, name, out, err);
}

static bool has(bool own, struct span name)
{
	struct buf path;
	bool found;

	buf_init(&path, BUF_SMALL);
	found = put_place(own, name, &path, NULL) == ST_OK &&
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

/* The file of that name into c, unless there is an agent of that name. */
static enum status load_file(
	struct config *c, bool own, const char *name, struct err *err)
{
	struct buf path;
	struct buf text;
	enum status st;

	if (config_agent(c, span_str(name)) != NULL)
		return ST_OK;
	buf_init(&path, BUF_SMALL);
	buf_init(&text, AGENTS_FILE_MAX);
	st = put_place(own, span_str(name), &path, err);
	if (st == ST_OK) {
		st = file_read(path.p, &text, err);
		if (st == ST_OK)
			st = agents_take(c, span_str(name), buf_view(&text),
				path.p, err);
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

static int is_agent(const struct dirent *e)
{
	return check_name(span_str(e->d_name));
}

static enum status load_folder(struct config *c, bool own, struct err *err)
{
	struct dirent **list = NULL;
	struct buf path;
	int n = 0;
	int i;
	enum status st;

	buf_init(&path, BUF_SMALL);
	st = put_place(own, span_of(NULL, 0), &path, err);
	if (st == ST_OK)
		n = scandir(path.p, &list, is_agent, alphasort);
	/* No folder, no agents. */
	for (i = 0; i < n; i++) {
		if (st == ST_OK && (size_t)i < AGENTS_MAX)
			st = load_file(c, own, list[i]->d_name, err);
		free(list[i]);
	}
	free(list);
	buf_release(&path);
	return st;
}

enum status agents_load(struct config *c, struct err *err)
{
	enum status st = load_folder(c, true, err);

	return st == ST_OK ? load_folder(c, false, err) : st;
}
