#include "tty/term.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"

#define PASTES_ON "\033[?2004h"
#define PASTES_OFF "\033[?2004l"
#define STYLES_OFF "\033[0m"

static struct term state;
static bool started;

/* What a fatal signal needs. `quiet` is set before the mode changes and cleared
 * after it is back, so that a signal in between restores once too often rather
 * than never. */
static struct termios original;
static bool has_original;
static volatile sig_atomic_t quiet;
static volatile sig_atomic_t bracketed;
static volatile sig_atomic_t control_fd = -1;

static volatile sig_atomic_t muted; /* see term_mute() */

static bool want_pastes;
static bool interrupt_is_key;

/* Faults, then what is sent to a process and ends it unless it is ignored. */
static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS,
	SIGABRT, SIGQUIT, SIGXCPU, SIGALRM, SIGUSR1, SIGUSR2};

enum {
	N_FATAL = sizeof(fatal_signals) / sizeof(fatal_signals[0]),
	N_FAULTS = 6,
};

static struct sigaction former[N_FATAL];
/* The handlers need a stack of their own in case ours has overflowed. */
static char spare_stack[64 * 1024];

static bool env_set(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0';
}

static bool env_is(const char *name, const char *value)
{
	const char *have = getenv(name);

	return have != NULL && strcmp(have, value) == 0;
}

static bool is_dumb(const char *type)
{
	return type == NULL || type[0] == '\0' || strcmp(type, "dumb") == 0 ||
		strcmp(type, "unknown") == 0;
}

static enum term_colour depth(const char *type)
{
	if (env_is("COLORTERM", "truecolor") || env_is("COLORTERM", "24bit"))
		return TERM_COLOUR_TRUE;
	if (type != NULL && strstr(type, "-direct") != NULL)
		return TERM_COLOUR_TRUE;
	if (type != NULL && strstr(type, "256color") != NULL)
		return TERM_COLOUR_256;
	return TERM_COLOUR_16;
}

/* COLORFGBG is "15;0" or "0;default;15": the last is the background, one of the
 * 16 colours, of which 7 and those from 9 on are light. The Linux console is
 * dark. */
static enum term_background background(const char *type)
{
	const char *value = getenv("COLORFGBG");
	const char *last = value != NULL ? strrchr(value, ';') : NULL;
	long long n;

	if (last != NULL && span_int(span_str(last + 1), 0, 15, &n))
		return n == 7 || n > 8 ? TERM_LIGHT : TERM_DARK;
	return type != NULL && strcmp(type, "linux") == 0 ? TERM_DARK
							  : TERM_ANY_BACKGROUND;
}

static void decide_styles(const struct term_options *o)
{
	bool colours = state.out && !state.dumb && !env_set("NO_COLOR") &&
		!env_is("CLICOLOR", "0");
	bool always = o->colour == TERM_ALWAYS ||
		(o->colour == TERM_AUTO && !env_set("NO_COLOR") &&
			env_set("CLICOLOR_FORCE") &&
			!env_is("CLICOLOR_FORCE", "0"));

	state.styled_out = !o->plain && (always || (state.out && !state.dumb));
	if (always)
		colours = true;
	if (o->colour == TERM_NEVER || o->plain)
		colours = false;
	state.colour_out = colours ? depth(getenv("TERM")) : TERM_COLOUR_NONE;
}

/*
 * The next four do only what may run in a signal handler.
 */

static bool in_foreground(void)
{
	return tcgetpgrp(STDIN_FILENO) == getpgrp();
}

/* Turns the echo on or off. Other foreground processes may do the same at the
 * same time, so nothing but the echo is changed, and what was changed, also by
 * a question for a passphrase, is changed back. */
