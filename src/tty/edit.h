/*
 * The input line: readline in its callback form, inside the one poll loop.
 *
 *	edit_start(e, &prompt, err);
 *	poll(edit_fd(e), signal pipe, network, ..., edit_timeout_ms(e));
 *	edit_read(e)   when readable or when the timeout ran out
 *	edit_signal(e, number)   for every number from the signal pipe
 *
 * Readline keeps its state in globals, so there is one editor in a process and
 * it belongs to the thread of the loop. It never reads on its own: bytes pass
 * through this module, which takes pastes out and hands over whole characters
 * and whole key sequences only, so that nothing in readline waits. It installs
 * no signal handler, sets no terminal mode (tty/term does), asks the terminal
 * nothing and writes no file. inputrc is honoured: emacs and vi keys, bindings,
 * "$if atllama". The settings forced over it are those that would block:
 * page-completions, completion-query-items and enable-bracketed-paste, whose
 * value decides whether tty/term brackets pastes.
 *
 * A terminal on fd 0 is required. Output goes to fd 1 if it is a terminal, else
 * to fd 2.
 *
 * Keys: Enter gives the message; a trailing backslash, or a block that is open,
 * makes it a new line instead; Alt-Enter always does. A block is opened by
 * three double quotes at the start of the message (behind its addressees) or at
 * the end of a line, and closed by three at the end of a line. Ctrl-C clears
 * the line, Ctrl-D on an empty line ends, Tab completes, Ctrl-R searches,
 * Ctrl-X Ctrl-E opens $VISUAL or $EDITOR on the draft; the draft comes back for
 * review and is not sent by it.
 *
 * A bracketed paste is literal text, however many lines it has, and never sends
 * anything by itself. A short clean text (DRAFT_INLINE_MAX) is shown in
 * the line; longer ones, and those with characters that a terminal must not
 * get, stand there as "[paste 1: 120 lines, 5.2 kB, 3 hidden characters]" until
 * the message is taken, which has the text in its place. A paste that does not
 * end is taken as it is after KEYIN_PASTE_MS of silence.
 */
#ifndef ATL_TTY_EDIT_H
#define ATL_TTY_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "text/line.h"
#include "tty/term.h"

/* Bytes of a paste and of a draft from the editor. */
#define EDIT_PASTE_MAX ((size_t)16 * 1024 * 1024)
/* Bytes typed into one line; further ones are refused. */
#define EDIT_TYPED_MAX ((size_t)256 * 1024)
/* Entries of the history kept in memory, and bytes of the longest one. */
#define EDIT_HISTORY_MAX 5000
#define EDIT_HISTORY_LINE_MAX ((size_t)4096)
/* Candidates taken from one completion. */
#define EDIT_WORDS_MAX ((size_t)500)

struct edit;
struct edit_words;

enum edit_result {
	EDIT_MORE = 0, /* go on polling */
	EDIT_LINE, /* edit_line() is a message */
	EDIT_EOF, /* Ctrl-D on an empty line, or the terminal is gone */
	EDIT_INTERRUPT, /* Ctrl-C; edit_line() is what was discarded */
};

enum edit_style {
	EDIT_PLAIN = 0,
	EDIT_BOLD,
	EDIT_DIM,
	EDIT_NAME, /* the active agent */
};

/* A piece of the prompt: text of one line, already filtered by the caller. */
struct edit_piece {
	const char *text;
	enum edit_style style;
};

/*
 * Completion: the text before and behind the cursor is text.p[0 .. cursor) and
 * the rest. Returns the offset at which the word to be replaced starts, at most
 * cursor, and offers whole replacements for it with edit_offer(). It must be
 * quick: it runs inside the key.
 */
typedef size_t edit_complete_fn(struct span text, size_t cursor,
	struct edit_words *words, void *payload);

/* Offers one candidate; copied. Empty ones, those beyond EDIT_WORDS_MAX, and
 * those that are not clean by text/safe are left out. */
void edit_offer(struct edit_words *words, struct span word);
/* Sets what follows a single candidate: ' ' by default, '\0' for nothing (a
 * folder). */
void edit_append(struct edit_words *words, char c);

struct edit_options {
	const char *name; /* for "$if NAME" in inputrc; borrowed for ever */
	edit_complete_fn *complete; /* NULL: none */
	void *payload;
	enum term_colour colour; /* of the prompt */
	bool styled; /* SGR attributes in the prompt */
	bool dumb; /* no control sequence in the prompt */
};

/*
 * Makes the editor and reads inputrc. ST_BUSY when there is one already,
 * ST_USAGE when fd 0 is not a terminal. The caller frees *ret with edit_free().
 */
enum status edit_new(const struct edit_options *options, struct edit **ret,
	struct err *err) ATTR_MUST_CHECK;
void edit_free(struct edit *e);
/* Changes colour and attributes of the prompt, from the next edit_start()
 * on. */
void edit_look(struct edit *e, enum term_colour colour, bool styled);

/* What to poll for POLLIN; only while edit_active(). */
int edit_fd(const struct edit *e);
/* Milliseconds until edit_read() has to be called without input; 0: bytes wait
 * already (several lines typed ahead), -1: never, and while not active. */
int edit_timeout_ms(const struct edit *e);
/* Whether a line is being edited, since edit_start(). */
bool edit_active(const struct edit *e);

/*
 * Shows the prompt, and a draft that edit_stop() or edit_draft() left, and
 * turns term_quiet() on. Pieces are borrowed for the call.
 */
enum status edit_start(struct edit *e, const struct edit_piece *pieces,
	size_t n, struct err *err) ATTR_MUST_CHECK;

/*
 * Takes what was typed, without waiting. For everything but EDIT_MORE the
 * editor is no longer active, the cursor is at the start of a fresh line, and
 * the terminal stays quiet: type-ahead lasts until the next edit_start(), or
 * until term_quiet(false).
 */
enum edit_result edit_read(struct edit *e) ATTR_MUST_CHECK;

/*
 * A signal from the pipe, while active: SIGINT ends as EDIT_INTERRUPT; SIGWINCH
 * resizes; SIGTSTP takes the line away, stops the process and comes back to the
 * same draft; SIGCONT draws the line again. Others do nothing.
 */
enum edit_result edit_signal(struct edit *e, int number) ATTR_MUST_CHECK;

/* Takes prompt and draft off the screen, for output in between; the draft comes
 * back with the next edit_start(). Nothing when not active. */
void edit_stop(struct edit *e);

/* Sets the draft of the next edit_start(); copied. If it is too long or not
 * clean, it becomes a paste. */
void edit_draft(struct edit *e, struct span text);

/*
 * The message of the last EDIT_LINE (or what EDIT_INTERRUPT threw away), pastes
 * in their place, blocks without their quotes; valid until the next
 * edit_start(). It may hold any byte but NUL.
 */
struct span edit_line(const struct edit *e);

/* The literal parts, in order and apart, for line_parse(): pastes, and blocks
 * in three quotes. Valid as long as edit_line(). */
const struct line_range *edit_literal(const struct edit *e, size_t *ret_n);

/*
 * Appends to the history in memory; copied. An entry equal to the newest, an
 * empty one, one longer than EDIT_HISTORY_LINE_MAX and one that is not clean
 * are left out; the message just given is kept with its pastes standing for
 * themselves, and `literal` is not looked at. A line that comes back from the
 * history has its literal parts.
 */
void edit_history_add(struct edit *e, struct span line,
	const struct line_range *literal, size_t n);
void edit_history_clear(struct edit *e);

#endif
