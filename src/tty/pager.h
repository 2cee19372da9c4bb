/*
 * Long output of show and search: through a pager when stdout is a terminal.
 *
 * $ATLLAMA_PAGER, $PAGER or less; no shell, the words are split at blanks. Less
 * gets LESS=FRX unless LESS is set, as git has it. An empty value or "cat"
 * means no pager, and so do a dumb terminal, an accessible one and a pager that
 * cannot be started: the text then goes to stdout.
 *
 * What fits on the screen goes to stdout at the end and no pager is started;
 * until there is more, the text is held. The caller has filtered it.
 */
#ifndef ATL_TTY_PAGER_H
#define ATL_TTY_PAGER_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "tty/child.h"

struct pager {
	int fd; /* where the text goes */
	bool hold; /* not yet more than fits on the screen */
	struct child child;
	bool gone; /* the reader has seen enough: the rest is dropped */
	/* private */
	struct buf held;
	int columns;
	int rows;
	size_t lines; /* rows of the screen that held takes */
	size_t column;
	bool escape; /* inside of an SGR sequence */
};

/* `may`: whether the user wants a pager. */
void pager_open(struct pager *p, bool may);
/* Writes text. ST_OK also when the user has left the pager. */
enum status pager_write(
	struct pager *p, struct span text, struct err *err) ATTR_MUST_CHECK;
/* Whether the user has left the pager; can be asked without anything to
 * write. */
bool pager_left(struct pager *p);
/* Writes what is held and waits until the user leaves the pager. Must always be
 * called. */
enum status pager_close(struct pager *p, struct err *err) ATTR_MUST_CHECK;

#endif
