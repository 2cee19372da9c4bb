/*
 * One answer: prompt, pipe and files in, the reply out. Written against the
 * public library interface only, as its living example.
 */
#ifndef ATL_APP_ASK_H
#define ATL_APP_ASK_H

#include "app/app.h"

/* Whether standard input is to be read as prompt or document. */
bool ask_takes_stdin(const struct app *app);
/* The status is that of the reply; err has what to tell the user. */
enum status ask_run(struct app *app, struct err *err);

#endif
