/*
 * Templates of tasks as the verb uses them: the user's own in
 * $XDG_CONFIG_HOME/atllama/tasks before those that come with the program. Their
 * format is in text/template.
 */
#ifndef ATL_APP_TASK_TEMPLATE_H
#define ATL_APP_TASK_TEMPLATE_H

#include "app/app.h"
#include "text/template.h"

struct msg;

/* Reads the template of that name into t, which is empty. ST_USAGE when there
 * is none; ST_CONFIG, with file and line, when it is not well formed. */
enum status task_template_load(
	const char *name, struct template *t, struct err *err);
/* Asks on the terminal for each value that is needed and not set. ST_STOPPED
 * when the user stopped it. */
enum status task_template_ask(struct template *t, struct err *err);
/* Puts the template's values in, and its task with the words below it into m.
 * What remains in t's outline is for the task to take. */
enum status task_template_put(struct template *t, struct span input,
	struct span words, struct msg *m, struct err *err);
/* Appends the names of the templates, parted by line feeds. */
enum status task_template_names(struct buf *out, struct err *err);
/* Prints the templates: the verb with --list. */
enum status task_template_list(const struct app *app, struct err *err);

#endif
