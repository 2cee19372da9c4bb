#include "app/clip.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/file.h"
#include "tty/child.h"
#include "tty/term.h"

/* How sure it is that the terminal takes OSC 52. */
enum faith { FAITH_NO, FAITH_MAYBE, FAITH_YES };

/*
 * screen ends strings of more than 768 bytes; tmux and terminals take any.
 * Counted in characters of base64.
 */
enum { SCREEN_PIECE = 512 };

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0';
}

static bool says(const char *name, const char *start)
{
	const char *value = getenv(name);

	return value != NULL && strncmp(value, start, strlen(start)) == 0;
}

/* Whether a variable holds a version of at least `least`. */
static bool since(const char *name, long long least)
{
	long long v;

	return span_int(span_str(getenv(name)), least, 1000000000, &v);
}

/*
 * Terminals by the variables they set: those that never take it, or only by a
 * setting that is off unless somebody turned it on, and those that do. Over ssh
 * only TERM arrives.
 */
static enum faith terminal_faith(void)
{
	static const char *const terms[] = {"xterm-kitty", "alacritty", "foot",
		"wezterm", "xterm-ghostty", "contour", "rio", "st-256color"};
	size_t i;

	if (!term_get()->out || term_get()->dumb || says("TERM", "linux"))
		return FAITH_NO;
	if (is_set("VTE_VERSION"))
		return since("VTE_VERSION", 7600) ? FAITH_YES : FAITH_NO;
	if (is_set("KONSOLE_VERSION"))
		return since("KONSOLE_VERSION", 241200) ? FAITH_YES : FAITH_NO;
	if (is_set("XTERM_VERSION") || says("TERM_PROGRAM", "Apple_Terminal"))
		return FAITH_NO;
	for (i = 0; i < sizeof(terms) / sizeof(terms[0]); i++)
		if (says("TERM", terms[i]))
			return FAITH_YES;
	return is_set("KITTY_WINDOW_ID") || is_set("WT_SESSION") ||
			is_set("WEZTERM_PANE") || is_set("ALACRITTY_SOCKET")
		? FAITH_YES
		: FAITH_MAYBE;
}

/* The sequence as the terminal gets it, wrapped for a multiplexer, which would
 * keep it for itself. */
static void put_sequence(struct span base64, struct buf *out)
{
	bool tmux = is_set("TMUX");
	bool screen = !tmux && is_set("STY");
	size_t piece = screen ? SCREEN_PIECE : base64.n;
	size_t i;

	if (tmux)
		buf_str(out, "\033Ptmux;\033");
	else if (screen)
		buf_str(out, "\033P");
	buf_str(out, "\033]52;c;");
	for (i = 0; i < base64.n; i += piece) {
		if (i > 0)
			buf_str(out, "\033\\\033P");
		buf_add(out, base64.p + i,
			base64.n - i < piece ? base64.n - i : piece);
	}
	buf_char(out, '\a');
	if (tmux || screen)
		buf_str(out, "\033\\");
}

static enum status to_terminal(
	struct span text, struct buf *told, struct err *err)
{
	struct buf base64;
	struct buf out;
	enum status st;

	buf_init(&base64, BUF_LARGE);
	buf_init(&out, BUF_LARGE);
	base64_put(&base64, text);
	put_sequence(buf_view(&base64), &out);
	st = buf_check(&out, "text", err);
	if (st == ST_OK && !fd_write_full(STDOUT_FILENO, out.p, out.len))
		st = err_sys(err, ST_IO, "cannot write to the terminal");
	if (st == ST_OK)
		buf_str(told,
			"through the terminal (OSC 52); should nothing arrive "
			"there, it does not allow that, and /save FILE writes "
			"a file");
	buf_release(&base64);
	buf_release(&out);
	return st;
}

static void shut(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

/* False when the program is missing or says that it failed. What it says is
 * not shown: another way may do. */
static bool to_program(const char *command, struct span text)
{
	struct child child = {0};
	struct child_run with = {.command = command};
	int ends[2] = {-1, -1};
	int code = -1;
	bool started = false;
	bool written = false;

	with.out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (with.out >= 0 && pipe(ends) == 0 &&
		fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 &&
		fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0) {
		with.in = ends[0];
		started = child_spawn(&child, &with, NULL) == ST_OK;
	}
	shut(ends[0]);
	shut(with.out);
	if (started)
		written = fd_write_full(ends[1], text.p, text.n);
	shut(ends[1]);
	return started && child_wait(&child, &code, NULL) == ST_OK && written &&
		code == 0;
}

/* Tries the programs that suit the session we run in. */
static bool to_session(struct span text, struct buf *told)
{
	static const struct {
		const char *variable; /* NULL: always */
		const char *command;
		const char *name;
	} rows[] = {
		{"WAYLAND_DISPLAY", "wl-copy", "wl-copy"},
		{"DISPLAY", "xclip -selection clipboard", "xclip"},
		{"DISPLAY", "xsel --input --clipboard", "xsel"},
		{"TMUX", "tmux load-buffer -w -", "tmux"},
#ifdef __APPLE__
		{NULL, "pbcopy", "pbcopy"},
#endif
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((rows[i].variable == NULL || is_set(rows[i].variable)) &&
			to_program(rows[i].command, text)) {
			buf_fmt(told, "through %s", rows[i].name);
			return true;
		}
	return false;
}

enum status clip_put(struct span text, struct buf *told, struct err *err)
{
	enum faith faith = terminal_faith();
	bool fits = text.n <= CLIP_TERMINAL_MAX;

	/* Its configuration decides what a multiplexer lets through. */
	if (faith == FAITH_YES && (is_set("TMUX") || is_set("STY")))
		faith = FAITH_MAYBE;
	if (faith == FAITH_YES && fits)
		return to_terminal(text, told, err);
	if (to_session(text, told))
		return ST_OK;
	if (faith == FAITH_MAYBE && fits)
		return to_terminal(text, told, err);
	if (faith != FAITH_NO)
		return err_set(err, ST_NOT_FOUND,
			"%zu bytes are more than a terminal takes (%zu), and "
			"neither wl-copy nor xclip can be used here; /save "
			"FILE writes a file",
			text.n, CLIP_TERMINAL_MAX);
	return err_set(err, ST_NOT_FOUND,
		"there is no way to the clipboard here: this terminal does "
		"not take text for it, and neither wl-copy nor xclip can be "
		"used; /save FILE writes a file");
}
