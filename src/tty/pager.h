/*
 * Long output of /show and /search: through $PAGER when stdout is a terminal.
 *
 * $ATLLAMA_PAGER, $PAGER or less; no shell, the words are split at blanks. Less
 * gets LESS=FRX unless LESS is set, as git has it: it shows colours, and ends
 * by itself when the text fits on the screen. An empty value or "cat" means no
 * pager, and so do a dumb terminal, an accessible one and a pager that cannot be
 * started: the text then goes to stdout. The caller has filtered the text.
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
	struct child child;
	bool gone; /* the reader has seen enough: the rest is dropped */
};

/* Fails for nothing but memory: without a pager it is stdout. */
enum status pager_open(struct pager *p, struct err *err) ATTR_MUST_CHECK;
/* ST_OK also when the user has left the pager. */
enum status pager_write(
	struct pager *p, struct span text, struct err *err) ATTR_MUST_CHECK;
/* Waits until the user leaves the pager. */
enum status pager_close(struct pager *p, struct err *err) ATTR_MUST_CHECK;

#endif
