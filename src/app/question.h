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

/* Whether there is a terminal to ask on. */
bool question_terminal(void);
/* A question of a command that has nothing else under way: puts the line
 * without its newline into ret, cut to n bytes with the NUL. False without a
 * terminal, at end of input and when interrupted. What was typed before the
 * question is dropped. */
bool question_line(const char *prompt, char *ret, size_t n);
/* The same for yes and no: true for a line that begins with y or Y. */
bool question_yes(const char *prompt);

#endif
