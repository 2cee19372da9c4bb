/*
 * Agents in files of their own: "NAME" in the user's folder
 * $XDG_CONFIG_HOME/atllama/agents, or in share/agents. A file holds one section
 *
 *	agent NAME {
 *		model = "..."
 *		system = "..."
 *	}
 *
 * as the configuration does. An agent of the configuration hides a file of the
 * same name, and the user's file one of ours.
 */
#ifndef ATL_CONF_AGENTS_H
#define ATL_CONF_AGENTS_H

#include "conf/config.h"

#define AGENTS_FILE_MAX ((size_t)64 * 1024)

/* Reads all files into c. ST_CONFIG, with file and line, when one is not
 * valid. */
enum status agents_load(struct config *c, struct err *err) ATTR_MUST_CHECK;
/*
 * Takes into c the agent of that name as the text of a file describes it, in
 * place of one that came from a file; `path` is the file's name. c is unchanged
 * on failure: ST_CONFIG with the line, ST_USAGE for an agent of the
 * configuration.
 */
enum status agents_take(struct config *c, struct span name, struct span text,
	const char *path, struct err *err) ATTR_MUST_CHECK;
/* Appends the path of the user's file for an agent. ST_USAGE for what cannot be
 * a name. */
enum status agents_path(
	struct span name, struct buf *out, struct err *err) ATTR_MUST_CHECK;
/* Whether the agent has a file, of the user or of ours. */
bool agents_has(struct span name);

#endif
