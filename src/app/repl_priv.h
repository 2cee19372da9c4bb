/*
 * Inside of the chat. repl.c is the loop, repl_line.c what becomes of a line,
 * repl_talk.c what is asked and answered, repl_conv.c the conversation it is
 * about.
 */
#ifndef ATL_APP_REPL_PRIV_H
#define ATL_APP_REPL_PRIV_H

#include "app/repl.h"

/* The editor has given a line: runs it, which may start a reply. Says itself
 * what goes wrong. */
void repl_take_line(struct repl *r);
/* The same with the message of a script. */
void repl_take_script(struct repl *r);
/* Says what went wrong; in a script with its place, and there it ends. */
void repl_fail(struct repl *r, enum status st, const char *message);
/* A countdown, while there is one, in the line of status. */
void repl_show_wait(struct repl *r);
/* The first of the queue answers m, which is taken on success, the others after
 * it. */
enum status repl_take_turn(struct repl *r, struct msg *m, struct err *err);
/* The session is no longer active: ends what is shown, tells how it went, and
 * asks the next agent of the queue. */
void repl_reply_ended(struct repl *r);

#endif
