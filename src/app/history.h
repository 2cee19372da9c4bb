/*
 * Showing saved conversations: `atllama list` and `atllama show`, and the same
 * in the chat.
 */
#ifndef ATL_APP_HISTORY_H
#define ATL_APP_HISTORY_H

#include "app/app.h"
#include "chat/conv.h"

struct catalog_entry;
struct render;

enum status history_list(struct app *app, struct err *err);
enum status history_show(struct app *app, struct err *err);

/* Appends a line for each of the first `max` entries (0: all), numbered on
 * request. Filtered for the terminal. */
void history_lines(const struct catalog_entry *e, size_t n, size_t max,
	bool numbered, struct buf *out);
/* Shows messages `first` to `last` of the path of a conversation, counted from
 * 1, each under its number and role; on a terminal through the pager. `last`
 * SIZE_MAX: to the end. ST_USAGE when there are fewer. */
enum status history_page(const struct app *app, const struct conv *conv,
	size_t first, size_t last, struct err *err);
/* Renders the last question and its answer only. */
enum status history_render_last(
	const struct conv *conv, struct render *r, struct err *err);

#endif
