/*
 * "atllama serve": the agents over HTTP, until it is stopped.
 *
 * SIGTERM and SIGINT stop it: it takes no new requests, gives those under way
 * the time of --grace, and then answers them with what has come. A second
 * signal shortens that, a third ends it at once. SIGHUP reads configuration and
 * token again; when the configuration has a fault, everything stays as it was.
 */
#ifndef ATL_APP_SERVE_H
#define ATL_APP_SERVE_H

#include "app/app.h"

enum status serve_run(struct app *app, struct err *err);

#endif
