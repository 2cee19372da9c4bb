#include "tty/pass.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "tty/term.h"

/* Room for the longest one: a secret never grows, so that no copy is left
 * behind. */
enum { ROOM = PASS_MAX + 1 };

enum step { STEP_MORE, STEP_DONE, STEP_STOP, STEP_SUSPEND, STEP_LONG };

struct question {
	int fd; /* of the terminal */
	const char *text;
	struct termios mode;
	unsigned before; /* interrupts counted when it was about to be asked */
};

/* Takes the last character back, all bytes of it. */
static void take_back(struct secret *s)
{
	while (s->len > 0) {
		uint8_t byte = s->p[--s->len];

		s->p[s->len] = 0;
		if ((byte & 0xc0) != 0x80)
			return;
	}
}

static enum step on_byte(struct secret *s, uint8_t byte)
{
	switch (byte) {
	case '\r':
	case '\n': return STEP_DONE;
	case 0x03: /* Ctrl-C */
	case 0x1c: /* Ctrl-\ */ return STEP_STOP;
	case 0x1a: /* Ctrl-Z */ return STEP_SUSPEND;
	case 0x04: /* Ctrl-D */ return s->len == 0 ? STEP_STOP : STEP_DONE;
	case 0x08:
	case 0x7f: take_back(s); return STEP_MORE;
	case 0x15: /* Ctrl-U */
		explicit_bzero(s->p, s->len);
		s->len = 0;
		return STEP_MORE;
	}
	/* Other control characters are mistakes that the user could not see. */
	if (byte < 0x20)
		return STEP_MORE;
	if (s->len >= PASS_MAX)
		return STEP_LONG;
	s->p[s->len++] = byte;
	return STEP_MORE;
}

/* Keys typed before the question were not meant for it. */
static enum status show(const struct question *q, struct err *err)
{
	if (tcsetattr(q->fd, TCSAFLUSH, &q->mode) != 0)
		return err_sys(err, ST_IO, "cannot set the terminal");
	if (!fd_write_full(q->fd, q->text, strlen(q->text)))
		return err_sys(err, ST_IO, "cannot write to the terminal");
	return ST_OK;
}

static enum status read_line(
	const struct question *q, struct secret *s, struct err *err)
{
	for (;;) {
		enum term_wait how = term_wait(q->fd, q->before);
		uint8_t byte = 0;
		ssize_t n;
		enum step step;

		if (how == TERM_INTERRUPTED)
			return err_set(err, ST_STOPPED, "interrupted");
		if (how == TERM_RESUMED) {
			enum status st = show(q, err);

			if (st != ST_OK)
				return st;
			continue;
		}
		n = read(q->fd, &byte, 1);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return err_sys(err, ST_IO, "cannot read the terminal");
		if (n == 0)
			return err_set(err, ST_STOPPED, "the terminal is gone");
		step = on_byte(s, byte);
		explicit_bzero(&byte, sizeof(byte));
		if (step == STEP_DONE)
			return ST_OK;
		if (step == STEP_STOP)
			return err_set(err, ST_STOPPED, "interrupted");
		/* term_wait() hears of it. */
		if (step == STEP_SUSPEND)
			(void)raise(SIGTSTP);
		if (step == STEP_LONG)
			return err_set(err, ST_USAGE,
				"a passphrase may have %d bytes at most",
				PASS_MAX);
	}
}

enum status pass_read(const char *prompt, struct secret *ret, struct err *err)
{
	struct question q = {.text = prompt, .before = term_interrupts()};
	struct secret s = {0};
	struct termios old;
	bool was_quiet;
	enum status st;

	q.fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (q.fd < 0)
		return err_sys(
			err, ST_IO, "no terminal to ask for a passphrase on");
	if (!secret_new(&s, ROOM)) {
		(void)close(q.fd);
		return err_nomem(err);
	}
	/* Through tty/term, so that a fatal signal restores the terminal also
	 * while it is in the mode below. */
	was_quiet = term_quiet(true);
	if (tcgetattr(q.fd, &old) != 0) {
		st = err_sys(err, ST_IO, "cannot set the terminal");
		goto out;
	}
	q.mode = old;
	q.mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | ISIG | IEXTEN);
	q.mode.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | ISTRIP);
	q.mode.c_cc[VMIN] = 1;
	q.mode.c_cc[VTIME] = 0;
	st = show(&q, err);
	if (st == ST_OK)
		st = read_line(&q, &s, err);
	if (!fd_write_full(q.fd, "\n", 1) && st == ST_OK)
		st = err_sys(err, ST_IO, "cannot write to the terminal");
	(void)tcsetattr(q.fd, TCSAFLUSH, &old);
out:
	if (!was_quiet)
		(void)term_quiet(false);
	(void)close(q.fd);
	if (st == ST_OK) {
		*ret = s;
		s = (struct secret){0};
	}
	secret_free(&s);
	return st;
}

enum status pass_from_fd(int fd, struct secret *ret, struct err *err)
{
	struct secret s = {0};
	enum status st = ST_OK;

	if (!secret_new(&s, ROOM))
		return err_nomem(err);
	/* One byte at a time: what follows the line is not ours. */
	while (s.len <= PASS_MAX) {
		ssize_t n = read(fd, s.p + s.len, 1);

		if (n < 0 && errno == EINTR && !term_ending())
			continue;
		if (n < 0) {
			st = err_sys(err, ST_IO,
				"cannot read the passphrase from "
				"descriptor %d",
				fd);
			goto out;
		}
		if (n == 0 || s.p[s.len] == '\n')
			break;
		s.len++;
	}
	if (s.len > PASS_MAX) {
		st = err_set(err, ST_USAGE,
			"a passphrase may have %d bytes at most", PASS_MAX);
		goto out;
	}
	if (s.len > 0 && s.p[s.len - 1] == '\r')
		s.len--;
	if (s.len == 0) {
		st = err_set(
			err, ST_USAGE, "no passphrase on descriptor %d", fd);
		goto out;
	}
	/* Else the end of the line would stay behind the text. */
	explicit_bzero(s.p + s.len, s.room - s.len);
	*ret = s;
	s = (struct secret){0};
out:
	secret_free(&s);
	return st;
}
