/*
 * The chat: one line editor, one session, one renderer, one poll loop.
 */
#ifndef ATL_APP_REPL_H
#define ATL_APP_REPL_H

#include <stdbool.h>

#include "app/app.h"
#include "app/input.h"
#include "app/script.h"
#include "app/switches.h"
#include "app/warm.h"
#include "store/recall.h"

struct catalog_entry;
struct edit;
struct inputlog;
struct msg;
struct render;
struct session;

/* Agents that one line asks in turn, at most. */
#define REPL_QUEUE_MAX 16
/* Earlier messages that one /recall shows. */
#define REPL_RECALLED 5

struct repl {
	struct app *app;
	struct edit *edit; /* NULL with --script */
	struct render *render;
	struct session *session;
	struct inputlog *log; /* NULL: the input history is not kept */
	struct app_agent *active;
	struct warm warm;
	struct loop_pace pace;
	struct app_agent *queue[REPL_QUEUE_MAX]; /* agents that have yet to
						    answer */
	size_t queue_n;
	struct app_agent *asked; /* agent whose reply is under way or came
				    last */
	bool replying; /* a reply was begun and its end not yet shown */
	bool stopped; /* the user stopped the last reply */
	bool counting; /* a countdown is on the screen */
	bool waiting; /* no text of the reply yet */
	bool said; /* something was asked in this run */
	bool quit;
	bool killed; /* a signal asked to end */
	int interrupts; /* Ctrl-C on an empty line, in a row */
	int64_t tokens_in; /* as counted by the endpoints, this run */
	int64_t tokens_out;
	struct script script; /* lines that come from files */
	enum status failed; /* status that ended --script */
	struct switches switches;
	struct app_agent once; /* for one reply with settings of its own */
	struct input files; /* documents that go with the next message */
	struct recall_hit recalled[REPL_RECALLED]; /* shown last */
	size_t recalled_n;
	bool force; /* the present command was given with a ! */
	struct buf out; /* what is about to be printed */
	struct buf doubted; /* model that the user was told is not listed */
};

/* Runs until the user leaves or --script ends. ST_USAGE when there is no
 * terminal; the status of what failed in --script, without a message;
 * ST_STOPPED without a message when SIGTERM or SIGHUP ended it. */
enum status repl_run(struct app *app, struct err *err);

/* For the commands. */

/* Prints r->out and empties it. It must be filtered already. */
void repl_print(struct repl *r);
/* The same for prose: lines that are too long for the terminal break between
 * words. */
void repl_words(struct repl *r);
/* The same for texts, whose lines go on below where they began. */
void repl_fill(struct repl *r);
/* The same for what is not an answer: it goes to standard error when output is
 * piped. */
void repl_tell(struct repl *r);
/* On a terminal, an empty line between what was said and the prompt. */
void repl_gap(struct repl *r);
/* Whether the conversation is saved. */
bool repl_saves(const struct repl *r);
/* Begins a new conversation. */
enum status repl_new(struct repl *r, struct err *err);
/* Continues a saved conversation: by its position in the list (from 1), its id,
 * its title, or words that only one title has; empty: the latest. ST_USAGE when
 * several fit. */
enum status repl_resume(struct repl *r, struct span what, struct err *err);
/* Finds the conversation that is meant by such words; borrowed from the
 * catalog. */
enum status repl_find(struct repl *r, struct span what,
	const struct catalog_entry **ret, struct err *err);
/* Lists the saved conversations with their positions, the newest first. */
enum status repl_list(struct repl *r, struct err *err);
/*
 * Continues the conversation whose title has these words. If several do, lists
 * them with their positions and puts the beginning of a /resume into the input
 * line. ST_NOT_FOUND when none does.
 */
enum status repl_pick(struct repl *r, struct span words, struct err *err);
/* Message n of the conversation, counted from 1 as @3 is; 0: the last reply.
 * Borrowed. */
enum status repl_message(
	struct repl *r, size_t n, const struct msg **ret, struct err *err);
/* Asks a question on the terminal. ST_FAIL for no, which is the default. */
enum status repl_confirm(struct repl *r, const char *question, struct err *err);
/* Asks before a file is replaced, unless the command was given with a !.
 * ST_FAIL when it is to stay. */
enum status repl_may_write(
	struct repl *r, const struct buf *path, struct err *err);
/* Loads the input history from the disk. */
void repl_load_history(struct repl *r);
/* Asks the active agent; takes m on success. */
enum status repl_ask(struct repl *r, struct msg *m, struct err *err);
/* Lets the active agent summarise older messages. */
enum status repl_compact(struct repl *r, struct span hint, struct err *err);
/* Lets an agent answer the last question again, or with `go_on` continue its
 * last reply. */
enum status repl_answer(
	struct repl *r, struct app_agent *a, bool go_on, struct err *err);
/* Applies settings of the screen that have changed. */
enum status repl_screen_changed(struct repl *r, struct err *err);

#endif
