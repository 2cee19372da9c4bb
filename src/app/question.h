/*
 * A question on the controlling terminal, answered by a line.
 */
#ifndef ATL_APP_QUESTION_H
#define ATL_APP_QUESTION_H

#include "app/app.h"

/* Bytes of an answer; the terminal gives no longer ones. */
#define QUESTION_MAX 4096

/* Writes the prompt (filtered by the caller) and puts the trimmed line into
 * *ret. ST_STOPPED: Ctrl-C, Ctrl-D, or a signal; ST_USAGE: no terminal. */
enum status question_ask(const char *prompt, struct buf *ret, struct err *err);

#endif
