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

enum status pager_open(struct pager *p, struct err *err)
{
	const char *name = pager_name();
	enum status st;
	int ends[2];

	memset(p, 0, sizeof(*p));
	p->fd = STDOUT_FILENO;
	if (!wanted(name) || pipe(ends) != 0)
		return ST_OK;
	/* The child must not hold its own pipe open. */
	if (fcntl(ends[0], F_SETFD, FD_CLOEXEC) != 0 ||
		fcntl(ends[1], F_SETFD, FD_CLOEXEC) != 0)
		st = ST_IO;
	else
		st = child_start(&p->child, name, NULL, ends[0], err);
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

enum status pager_write(struct pager *p, struct span text, struct err *err)
{
	if (p->gone)
		return ST_OK;
	if (fd_write_full(p->fd, text.p, text.n))
		return ST_OK;
	if (errno != EPIPE || p->child.pid == 0)
		return err_sys(err, ST_IO, "cannot write");
	p->gone = true;
	return ST_OK;
}

enum status pager_close(struct pager *p, struct err *err)
{
	int code;

	if (p->child.pid == 0)
		return ST_OK;
	(void)close(p->fd);
	p->fd = -1;
	return child_wait(&p->child, &code, err);
}
