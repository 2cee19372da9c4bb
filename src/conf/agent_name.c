/* The names of the agents there are. */
#include <stddef.h>

#include "conf/agent.h"

const char *agent_name_at(const struct config *config, size_t i)
{
	const struct agent_conf *own = config_agent(
		config, span_str(AGENT_NAME_LLAMA));
	size_t k;

	if (i == 0)
		return own != NULL ? own->name : AGENT_NAME_LLAMA;
	if (i == 1)
		return AGENT_NAME_GUIDE;
	i -= 2;
	for (k = 0; k < config->agents_n; k++) {
		if (&config->agents[k] == own)
			continue;
		if (i == 0)
			return config->agents[k].name;
		i--;
	}
	return NULL;
}

const char *agent_find_name(const struct config *config, struct span name)
{
	const struct agent_conf *own = config_agent(config, name);

	if (own != NULL)
		return own->name;
	if (span_caseis(name, AGENT_NAME_LLAMA))
		return AGENT_NAME_LLAMA;
	return span_caseis(name, AGENT_NAME_GUIDE) ? AGENT_NAME_GUIDE : NULL;
}
