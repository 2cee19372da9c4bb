/*
 * "atllama batch FILE": many prompts, a line of JSON each, answered by several
 * turns at once on the one loop; a line of JSON for each answer.
 *
 * The input is read as it is needed. Answers that wait for the one of an
 * earlier line are held, and when there are many of them no further line is
 * begun. The exit code is that of the first line in the output that was not
 * answered.
 */
#ifndef ATL_APP_BATCH_H
#define ATL_APP_BATCH_H

#include "app/app.h"

enum status batch_run(struct app *app, struct err *err);

#endif
