/*
 * What the command line, the configuration and the terminal together say of
 * the screen, and the line of status below a reply.
 *
 * A status is "short", "full" or a format in which these stand for a figure of
 * the reply, "-" when it is not known:
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

/* For a renderer of standard output. */
void screen_options(const struct app *app, struct render_options *ret);
/* The reasoning alone, for a setting that was changed. */
enum render_reasoning screen_reasoning(const struct app *app);

/* Whether long output goes through a pager, where there can be one. */
bool screen_pages(const struct app *app);

/* Whole lines, filtered already, on their way to standard output: on a terminal
 * those that are too long break between words, unless it is JSON. */
void screen_rows(const struct app *app, struct buf *out);
/* Writes what a verb prints, filtered already, to standard output and empties it;
 * on a terminal, rows that are too long break between words, unless it is JSON.
 * A reader that is gone is no error. */
enum status screen_write(const struct app *app, struct buf *out,
	struct err *err) ATTR_MUST_CHECK;

/* Appends the line, not filtered for the terminal; nothing when the status is
 * off or there is no reply. `as`: NULL for what is set. */
void screen_status(const struct app *app, const char *as,
	const struct session_result *res, struct buf *out);

#endif
