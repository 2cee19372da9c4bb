#include "tty/edit_priv.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <readline/readline.h>

#include "base/clock.h"
#include "tty/term.h"

enum {
	READ_CHUNK = 16 * 1024,
	READ_AT_ONCE = 1024 * 1024, /* bytes of one edit_read() */
	CTRL_G = 7,
};

int edit_give_key(FILE *unused)
{
	struct edit *e = edit_the;

	(void)unused;
	/* Beyond a whole key only a question of readline's own would read, and
	 * those are switched off: Ctrl-G ends it. */
	if (e == NULL || e->unit == 0)
		return CTRL_G;
	e->unit--;
	return keyin_pop(&e->keys);
}

int edit_has_key(void)
{
	return edit_the != NULL && edit_the->unit > 0;
}

/* Takes what the terminal has. False when it is gone. */
static bool fill(struct edit *e, size_t *ret_n)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	char bytes[READ_CHUNK];
	ssize_t n;

	*ret_n = 0;
	if (poll(&p, 1, 0) <= 0 || p.revents == 0)
		return true;
	n = read(STDIN_FILENO, bytes, sizeof(bytes));
	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (n == 0)
		return false;
	*ret_n = (size_t)n;
	(void)keyin_add(&e->keys, bytes, (size_t)n, clock_mono_ms());
	explicit_bzero(bytes, (size_t)n);
	return true;
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

/* Acts on what waits; stops at the end of a message. */
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
