/*
 * What the files of conf/config share: the texts that a configuration owns,
 * paths, and comments. Nobody else includes this.
 */
#ifndef ATL_CONF_CONFIG_PRIV_H
#define ATL_CONF_CONFIG_PRIV_H

#include "conf/config.h"

struct cfg_t; /* libConfuse's */
struct section;

/* A copy of n bytes that c owns; NULL without memory. */
const char *config_keep(struct config *c, const char *p, size_t n);

/*
 * Reads a text with one `preset NAME { ... }` into *ret, whose file is set and
 * names it in messages. ret->name is set; the caller checks that its settings
 * go together.
 */
enum status config_read_preset(struct config *c, struct span text,
	struct preset *ret, struct err *err);

/*
 * Reads a text with one `agent NAME { ... }`, a file of its own, into *ret,
 * whose lists config_release_agent() frees, also after a failure. What it names
 * has to be in c.
 */
enum status config_read_agent(struct config *c, struct span text,
	const char *file, struct agent_conf *ret, struct err *err);
void config_release_agent(struct agent_conf *a);
/* Takes the agent of a section in a file of its own. */
enum status config_take_agent(struct config *c, struct cfg_t *sec,
	struct agent_conf *ret, struct err *err);

/* Copies the settings of a section into the struct its rows describe. */
enum status config_take(struct config *c, const struct section *s,
	struct cfg_t *sec, void *into, struct err *err);
/* Takes all sections of a configuration: endpoints, pools, agents, defaults,
 * each after those that it may name. */
enum status config_take_all(
	struct config *c, struct cfg_t *cfg, struct err *err);

/* Makes a relative *path start at the file's folder, and "~/" at $HOME. */
enum status config_settle_path(
	struct config *c, const char **path, struct err *err);
enum status config_settle_link(
	struct config *c, struct link_conf *link, struct err *err);

/*
 * Overwrites the comments of a configuration with blanks, newlines kept: those
 * from '#' to the end of the line anywhere outside a string, from "//" where a
 * word could begin, and between slash-star and star-slash. libConfuse 3.3 knows
 * them too, but counts the line of a one-line comment twice. Returns the line
 * on which a string or a comment begins that does not end, or 0;
 * *ret_what says which.
 */
int config_blank(char *p, size_t n, const char **ret_what);

#endif
