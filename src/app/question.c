#include "app/question.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/utf8.h"
#include "text/fill.h"
#include "tty/term.h"

static int open_terminal(void)
{
	return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

/* Writes the prompt in lines of the terminal's width; blanks at its end
 * stay. */
static bool put_prompt(int fd, const char *prompt)
{
	struct span rest = span_str(prompt);
	struct buf shown;
	size_t blanks = 0;
	int columns;
	int rows;
	bool ok;

	while (blanks < rest.n && rest.p[rest.n - 1 - blanks] == ' ')
		blanks++;
	term_size(&columns, &rows);
	buf_init(&shown, BUF_LARGE);
	while (rest.n > 0) {
		struct span line = span_cut(&rest, '\n');

		fill_line(line, (size_t)columns, 0, 0, &shown);
		if (rest.n > 0)
			buf_char(&shown, '\n');
	}
	buf_add(&shown, prompt + strlen(prompt) - blanks, blanks);
	ok = !shown.bad && fd_write_full(fd, shown.p, shown.len);
	buf_release(&shown);
	return ok;
}

/* Reads a line, which may come in pieces. 0 at the end of input, -1 when a
 * signal ended it. */
static ssize_t read_line(
	int fd, const char *prompt, unsigned before, char *line, size_t room)
{
	size_t n = 0;

	while (n < room && (n == 0 || line[n - 1] != '\n')) {
		enum term_wait how = term_wait(fd, before);
		ssize_t got;

		if (how == TERM_INTERRUPTED)
			return -1;
		if (how == TERM_RESUMED) {
			(void)put_prompt(fd, prompt);
			continue;
		}
		got = read(fd, line + n, room - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

enum status question_ask(const char *prompt, struct buf *ret, struct err *err)
{
	char line[QUESTION_MAX];
	unsigned before = term_interrupts();
	bool quiet = term_quiet(false);
	ssize_t n;
	int fd = open_terminal();

	if (fd < 0)
		return err_set(err, ST_USAGE, "there is no terminal to ask on");
	term_drop_typed(fd);
	(void)put_prompt(fd, prompt);
	n = read_line(fd, prompt, before, line, sizeof(line));
	if (n <= 0)
		(void)!fd_write_full(fd, "\n", 1);
	(void)close(fd);
	if (quiet)
		(void)term_quiet(true);
	if (n <= 0) {
		/* The status tells the caller, who need not see the signal
		 * too. */
		while (term_next_signal() != 0)
			;
		return err_set(err, ST_STOPPED, "stopped");
	}
	if (!utf8_valid(span_of(line, (size_t)n)) ||
		memchr(line, '\0', (size_t)n) != NULL)
		return err_set(err, ST_USAGE, "that is not text");
	buf_set(ret, span_trim(span_of(line, (size_t)n)));
	return buf_check(ret, "answer", err);
}

bool question_terminal(void)
{
	int fd = open_terminal();

	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

bool question_line(const char *prompt, char *ret, size_t n)
{
	unsigned before = term_interrupts();
	int fd = open_terminal();
	ssize_t got = -1;

	if (fd < 0)
		return false;
	term_drop_typed(fd);
	if (put_prompt(fd, prompt))
		got = read_line(fd, prompt, before, ret, n - 1);
	if (got <= 0)
		(void)!fd_write_full(fd, "\n", 1);
	(void)close(fd);
	if (got <= 0)
		return false;
	ret[got] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	return true;
}

bool question_yes(const char *prompt)
{
	char line[64];

	return question_line(prompt, line, sizeof(line)) &&
		(line[0] == 'y' || line[0] == 'Y');
}
