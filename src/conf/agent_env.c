/* Reads, once, what the environment says about agents. */
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "conf/agent.h"
#include "conf/preset.h"

void agent_env_init(struct agent_env *e)
{
	memset(e, 0, sizeof(*e));
	keys_init(&e->keys);
}

void agent_env_release(struct agent_env *e)
{
	if (e == NULL)
		return;
	free(e->endpoint);
	free(e->model);
	keys_release(&e->keys);
	agent_env_init(e);
}

/* Copies a variable without blanks around it, which come from files; an empty
 * one counts as unset. */
static enum status copy_env(const char *name, char **ret, struct err *err)
{
	struct span value = span_trim(span_str(getenv(name)));

	if (value.n == 0)
		return ST_OK;
	free(*ret);
	*ret = mem_dup(value.p, value.n);
	return *ret != NULL ? ST_OK : err_nomem(err);
}

enum status agent_env_take(
	struct agent_env *e, const struct config *config, struct err *err)
{
	enum status st = copy_env(AGENT_ENV_ENDPOINT, &e->endpoint, err);
	size_t i;

	if (st == ST_OK)
		st = copy_env(AGENT_ENV_MODEL, &e->model, err);
	if (st == ST_OK)
		st = keys_take_env(&e->keys, AGENT_ENV_KEY, err);
	for (i = 0; st == ST_OK && i < config->endpoints_n; i++)
		if (config->endpoints[i].key_env != NULL)
			st = keys_take_env(
				&e->keys, config->endpoints[i].key_env, err);
	for (i = 0; st == ST_OK && i < config->presets_n; i++)
		if (config->presets[i]->key_env != NULL)
			st = keys_take_env(
				&e->keys, config->presets[i]->key_env, err);
	return st;
}
