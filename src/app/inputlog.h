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

/* A line and which parts of it are literal, borrowed for the call. */
typedef void inputlog_fn(struct span line, const struct line_range *literal,
	size_t n, void *payload);

/* Opens the history and gives each of its lines to fn, the oldest first. */
enum status inputlog_open(struct inputlog **ret, struct vault *vault,
	inputlog_fn *fn, void *payload, struct err *err);
void inputlog_close(struct inputlog *log);
/* Adds a line. It belongs to the conversation it was typed in and is deleted
 * with it. */
enum status inputlog_add(struct inputlog *log, struct span line,
	const struct line_range *literal, size_t n, const struct id *conv,
	struct err *err);

#endif
