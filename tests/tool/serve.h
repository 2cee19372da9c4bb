/*
 * Starts atl-server from inside a test program: a script given as text, a
 * folder of its own below $TMPDIR, and a server that ends with the test.
 */
#ifndef ATL_TESTS_TOOL_SERVE_H
#define ATL_TESTS_TOOL_SERVE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"

struct served {
	pid_t pid;
	int stdin_fd; /* closing it ends the server */
	int port;
	char dir[512];
};

/* `args` are more options, ended by NULL; may be NULL itself. */
bool serve_start(struct served *s, const char *script, const char *const *args);
void serve_stop(struct served *s);
/* What was asked so far. */
void serve_log(const struct served *s, struct buf *out);
/* How often `what` stands in the log. */
int serve_logged(const struct served *s, const char *what);

/* Lets "hold go-on" in the script go on. */
void serve_go_on(const struct served *s);
/* Waits until all is in the log that clients have sent which are gone. */
void serve_settle(const struct served *s);

/* Runs a program to its end; its exit code, -1 when that cannot be said. */
int run_program(const char *const *argv);

#endif
