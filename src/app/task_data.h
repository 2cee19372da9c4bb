/*
 * Tables that go with a task: the model is told what was computed of all their
 * rows, since it cannot compute, and a long one could not be sent at all.
 */
#ifndef ATL_APP_TASK_DATA_H
#define ATL_APP_TASK_DATA_H

#include <stdbool.h>

#include "app/app.h"
#include "chat/msg.h"

/* A longer table is not sent itself. */
#define TASK_DATA_WHOLE ((size_t)16 * 1024)

/*
 * Gives each document of m that is a table as its figures: one that is named
 * .csv or .tsv, standard input that is one beyond doubt, and with `expected` any
 * that can be read as one. The user is told.
 */
enum status task_data_documents(
	const struct app *app, struct msg *m, bool expected, struct err *err);
/* The same for a text that stands in the task itself. */
enum status task_data_text(
	const struct app *app, struct buf *text, struct err *err);

#endif
