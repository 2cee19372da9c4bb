/*
 * Runs the command of a key_command setting: `sh -c COMMAND` with its output on
 * a pipe, stdin from /dev/null and stderr left to the terminal. Only conf/key
 * includes this.
 */
#ifndef ATL_CONF_KEYCMD_H
#define ATL_CONF_KEYCMD_H

#include <sys/types.h>

#include "base/err.h"
#include "conf/key.h"

struct keycmd {
	pid_t pid;
	int fd; /* its output */
};

/* Starts the command, without the variables of k's keys in its environment. */
enum status keycmd_start(struct keycmd *c, const struct keys *k,
	const char *command, struct err *err);
/* Closes the pipe and waits. ST_CONFIG when the command failed. */
enum status keycmd_finish(
	struct keycmd *c, const char *command, struct err *err);

#endif
