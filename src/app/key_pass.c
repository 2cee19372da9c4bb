#include <fcntl.h>
#include <unistd.h>

#include "app/key_priv.h"
#include "app/question.h"
#include "app/unlock.h"
#include "base/file.h"
#include "store/box.h"
#include "tty/pass.h"

/*
 * Words that can be said aloud, of 16 bits each: Wilkerson, "A Proposal for
 * Proquints", 2009. Five of them are more than six words of a list of 7776.
 */
enum { WORDS = 5, WORD = 5, BITS = 16 * WORDS, TRIES = 3 };

static enum status generate(struct secret *ret, struct err *err)
{
	static const char consonants[] = "bdfghjklmnprstvz";
	static const char vowels[] = "aiou";
	uint8_t random[2 * WORDS];
	size_t i;

	if (!secret_new(ret, WORDS * (WORD + 1)))
		return err_nomem(err);
	box_random(random, sizeof(random));
	for (i = 0; i < WORDS; i++) {
		unsigned n = (unsigned)random[2 * i] << 8 | random[2 * i + 1];
		uint8_t *p = ret->p + ret->len;

		if (i > 0)
			*p++ = '-';
		*p++ = (uint8_t)consonants[n >> 12];
		*p++ = (uint8_t)vowels[n >> 10 & 3];
		*p++ = (uint8_t)consonants[n >> 6 & 15];
		*p++ = (uint8_t)vowels[n >> 4 & 3];
		*p++ = (uint8_t)consonants[n & 15];
		ret->len = (size_t)(p - ret->p);
	}
	box_wipe(random, sizeof(random));
	return ST_OK;
}

static bool show(int fd, const struct secret *pass)
{
	struct buf before;
	bool done;

	buf_init(&before, BUF_SMALL);
	buf_fmt(&before,
		"Passphrase of %d random bits, shown this once:\n\n    ", BITS);
	done = !before.bad && fd_write_full(fd, before.p, before.len) &&
		fd_write_full(fd, pass->p, pass->len) &&
		fd_write_full(fd, "\n\n", 2);
	buf_release(&before);
	return done;
}

/* Shows the passphrase on the terminal alone, and has it typed back. */
static enum status show_and_ask(const struct secret *pass, struct err *err)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	enum status st = ST_OK;
	int i;

	if (fd < 0 || !show(fd, pass))
		st = err_sys(err, ST_IO, "cannot write to the terminal");
	if (fd >= 0)
		(void)close(fd);
	for (i = 0; i < TRIES && st == ST_OK; i++) {
		struct secret typed = {0};
		bool same;

		st = pass_read(
			"Write it down, and type it to be sure: ", &typed, err);
		same = typed.len == pass->len &&
			box_equal(typed.p, pass->p, pass->len);
		secret_free(&typed);
		if (st == ST_OK && same)
			return ST_OK;
	}
	return st == ST_OK ? err_set(err, ST_STOPPED,
				     "nothing was changed: it was not typed "
				     "back")
			   : st;
}

static enum status generated(
	struct app *app, struct secret *ret, struct err *err)
{
	struct secret pass = {0};
	enum status st = box_init(err);

	if (st == ST_OK)
		st = generate(&pass, err);
	if (st == ST_OK && question_terminal() && !app->args.passphrase_fd.set)
		st = show_and_ask(&pass, err);
	else if (st == ST_OK &&
		(!fd_write_full(STDOUT_FILENO, pass.p, pass.len) ||
			!fd_write_full(STDOUT_FILENO, "\n", 1)))
		st = err_sys(err, ST_IO, "cannot write to standard output");
	if (st == ST_OK) {
		*ret = pass;
		pass = (struct secret){0};
	}
	secret_free(&pass);
	return st;
}

enum status key_new_pass(struct app *app, struct secret *ret, struct err *err)
{
	bool done = false;
	enum status st = ST_OK;

	if (app->args.generate)
		return generated(app, ret, err);
	if (app->args.passphrase_fd.set)
		return pass_from_fd((int)app->args.passphrase_fd.v, ret, err);
	if (!question_terminal())
		return err_set(err, ST_USAGE,
			"there is no terminal to ask for a passphrase; give it "
			"with --passphrase-fd, or let --generate make one");
	while (st == ST_OK && !done) {
		st = unlock_ask_twice("New passphrase: ", ret, &done, err);
		if (st == ST_OK && done && ret->len == 0) {
			app_say(app, "it cannot be empty");
			done = false;
		}
	}
	return st;
}
