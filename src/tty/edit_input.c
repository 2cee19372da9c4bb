#include "tty/edit_priv.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <readline/readline.h>

#include "base/clock.h"
#include "tty/term.h"

enum {
	READ_AT_ONCE = 1024 * 1024, /* bytes of one edit_read() */
	CTRL_G = 7,
};

int edit_give_key(FILE *unused)
{
	struct edit *e = edit_the;

	(void)unused;
	/* Only a question of readline's own would read beyond a whole key.
	 * Those are switched off, but Ctrl-G would end one. */
	if (e == NULL || e->unit == 0)
		return CTRL_G;
	e->unit--;
	return keyin_pop(&e->keys);
}

int edit_has_key(void)
{
	return edit_the != NULL && edit_the->unit > 0;
}

/* Takes bytes up to the next Ctrl-C; those behind it wait. */
static void take(struct edit *e, const char *p, size_t n)
{
	const char intr = term_interrupt_byte();
	const char *at = intr != '\0' ? memchr(p, intr, n) : NULL;
	size_t part = at != NULL ? (size_t)(at - p) : n;

	(void)keyin_add(&e->keys, p, part, clock_mono_ms());
	if (at != NULL) {
		e->interrupted = true;
		buf_add(&e->later, at + 1, n - part - 1);
	}
}

/* Reads what the terminal has. False when it is gone. */
static bool fill(struct edit *e, size_t *ret_n)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	char bytes[EDIT_CHUNK];
	ssize_t n;

	*ret_n = 0;
	if (e->later.len > 0) {
		struct buf later = e->later;

		buf_init(&e->later, EDIT_CHUNK);
		*ret_n = later.len;
		take(e, later.p, later.len);
		buf_release(&later);
		return true;
	}
	if (poll(&p, 1, 0) <= 0 || p.revents == 0)
		return true;
	n = read(STDIN_FILENO, bytes, sizeof(bytes));
	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (n == 0)
		return false;
	*ret_n = (size_t)n;
	take(e, bytes, (size_t)n);
	explicit_bzero(bytes, (size_t)n);
	return true;
}

/*
 * What was typed between the end of a line and the moment in which Ctrl-C is a
 * signal again has been read as keys. As with the signal, what stands before
 * it is gone; what stands behind it waits until it has been acted on.
 */
void edit_end_keys(struct edit *e)
{
	size_t total = 0;
	size_t n;

	term_interrupt_key(false);
	do {
		n = 0;
		if (!e->interrupted)
			(void)fill(e, &n);
		total += n;
	} while (n > 0 && total < READ_AT_ONCE);
	if (e->interrupted) {
		e->interrupted = false;
		keyin_interrupt(&e->keys);
		(void)raise(SIGINT);
	}
}

/* Gives readline one whole key, byte by byte. */
static void give_unit(struct edit *e, size_t len)
{
	bool full = (size_t)rl_end >= EDIT_TYPED_MAX;

	e->unit = len;
	e->fresh_row = false;
	if (full && len == 1 && (unsigned char)e->keys.in.p[e->keys.at] < 0x20)
		full = false;
	while (e->unit > 0 && e->active) {
		if (full) {
			(void)edit_give_key(NULL);
			continue;
		}
		rl_callback_read_char();
	}
	while (e->unit > 0)
		(void)edit_give_key(NULL);
	if (e->active)
		edit_note(e);
}

/* Handles what waits, up to the end of a message. */
static void drain(struct edit *e)
{
	while (e->active) {
		size_t len = 0;

		switch (keyin_next(&e->keys, clock_mono_ms(), &len)) {
		case KEYIN_NONE: return;
		case KEYIN_UNIT: give_unit(e, len); break;
		case KEYIN_PASTE:
			if (RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH |
				    RL_STATE_VIMOTION | RL_STATE_NUMERICARG |
				    RL_STATE_MULTIKEY | RL_STATE_CHARSEARCH))
				edit_leave_modes(e);
			edit_insert_paste(
				e, buf_view(&e->keys.paste), e->keys.cut);
			rl_redisplay();
			break;
		}
	}
}

enum edit_result edit_read(struct edit *e)
{
	size_t total = 0;
	size_t n;

	e->result = EDIT_MORE;
	do {
		bool there;

		drain(e);
		if (e->active && e->interrupted) {
			e->interrupted = false;
			edit_interrupt(e);
		}
		if (!e->active)
			break;
		there = fill(e, &n);
		total += n;
		if (!there) {
			edit_leave_modes(e);
			(void)rl_crlf();
			edit_let_go(e);
			e->result = EDIT_EOF;
			break;
		}
	} while (n > 0 && total < READ_AT_ONCE);
	(void)fflush(rl_outstream);
	return e->result;
}
