/*
 * How the screen looks, by command line, configuration and terminal, and the
 * status line below a reply.
 *
 * A status is "short", "full" or a format in which these stand for a figure of
 * the reply, or for "-" when it is not known:
 *
 *	%f  seconds to its first token	%i  tokens of the prompt
 *	%t  seconds to its end		%o  tokens of the reply
 *	%r  tokens per second		%w  tokens of the window
 *	%m  model			%p  percent of the window that is used
 *	%e  address of the endpoint	%%  a percent sign
 *
 * Counts are those of the endpoint; where it gives none they are estimated and
 * have a "~" before them.
 */
#ifndef ATL_APP_SCREEN_H
#define ATL_APP_SCREEN_H

#include "app/app.h"
#include "tty/render.h"

struct session_result;

/* Options of a renderer on standard output. */
void screen_options(const struct app *app, struct render_options *ret);
/* Only how reasoning is shown, for a setting that has changed. */
enum render_reasoning screen_reasoning(const struct app *app);

/* Whether long output goes through a pager, if there is one. */
bool screen_pages(const struct app *app);

/* Fits whole lines, filtered already, to standard output: on a terminal, lines
 * that are too long break between words, unless it is JSON. */
void screen_rows(const struct app *app, struct buf *out);
/* Writes what a verb prints, filtered already, to standard output through
 * screen_rows(), and empties it. A reader that has gone is no error. */
enum status screen_write(const struct app *app, struct buf *out,
	struct err *err) ATTR_MUST_CHECK;

/* Appends the status line, not filtered; nothing when the status is off or
 * there is no reply. `as`: the format; NULL: the one that is set. */
void screen_status(const struct app *app, const char *as,
	const struct session_result *res, struct buf *out);

#endif
