#include "app/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "app/input.h"
#include "app/refs.h"
#include "base/utf8.h"
#include "text/safe.h"
#include "tty/child.h"
#include "tty/term.h"

enum {
	PIECE = 16 * 1024,
	/* How often to look whether the command has ended while a process it
	 * left behind holds its output open. */
	LOOK_MS = 200,
	/* How much is still read once the command has ended: the output of a
	 * process it left behind may never end. */
	REST_BYTES = 64 * 1024,
	NAME_MAX_BYTES = 200,
	/* Ended by SIGINT; the terminal has written "^C". */
	INTERRUPTED = 128 + SIGINT,
};

struct shell {
	struct repl *r;
	struct child child;
	struct safe safe;
	struct buf kept; /* the beginning of the output */
	size_t bytes; /* of all of it */
	char last; /* of what was shown */
};

static void took(struct shell *s, struct span piece)
{
	size_t room = SHELL_OUTPUT_MAX - s->kept.len;

	s->bytes += piece.n;
	s->last = piece.p[piece.n - 1];
	buf_add(&s->kept, piece.p, piece.n < room ? piece.n : room);
	safe_feed(&s->safe, piece, &s->r->out);
	repl_print(s->r);
}

/* Reads until every writer has closed the pipe, or until the command has ended
 * and no more comes. */
static void read_output(struct shell *s, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char piece[PIECE];
	size_t end = SIZE_MAX;

	while (s->bytes < end) {
		int ready = poll(&p, 1, LOOK_MS);
		ssize_t n;

		if (term_ending())
			(void)kill(s->child.pid, SIGHUP);
		if (end == SIZE_MAX && child_ended(&s->child))
			end = s->bytes + REST_BYTES;
		if (ready == 0 && end < SIZE_MAX)
			break;
		if (ready <= 0)
			continue;
		n = read(fd, piece, sizeof(piece));
		if (n > 0)
			took(s, span_of(piece, (size_t)n));
		else if (n == 0 || errno != EINTR)
			break;
	}
	safe_finish(&s->safe, &s->r->out);
	if (s->bytes > 0 && s->last != '\n')
		buf_char(&s->r->out, '\n');
	repl_print(s->r);
}

static void shut(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

static enum status run(
	struct shell *s, const char *command, int *ret_code, struct err *err)
{
	struct child_run with = {
		.command = command, .shell = true, .in = -1, .out = -1};
	int ends[2] = {-1, -1};
	int null = -1;
	enum status st = ST_OK;

	if (pipe(ends) != 0 || fcntl(ends[0], F_SETFD, FD_CLOEXEC) != 0 ||
		fcntl(ends[1], F_SETFD, FD_CLOEXEC) != 0)
		st = err_sys(err, ST_IO, "cannot run \"%s\"", command);
	/* Standard input that is not the terminal is not for the command. */
	if (st == ST_OK && !term_get()->in) {
		null = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (null < 0)
			st = err_sys(err, ST_IO, "cannot open /dev/null");
	}
	with.in = null;
	with.out = ends[1];
	if (st == ST_OK)
		st = child_spawn(&s->child, &with, err);
	shut(ends[1]);
	shut(null);
	if (st == ST_OK) {
		read_output(s, ends[0]);
		shut(ends[0]);
		return child_wait(&s->child, ret_code, err);
	}
	shut(ends[0]);
	return st;
}

/* "$ make (exit status 2)" */
static void put_name(
	const struct shell *s, struct span command, int code, struct buf *out)
{
	struct span line = span_cut(&command, '\n');
	bool cut = command.n > 0 || line.n > NAME_MAX_BYTES;

	line.n = utf8_floor(line, NAME_MAX_BYTES);
	buf_str(out, "$ ");
	buf_span(out, line);
	buf_str(out, cut ? " ..." : "");
	if (code != 0)
		buf_fmt(out, " (exit status %d)", code);
	if (s->bytes > s->kept.len)
		buf_fmt(out, " (the first %zu of %zu bytes)", s->kept.len,
			s->bytes);
}

/* Attaches the output to the next message, if it is text. */
static enum status attach(
	struct shell *s, struct span command, int code, struct err *err)
{
	struct input in;
	struct buf name;
	struct err why;
	enum status st;

	if (s->bytes > s->kept.len)
		buf_truncate(&s->kept,
			utf8_floor(buf_view(&s->kept), s->kept.len - 1));
	if (s->kept.len == 0) {
		buf_fmt(&s->r->out, "No output, exit status %d.\n", code);
		return ST_OK;
	}
	if (code != 0)
		buf_fmt(&s->r->out, "%sExit status %d.\n",
			code == INTERRUPTED ? "\n" : "", code);
	if (input_check(buf_view(&s->kept), "the output", &why) != ST_OK) {
		buf_str(&s->r->out,
			"It is not text, so it does not go with the next "
			"message.\n");
		return ST_OK;
	}
	input_init(&in);
	buf_init(&name, BUF_SMALL);
	put_name(s, command, code, &name);
	st = buf_check(&name, "name", err);
	if (st == ST_OK)
		st = input_text(&in, buf_view(&name), buf_view(&s->kept), err);
	if (st == ST_OK) {
		refs_list(&in, "next message", &s->r->out);
		st = input_join(&s->r->files, &in, err);
	}
	buf_release(&name);
	input_release(&in);
	return st;
}

enum status shell_run(struct repl *r, struct span command, struct err *err)
{
	struct shell s = {.r = r};
	struct buf text;
	int code = 0;
	enum status st;

	if (command.n == 0)
		return err_set(err, ST_USAGE,
			"! takes a command of the shell, such as !git diff; "
			"to send a line that begins with !, put a blank "
			"before it");
	buf_init(&text, BUF_LARGE);
	buf_init(&s.kept, SHELL_OUTPUT_MAX);
	safe_init(&s.safe, 0);
	buf_span(&text, command);
	st = buf_check(&text, "command", err);
	if (st == ST_OK && memchr(text.p, '\0', text.len) != NULL)
		st = err_set(err, ST_USAGE, "a command has no NUL in it");
	if (st == ST_OK)
		st = run(&s, text.p, &code, err);
	if (st == ST_OK)
		st = attach(&s, command, code, err);
	if (st == ST_OK)
		repl_tell(r);
	else
		buf_reset(&r->out);
	buf_release(&s.kept);
	buf_release(&text);
	return st;
}
