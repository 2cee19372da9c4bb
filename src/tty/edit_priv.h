/*
 * What the files of the line editor share: edit.c is its life and its lines,
 * edit_input.c passes bytes to readline, edit_keys.c has what keys do,
 * edit_screen.c draws beside readline, edit_history.c keeps earlier lines.
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
	struct buf later; /* bytes behind a pending Ctrl-C */
	bool interrupted; /* a Ctrl-C is pending */
	size_t unit; /* bytes of the present unit that readline may read */
	struct draft draft;
	struct buf prompt;
	int columns; /* width they were drawn for */
	/* After a redraw the cursor may stand below a full row, behind a
	 * newline; after typing, the terminal sees one row that goes on. */
	bool fresh_row;
	bool active;
	bool foreign; /* the environment has a locale without UTF-8 */
	char *lc_all; /* what it says, NULL: nothing */
	enum edit_result result; /* result of the present key */
	/* The draft that edit_start() shows, and the cursor in it. */
	struct buf saved;
	size_t saved_cursor;
	bool has_saved;
	bool stopped; /* stopped by ourselves: SIGCONT needs no answer */
	/* The present completion. */
	struct edit_words words;
	size_t word_start;
	size_t next_word;
};

/* Readline's callbacks get no payload. */
extern struct edit *edit_the;

/* The present line. */
struct span edit_now(void);
/* Tells the draft about changes of the line. */
void edit_note(struct edit *e);
/* Leaves a search, a numeric argument, a half-typed key sequence. */
void edit_leave_modes(struct edit *e);
/* Makes readline give up the line; the screen stays as it is. */
void edit_let_go(struct edit *e);
/* Ctrl-C: the line stays readable above, and the message is discarded. */
void edit_interrupt(struct edit *e);

/* edit_input.c: makes Ctrl-C a signal again; one among the bytes typed ahead
 * becomes a signal. */
void edit_end_keys(struct edit *e);
/* For readline. */
int edit_give_key(FILE *unused);
int edit_has_key(void);

/* edit_keys.c: to be called before inputrc is read, and after. */
void edit_name_keys(void);
void edit_bind_keys(void);
/* Inserts a paste at the cursor. */
void edit_insert_paste(struct edit *e, struct span raw, bool cut);
/* For readline's completion. */
char **edit_candidates(const char *text, int start, int end);
void edit_show_matches(char **matches, int n, int longest);

/* edit_screen.c */
void edit_say(const char *message);
/* Takes prompt and line off the screen; the cursor is where they began. */
void edit_clear_shown(struct edit *e);
void edit_resize(struct edit *e);

/* edit_history.c: gives the line its literal parts when it is the present entry
 * of the history. */
void edit_recall(struct edit *e);

#endif
