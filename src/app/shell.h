/*
 * Shell commands from inside the chat.
 *
 * A command runs by $SHELL -c (or /bin/sh) in the foreground, with the terminal
 * as its input and without our secrets (see tty/child). What it writes to
 * standard output and standard error is shown as it comes, through the terminal
 * filter, and goes with the next message as a document. Ctrl-C stops the
 * command, not the chat.
 */
#ifndef ATL_APP_SHELL_H
#define ATL_APP_SHELL_H

#include "app/repl.h"

/* Bytes of output that go with the message; all of it is shown. */
#define SHELL_OUTPUT_MAX ((size_t)1024 * 1024)

/* Runs the command. ST_OK when it could be started, whatever its exit
 * status. */
enum status shell_run(struct repl *r, struct span command, struct err *err);

#endif
