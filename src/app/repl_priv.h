/*
 * What the files of the chat share: repl.c is its beginning and end,
 * repl_loop.c the loop, repl_line.c what becomes of a line, repl_talk.c asking
 * and answering, repl_conv.c the conversation.
 */
#ifndef ATL_APP_REPL_PRIV_H
#define ATL_APP_REPL_PRIV_H

#include "app/repl.h"

/* Waits once and serves what woke; shows a prompt when it is time for one. */
enum status repl_turn(struct repl *r, struct err *err);
/* Runs the line that the editor gave, which may start a reply. Tells what goes
 * wrong. */
void repl_take_line(struct repl *r);
/* The same with a message of a script. */
void repl_take_script(struct repl *r);
/* Tells what went wrong; in a script with its place, where the script ends. */
void repl_fail(struct repl *r, enum status st, const char *message);
/* Shows a countdown in the status line while there is one. */
void repl_show_wait(struct repl *r);
/* Asks the first agent of the queue with m, which is taken on success; the
 * others follow. */
enum status repl_take_turn(struct repl *r, struct msg *m, struct err *err);
/* Called when the session has ended a reply: finishes what is shown, tells how
 * it went, and asks the next agent of the queue. */
void repl_reply_ended(struct repl *r);

#endif
