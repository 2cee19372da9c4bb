/*
 * Inside of the line editor: edit.c is its life and its lines, edit_input.c the
 * way of bytes to readline, edit_keys.c what keys do, edit_screen.c what it
 * draws beside readline, edit_history.c the lines before.
 */
#ifndef ATL_TTY_EDIT_PRIV_H
#define ATL_TTY_EDIT_PRIV_H

#include <stdio.h>

#include "tty/draft.h"
#include "tty/edit.h"
#include "tty/keyin.h"
#include "tty/words.h"

/* Bytes of one read(). */
#define EDIT_CHUNK ((size_t)16 * 1024)

struct edit {
	struct edit_options options;
	struct keyin keys;
	struct buf later; /* bytes behind a Ctrl-C that is to be acted on */
	bool interrupted; /* there is one */
	size_t unit; /* bytes of the unit under way that readline may have */
	struct draft draft;
	struct buf prompt;
	int columns; /* of the screen they were drawn for */
	/* A redraw put the cursor below a full row with a line feed; where
	 * typing leads there, the row goes on for the terminal. */
	bool fresh_row;
	bool active;
	enum edit_result result; /* of the key under way */
	/* A draft that edit_start() shows, and the cursor in it. */
	struct buf saved;
	size_t saved_cursor;
	bool has_saved;
	bool stopped; /* by ourselves: SIGCONT needs no answer */
	/* The completion under way. */
	struct edit_words words;
	size_t word_start;
	size_t next_word;
};

/* Readline's callbacks get no payload. */
extern struct edit *edit_the;

/* The line as it is. */
struct span edit_now(void);
/* Tells the draft what the line has become. */
void edit_note(struct edit *e);
/* Out of a search, an argument, half a key sequence. */
void edit_leave_modes(struct edit *e);
/* Readline lets go of the line; the screen stays as it is. */
void edit_let_go(struct edit *e);
/* Ctrl-C: the line stays readable above, the message is thrown away. */
void edit_interrupt(struct edit *e);

/* edit_input.c: Ctrl-C is a signal again; one that stands among what was typed
 * ahead becomes one. */
void edit_end_keys(struct edit *e);
/* For readline. */
int edit_give_key(FILE *unused);
int edit_has_key(void);

/* edit_keys.c: before inputrc is read, and after. */
void edit_name_keys(void);
void edit_bind_keys(void);
/* Puts a paste in at the cursor. */
void edit_insert_paste(struct edit *e, struct span raw, bool cut);
/* For readline's completion. */
char **edit_candidates(const char *text, int start, int end);
void edit_show_matches(char **matches, int n, int longest);

/* edit_screen.c */
void edit_say(const char *message);
/* Takes prompt and line off the screen; the cursor is where they began. */
void edit_clear_shown(struct edit *e);
void edit_resize(struct edit *e);

/* edit_history.c: the line, when it is the present entry of the history, has
 * its literal parts. */
void edit_recall(struct edit *e);

#endif
