/*
 * Where templates of tasks are: the user's own in $XDG_CONFIG_HOME/atllama/tasks
 * before those that come with the program. See text/template.
 */
#ifndef ATL_APP_TASK_TEMPLATE_H
#define ATL_APP_TASK_TEMPLATE_H

#include "app/app.h"
#include "text/template.h"

struct msg;

/* Fills an empty template. ST_USAGE when there is none of that name;
 * ST_CONFIG, with file and line, when it makes no sense. */
enum status task_template_load(
	const char *name, struct template *t, struct err *err);
/* Asks on the terminal for what has to be set and is not. ST_STOPPED: the user
 * stopped it. */
enum status task_template_ask(struct template *t, struct err *err);
/* Fills it in and puts its task, and below it the words, into m; what is left in
 * the outline is for the task to take. */
enum status task_template_put(struct template *t, struct span input,
	struct span words, struct msg *m, struct err *err);
/* The verb with --list. */
enum status task_template_list(const struct app *app, struct err *err);

#endif
