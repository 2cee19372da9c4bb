#include "app/setup_priv.h"

#include "app/aside.h"

enum status setup_test(struct app *app, const struct setup_plan *p,
	struct span text, const char *path, struct buf *ret_model,
	struct err *err)
{
	struct agent_flags flags = {.endpoint = p->name.p};
	struct agent_sources from = {.flags = &flags, .env = &app->env};
	const struct secret *key = p->key.len > 0 ? &p->key : NULL;
	struct config config;
	struct agent agent;
	enum status st;

	config_init(&config);
	agent_init(&agent);
	st = config_parse(&config, text, path, err);
	from.config = &config;
	if (st == ST_OK)
		st = agent_resolve(&agent, &from, span_str("llama"), err);
	/* The key may come from the environment or from a command. */
	if (st == ST_OK && key == NULL)
		st = agent_key(&agent, &app->env.keys, &key, err);
	if (st == ST_OK)
		st = app_http(app, err);
	if (st == ST_OK)
		st = aside_try(app, &agent, key, ret_model, err);
	agent_release(&agent);
	config_release(&config);
	return st;
}
