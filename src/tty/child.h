/*
 * Runs programs that the user named (editor, pager) in the foreground on the
 * terminal, without our secrets, and without a shell unless that is asked for.
 *
 * Their environment is ours without the variables whose names sound like a
 * secret (KEY, TOKEN, SECRET, PASS, CREDENTIAL) and those of atllama itself.
 * While one runs, Ctrl-C is its business, and Ctrl-Z stops us along with it.
 */
#ifndef ATL_TTY_CHILD_H
#define ATL_TTY_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/err.h"

/* Words of a command, the last argument included. */
#define CHILD_WORDS_MAX 32

struct child {
	pid_t pid; /* 0: none */
	bool was_quiet;
	void *signals; /* what child_wait() puts back */
};

struct child_run {
	const char *command;
	const char *last; /* its last argument, or NULL */
	bool shell; /* by $SHELL -c, whole; else split at blanks */
	int in; /* becomes its standard input if not -1; borrowed */
	int out; /* standard output and standard error, the same */
};

/*
 * Starts `command`, split at blanks, with `last` behind it unless that is NULL.
 * fd becomes its standard input unless it is -1; it is borrowed, and the caller
 * closes it. The terminal first gets its original state back. ST_NOT_FOUND when
 * there is no such program.
 */
enum status child_start(struct child *c, const char *command, const char *last,
	int fd, struct err *err) ATTR_MUST_CHECK;
/* The same with all options. */
enum status child_spawn(struct child *c, const struct child_run *with,
	struct err *err) ATTR_MUST_CHECK;
/* Whether it has ended; child_wait() does not block then. */
bool child_ended(const struct child *c);

/* Waits for its end and takes the terminal back. *ret_code is its exit code, or
 * 128 plus the signal. */
enum status child_wait(
	struct child *c, int *ret_code, struct err *err) ATTR_MUST_CHECK;

/* Whether a variable of this name is hidden from children. For tests too. */
bool child_hides(const char *name);

#endif
