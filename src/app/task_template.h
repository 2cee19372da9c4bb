/*
 * Where templates of tasks are: the user's own in $XDG_CONFIG_HOME/atllama/tasks
 * before those that come with the program. See text/template.
 */
#ifndef ATL_APP_TASK_TEMPLATE_H
#define ATL_APP_TASK_TEMPLATE_H

#include "app/app.h"
#include "text/template.h"

/* Fills an empty template. ST_USAGE, with the nearest name, when there is none
 * of that name; ST_CONFIG, with file and line, when it makes no sense. */
enum status task_template_load(
	const char *name, struct template *t, struct err *err);
/* The verb with --list. */
enum status task_template_list(const struct app *app, struct err *err);

#endif
