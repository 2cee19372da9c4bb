/*
 * One answer: prompt, pipe and files go in, the reply comes out. Uses the
 * public library interface only, as a living example of it.
 */
#ifndef ATL_APP_ASK_H
#define ATL_APP_ASK_H

#include "app/app.h"

/* Whether standard input is read, as the prompt or as a document. */
bool ask_takes_stdin(const struct app *app);
/* Runs it. The status is that of the reply, and err tells of a failure. */
enum status ask_run(struct app *app, struct err *err);

#endif