static void set_echo(bool on)
{
	const tcflag_t local = ECHO | ECHONL | ICANON | ISIG | IEXTEN;
	const tcflag_t input = ICRNL | INLCR | IGNCR | ISTRIP;
	struct termios t;

	if (!in_foreground() || tcgetattr(STDIN_FILENO, &t) != 0)
		return;
	if (on) {
		t.c_lflag |= original.c_lflag & local;
		t.c_iflag |= original.c_iflag & input;
	} else {
		t.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	}
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

static void set_original(void)
{
	if (muted)
		set_echo(true);
	else
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &original);
}

static void restore_now(void)
{
	static const char pastes[] = PASTES_OFF;
	sigset_t block;
	sigset_t old;

	if (!quiet || !has_original)
		return;
	/* From the background, tcsetattr() would stop us without this. */
	(void)sigemptyset(&block);
	(void)sigaddset(&block, SIGTTOU);
	(void)sigprocmask(SIG_BLOCK, &block, &old);
	set_original();
	if (bracketed && control_fd >= 0) {
		ssize_t n = write(control_fd, pastes, sizeof(pastes) - 1);

		(void)n;
	}
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	quiet = 0;
	bracketed = 0;
}

static void on_fatal(int number, siginfo_t *info, void *context)
{
	static const char styles[] = STYLES_OFF;
	int saved = errno;
	size_t i;

	(void)context;
	restore_now();
	if (state.out && state.styled_out && !state.dumb) {
		ssize_t n = write(STDOUT_FILENO, styles, sizeof(styles) - 1);

		(void)n;
	}
	for (i = 0; i < N_FATAL; i++)
		if (fatal_signals[i] == number)
			(void)sigaction(number, &former[i], NULL);
	/* A fault recurs when we return, in its own context for the former
	 * handler; a signal that was sent has to be sent again. */
	if (info == NULL || info->si_code <= 0)
		(void)raise(number);
	errno = saved;
}

static void catch_fatal(void)
{
	stack_t stack = {.ss_sp = spare_stack, .ss_size = sizeof(spare_stack)};
	stack_t present;
	struct sigaction action;
	size_t i;

	/* A sanitizer may have brought a stack of its own. */
	if (sigaltstack(NULL, &present) == 0 && (present.ss_flags & SS_DISABLE))
		(void)sigaltstack(&stack, NULL);
	memset(&action, 0, sizeof(action));
	action.sa_sigaction = on_fatal;
	action.sa_flags = SA_SIGINFO | SA_ONSTACK;
	(void)sigfillset(&action.sa_mask);
	for (i = 0; i < N_FATAL; i++) {
		/* If Ctrl-\ is ignored, we go on and keep the mode. */
		(void)sigaction(fatal_signals[i], NULL, &former[i]);
		if (i >= N_FAULTS && former[i].sa_handler == SIG_IGN)
			continue;
		(void)sigaction(fatal_signals[i], &action, NULL);
	}
}

void term_init(const struct term_options *options)
{
	state.in = isatty(STDIN_FILENO) == 1;
	state.out = isatty(STDOUT_FILENO) == 1;
	state.err = isatty(STDERR_FILENO) == 1;
	state.dumb = is_dumb(getenv("TERM"));
	state.accessible = options->accessible || env_is("ACCESSIBLE", "1");
	state.background = options->background;
	if (state.background == TERM_ANY_BACKGROUND)
		state.background = background(getenv("TERM"));
	decide_styles(options);
	if (started)
		return;
	started = true;
	if (state.out)
		control_fd = STDOUT_FILENO;
	else if (state.err)
		control_fd = STDERR_FILENO;
	has_original = state.in && tcgetattr(STDIN_FILENO, &original) == 0;
	if (!state.in && !state.out)
		return;
	catch_fatal();
	(void)atexit(restore_now);
}

const struct term *term_get(void)
{
	return &state;
}

static int env_number(const char *name)
{
	const char *value = getenv(name);
	long long n;

	if (value == NULL || !span_int(span_str(value), 1, 10000, &n))
		return 0;
	return (int)n;
}

