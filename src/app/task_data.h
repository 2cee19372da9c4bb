/*
 * Tables that go with a task: the model is told what was computed of all their
 * rows, since it cannot compute, and a long one could not be sent at all.
 */
#ifndef ATL_APP_TASK_DATA_H
#define ATL_APP_TASK_DATA_H

#include <stdbool.h>

#include "app/app.h"
#include "app/input.h"
#include "app/task_tables.h"
#include "chat/msg.h"

/* Bytes of a table that is sent along; of a longer one the model gets the
 * summary alone. */
#define TASK_DATA_WHOLE ((size_t)16 * 1024)

/*
 * Replaces each document of m that is a table by a summary of its figures:
 * those named .csv or .tsv, standard input when it is a table beyond doubt, and
 * with `expected` any document that reads as one. The user is told, and the
 * tables are added to `keep`.
 */
enum status task_data_documents(const struct app *app, struct msg *m,
	bool expected, struct task_tables *keep, struct err *err);
/* The same for a table that stands in the text of the task itself. */
enum status task_data_text(const struct app *app, struct buf *text,
	struct task_tables *keep, struct err *err);
/* Adds the tables among the documents to `keep`, for a task that is taken up
 * again. */
void task_data_again(const struct app *app, const struct input *input,
	struct task_tables *keep);

#endif
