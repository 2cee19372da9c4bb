#include "tty/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "tty/term.h"

static const char *pager_name(void)
{
	static const char *const names[] = {"ATLLAMA_PAGER", "PAGER"};
	size_t i;

	for (i = 0; i < 2; i++) {
		const char *value = getenv(names[i]);

		if (value != NULL)
			return value;
	}
	return "less";
}

static bool wanted(const char *name)
{
	const struct term *t = term_get();

	return t->out && t->in && !t->dumb && !t->accessible &&
		name[strspn(name, " \t")] != '\0' && strcmp(name, "cat") != 0;
}

void pager_open(struct pager *p, bool may)
{
	memset(p, 0, sizeof(*p));
	buf_init(&p->held, BUF_LARGE);
	p->fd = STDOUT_FILENO;
	p->hold = may && wanted(pager_name());
	if (p->hold)
		term_size(&p->columns, &p->rows);
}

/* Measures how much of the screen the text takes, with one column per
 * character. */
static void measure(struct pager *p, struct span text)
{
	size_t i;

	for (i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (p->escape) {
			p->escape = c != 'm';
		} else if (c == '\033') {
			p->escape = true;
		} else if (c == '\n') {
			p->lines++;
			p->column = 0;
		} else if (((unsigned char)c & 0xc0) != 0x80 &&
			++p->column > (size_t)p->columns) {
			p->lines++;
			p->column = 1;
		}
	}
}

/* Starts the pager: there is more than fits on the screen. */
static enum status start(struct pager *p, struct err *err)
{
	enum status st;
	int ends[2];

	p->hold = false;
	if (pipe(ends) != 0)
		return ST_OK;
	/* The child must not hold its own pipe open. */
	if (fcntl(ends[0], F_SETFD, FD_CLOEXEC) != 0 ||
		fcntl(ends[1], F_SETFD, FD_CLOEXEC) != 0)
		st = ST_IO;
	else
		st = child_start(&p->child, pager_name(), NULL, ends[0], err);
	(void)close(ends[0]);
	if (st == ST_OK) {
		p->fd = ends[1];
		return ST_OK;
	}
	(void)close(ends[1]);
	if (st == ST_NOMEM)
		return st;
	err_clear(err);
	return ST_OK;
}

static enum status put(struct pager *p, struct span text, struct err *err)
{
	if (p->gone || fd_write_full(p->fd, text.p, text.n))
		return ST_OK;
	if (errno != EPIPE)
		return err_sys(err, ST_IO, "cannot write");
	p->gone = true;
	return ST_OK;
}

/* Writes what is held, to whatever it goes to now. */
static enum status let_go(struct pager *p, struct err *err)
{
	enum status st = buf_check(&p->held, "output", err);

	p->hold = false;
	if (st == ST_OK && p->held.len > 0)
		st = put(p, buf_view(&p->held), err);
	buf_release(&p->held);
	return st;
}

enum status pager_write(struct pager *p, struct span text, struct err *err)
{
	enum status st;

	if (!p->hold)
		return put(p, text, err);
	buf_span(&p->held, text);
	measure(p, text);
	/* The shell's prompt takes a line too. */
	if (p->lines + 1 < (size_t)p->rows && !p->held.bad)
		return ST_OK;
	st = start(p, err);
	return st == ST_OK ? let_go(p, err) : st;
}

bool pager_left(struct pager *p)
{
	if (p->child.pid != 0 && child_ended(&p->child))
		p->gone = true;
	return p->gone;
}

enum status pager_close(struct pager *p, struct err *err)
{
	enum status st = let_go(p, err);
	enum status end;
	int code;

	if (p->child.pid == 0)
		return st;
	(void)close(p->fd);
	p->fd = -1;
	end = child_wait(&p->child, &code, st == ST_OK ? err : NULL);
	return st == ST_OK ? end : st;
}