void term_size(int *ret_columns, int *ret_rows)
{
	static const int fds[] = {STDOUT_FILENO, STDERR_FILENO, STDIN_FILENO};
	struct winsize ws;
	int columns = 0;
	int rows = 0;
	size_t i;

	for (i = 0; i < 3 && columns == 0; i++) {
		if (ioctl(fds[i], TIOCGWINSZ, &ws) != 0)
			continue;
		columns = ws.ws_col;
		rows = ws.ws_row;
	}
	if (columns == 0)
		columns = env_number("COLUMNS");
	if (rows == 0)
		rows = env_number("LINES");
	*ret_columns = columns > 0 ? columns : 80;
	*ret_rows = rows > 0 ? rows : 24;
}

/* Turns the bracketing of pastes on or off. */
static void bracket(bool on)
{
	const char *words = on ? PASTES_ON : PASTES_OFF;
	ssize_t n;

	if (control_fd < 0 || state.dumb || on == (bracketed != 0))
		return;
	bracketed = 1; /* a signal in between turns it off once too often */
	n = write(control_fd, words, strlen(words));
	if (!on || n < 0)
		bracketed = 0;
}

/*
 * What readline would set: characters as they come, Enter as CR, so that a key
 * is the same whether it was typed ahead or at the prompt; literal-next off,
 * because readline has its own.
 */
static void apply_quiet(void)
{
	struct termios t = original;

	if (muted) {
		set_echo(false);
		return;
	}
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL);
	t.c_lflag |= ISIG;
	t.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | ISTRIP);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	t.c_cc[VLNEXT] = _POSIX_VDISABLE;
	if (interrupt_is_key)
		t.c_cc[VINTR] = _POSIX_VDISABLE;
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

void term_mute(void)
{
	if (!state.out || quiet)
		return;
	muted = 1;
	(void)term_quiet(true);
}

void term_recover(void)
{
	if (has_original && !quiet && in_foreground())
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &original);
}

bool term_quiet(bool on)
{
	bool was = quiet != 0;

	if (!has_original)
		return false;
	if (on) {
		if (!was) {
			quiet = 1;
			apply_quiet();
		}
		bracket(want_pastes);
	} else if (was) {
		interrupt_is_key = false;
		bracket(false);
		set_original();
		quiet = 0;
	}
	return was;
}

void term_interrupt_key(bool on)
{
	if (on == interrupt_is_key)
		return;
	interrupt_is_key = on;
	if (has_original && quiet)
		apply_quiet();
}

char term_interrupt_byte(void)
{
	cc_t c = original.c_cc[VINTR];

	return has_original && c != _POSIX_VDISABLE ? (char)c : '\0';
}

void term_pastes(bool on)
{
	want_pastes = on && !state.dumb;
	if (quiet)
		bracket(want_pastes);
}

void term_continue(void)
{
	if (!has_original || !quiet || !in_foreground())
		return;
	apply_quiet();
	bracketed = 0;
	bracket(want_pastes);
}

void term_stop(void)
{
	struct sigaction plain;
	struct sigaction old;
	struct termios now;
	sigset_t only;
	sigset_t mask;
	bool was = term_quiet(false);

	memset(&plain, 0, sizeof(plain));
	plain.sa_handler = SIG_DFL;
	(void)sigemptyset(&plain.sa_mask);
	(void)sigemptyset(&only);
	(void)sigaddset(&only, SIGTSTP);
	(void)sigaction(SIGTSTP, &plain, &old);
	(void)sigprocmask(SIG_UNBLOCK, &only, &mask);
	(void)raise(SIGTSTP);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	(void)sigaction(SIGTSTP, &old, NULL);
	/* The user may have changed the terminal meanwhile (stty, reset). */
	if (has_original && in_foreground() &&
		tcgetattr(STDIN_FILENO, &now) == 0)
		original = now;
	if (was)
		(void)term_quiet(true);
}

void term_drop_typed(int fd)
{
	(void)tcflush(fd, TCIFLUSH);
}
