/*
 * "atllama batch FILE": many prompts, one line of JSON each, of which several
 * are answered at a time on the one loop; each answer is a line of JSON.
 *
 * The input is read as it is needed. Answers wait for those of earlier lines;
 * while many wait, no further line is begun. The exit code is that of the first
 * line of the output that was not answered.
 */
#ifndef ATL_APP_BATCH_H
#define ATL_APP_BATCH_H

#include "app/app.h"

enum status batch_run(struct app *app, struct err *err);

#endif
