/*
 * The terminal of the process: what it can do, how wide it is, which mode its
 * line discipline is in, and the signals that belong to it.
 *
 * A process has one terminal, and a fatal signal must find its state without
 * being handed a context, so this module keeps its state in static storage.
 * Not thread-safe: it belongs to the thread that runs the poll loop.
 *
 * The only user of termios besides tty/pass.c. readline's own terminal code is
 * not used: tty/edit sets term_quiet() as its preparation.
 */
#ifndef ATL_TTY_TERM_H
#define ATL_TTY_TERM_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"

enum term_when { TERM_AUTO = 0, TERM_ALWAYS, TERM_NEVER };

enum term_colour {
	TERM_COLOUR_NONE = 0,
	TERM_COLOUR_16,
	TERM_COLOUR_256,
	TERM_COLOUR_TRUE,
};

/* What stands behind the text. The terminal is not asked. */
enum term_background { TERM_ANY_BACKGROUND = 0, TERM_DARK, TERM_LIGHT };

struct term_options {
	enum term_when colour; /* --color */
	/* A setting; else COLORFGBG and the kind of terminal may say it. */
	enum term_background background;
	bool plain; /* --plain: neither colour nor attributes */
	bool accessible; /* a setting; ACCESSIBLE=1 in the environment too */
};

struct term {
	bool in; /* fd 0 is a terminal */
	bool out; /* fd 1 is a terminal */
	bool err; /* fd 2 is a terminal */
	/* TERM is unset, empty, "dumb" or "unknown": no control sequence. */
	bool dumb;
	/* No spinner, no meaning by colour alone, role names in words. */
	bool accessible;
	/* SGR attributes (bold, dim, ...) may go to fd 1. */
	bool styled_out;
	/* Colours that may go to fd 1. NO_COLOR takes these and leaves the
	 * attributes, as no-color.org has it. */
	enum term_colour colour_out;
	enum term_background background;
};

/*
 * Looks at fds 0 to 2 (which must be open) and the environment, notes the
 * original state of the terminal, and makes sure that it comes back: at exit()
 * and on fatal signals. The handlers of the latter do tcsetattr() and write()
 * resets, then let the signal take its former course. Called again, when the
 * configuration has been read, it takes the new options and no more.
 */
void term_init(const struct term_options *options);

/* Never NULL; all false before term_init(). */
const struct term *term_get(void);

/* Columns and rows of the terminal, from the kernel, else COLUMNS and LINES,
 * else 80 and 24. Never 0. Asks anew each time; it is one ioctl. */
void term_size(int *ret_columns, int *ret_rows);

/*
 * Quiet: no echo, no line editing by the kernel, Ctrl-C and Ctrl-Z still
 * signals, and pastes bracketed (see term_pastes). What is typed stays in the
 * kernel's queue until somebody reads it, so that it does not garble output.
 * Off gives the original state back. Returns whether it was on before. Nothing
 * happens when fd 0 is no terminal.
 */
bool term_quiet(bool on);

/*
 * For a program that writes to the terminal (fd 1) and reads nothing from it:
 * from now on quiet only turns off the echo. What is typed is for the shell,
 * which shows it when the program has ended. Turns quiet on, in the foreground
 * only: elsewhere the terminal belongs to others.
 */
void term_mute(void);

/* Gives the terminal its original state back after another program that was
 * killed and may not have done so. Does nothing while quiet, which sets a mode
 * of its own, in the background, and where fd 0 is no terminal. */
void term_recover(void);

/*
 * Whether Ctrl-C (or what the user has set in its place) comes as a key in
 * quiet mode, in its order among the others, and not as a signal. Default off;
 * off again with the end of quiet mode.
 */
void term_interrupt_key(bool on);
/* The byte of that key; 0 when there is none. */
char term_interrupt_byte(void);

/* Whether quiet mode brackets pastes; edit sets it from inputrc. Default off,
 * and always off on a dumb terminal. */
void term_pastes(bool on);

/*
 * Restores the terminal, stops the process as Ctrl-Z does, and puts the mode
 * back when the process is continued. For the main loop when it reads SIGTSTP
 * from the signal pipe and nothing is being edited (edit_signal does it else).
 */
void term_stop(void);

/* Puts the present mode back: for the main loop when it reads SIGCONT, after a
 * stop that could not be caught. Harmless in the background. */
void term_continue(void);

/* Throws away what was typed and not yet read at a terminal, be it standard
 * input or /dev/tty: before a question whose answer must not have been typed
 * beforehand. Nothing happens to what is no terminal. */
void term_drop_typed(int fd);

/*
 * The signal pipe: SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGCONT and SIGTSTP each
 * write one byte, their number. *ret_fd is its non-blocking read end, owned by
 * this module. Called again it gives the same descriptor.
 */
enum status term_signals(int *ret_fd, struct err *err) ATTR_MUST_CHECK;

/* The next signal number from the pipe; 0: none. */
int term_next_signal(void);

/* How many of SIGINT, SIGTERM and SIGHUP have come; for loops that must notice
 * one without taking it from the pipe. */
unsigned term_interrupts(void);

enum term_wait {
	TERM_READY = 0,
	TERM_RESUMED, /* after a stop: show the question again */
	TERM_INTERRUPTED,
};

/*
 * Waits until fd can be read, for a question that has the terminal to itself.
 * Ctrl-Z stops and goes on as ever; the main loop hears of all else later.
 * TERM_INTERRUPTED when SIGINT, SIGTERM or SIGHUP came since there were
 * `before` of them (term_interrupts()), which is read before the question is
 * shown.
 */
enum term_wait term_wait(int fd, unsigned before);

/* Whether SIGTERM or SIGHUP came: give up, do not wait for a stuck terminal. */
bool term_ending(void);

#endif
