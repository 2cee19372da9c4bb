/*
 * The input history, kept encrypted beside the conversations.
 */
#ifndef ATL_APP_INPUTLOG_H
#define ATL_APP_INPUTLOG_H

#include "base/err.h"
#include "base/id.h"
#include "text/line.h"

struct inputlog;
struct vault;

/* A line, and the parts of it that are literal: borrowed for the call. */
typedef void inputlog_fn(struct span line, const struct line_range *literal,
	size_t n, void *payload);

/* Gives each line kept so far, the oldest first, to fn. */
enum status inputlog_open(struct inputlog **ret, struct vault *vault,
	inputlog_fn *fn, void *payload, struct err *err);
void inputlog_close(struct inputlog *log);
/* Under the conversation it was typed in, with which it is deleted. */
enum status inputlog_add(struct inputlog *log, struct span line,
	const struct line_range *literal, size_t n, const struct id *conv,
	struct err *err);

#endif
