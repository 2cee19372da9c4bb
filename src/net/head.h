/*
 * The head of an answer, collected line by line: the status line and the
 * headers, with one limit for all. Interim answers (1xx) are skipped but count
 * towards the limit; trailers behind the head are ignored.
 */
#ifndef ATL_NET_HEAD_H
#define ATL_NET_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct head {
	struct buf lines; /* "name: value\n" each, folded lines joined */
	size_t taken; /* bytes of all lines so far */
	size_t max;
	int status; /* 0 until a status line came */
	bool complete;
};

enum head_result {
	HEAD_MORE,
	HEAD_COMPLETE, /* the head of the final answer is complete with this
			  line */
	HEAD_TOO_LARGE,
	HEAD_NOMEM,
};

void head_init(struct head *head, size_t max);
void head_release(struct head *head);
/* Takes one line, with or without its newline. */
enum head_result head_line(struct head *head, struct span line);
/* Walks the headers; *pos starts at 0. False after the last one. */
bool head_next(const struct head *head, size_t *pos, struct span *ret_name,
	struct span *ret_value);
/* The value of the first header of that name, or empty. */
struct span head_find(const struct head *head, const char *name);

#endif
