/*
 * "atllama batch --provider": a file of prompts is given to the endpoint's own
 * Batch API, and its results are collected later.
 */
#ifndef ATL_APP_BATCH_PROVIDER_H
#define ATL_APP_BATCH_PROVIDER_H

#include "app/app.h"

/* Submits the file that the words name, and prints the id of the batch; with
 * --collect waits for the end of that one and writes its results. */
enum status batch_provider(struct app *app, struct err *err);

#endif
