/*
 * What /set changes of the screen for the present chat: rows of one table,
 * which store the values where command line and configuration have theirs.
 */
#ifndef ATL_APP_SWITCHES_H
#define ATL_APP_SWITCHES_H

#include <stdbool.h>
#include <stddef.h>

#include "app/app.h"
#include "base/buf.h"
#include "base/err.h"
#include "conf/opt.h"

#define SWITCHES_MAX 8

struct switch_row {
	const char *name;
	const char *help; /* one sentence without a full stop */
	const char *values; /* for completion, parted by blanks; may be "" */
	void (*put)(const struct app *app, struct buf *out); /* not filtered */
	/* Where the value comes from when it was not set in the chat. */
	const char *(*origin)(const struct app *app);
};

extern const struct switch_row switch_rows[];
extern const size_t switches_n;

struct switches {
	bool said[SWITCHES_MAX]; /* by row */
	struct buf status; /* what config.screen.status points to */
	/* The values before. */
	struct screen_conf screen;
	int color;
	bool raw;
	int reasoning; /* of the command line */
};

void switches_init(struct switches *s, const struct app *app);
/* Afterwards app's screen settings must not be used. */
void switches_release(struct switches *s);

/* The row of that name; NULL when there is none. */
const struct switch_row *switch_row(struct span name);
/* Sets the value; "default" takes back what was set. */
enum status switch_set(struct switches *s, const struct switch_row *row,
	struct app *app, struct span value, struct err *err);
const char *switch_origin(const struct switches *s,
	const struct switch_row *row, const struct app *app);

#endif
