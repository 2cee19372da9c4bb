/*
 * The settings of the configuration file as rows of the option mechanism, a
 * table for each kind of section. Only conf/config and what sets one while the
 * program runs include this.
 */
#ifndef ATL_CONF_SETTINGS_H
#define ATL_CONF_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "conf/config.h"
#include "conf/opt.h"
#include "conf/preset.h"

#define SECTION_LISTS 3

struct section {
	const char *name;
	const struct opt_row *rows;
	size_t n;
	/* Offsets of each struct opt_list, or SECTION_NONE. */
	size_t lists[SECTION_LISTS];
};

#define SECTION_NONE SIZE_MAX

/* Room for what any section's rows store into. */
union section_any {
	struct config defaults;
	struct endpoint_conf endpoint;
	struct pool_conf pool;
	struct agent_conf agent;
	struct preset preset;
};

/* Finds a section; NULL when there is none. name may be NULL. */
const struct section *section_by_name(const char *name);

#endif
