/*
 * The head of an answer, collected line by line: the status line and the
 * headers, capped as a whole. Interim answers (1xx) pass and count towards the
 * cap; what comes after the head, trailers, is not looked at.
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
	HEAD_COMPLETE, /* with this line, for the final answer */
	HEAD_TOO_LARGE,
	HEAD_NOMEM,
};

void head_init(struct head *head, size_t max);
void head_release(struct head *head);
/* One line with or without its line end. */
enum head_result head_line(struct head *head, struct span line);
/* Walks the headers; *pos starts at 0. False after the last one. */
bool head_next(const struct head *head, size_t *pos, struct span *ret_name,
	struct span *ret_value);
/* The value of the first header of that name, or empty. */
struct span head_find(const struct head *head, const char *name);

#endif
