/*
 * "atllama serve": the agents over HTTP, until it is told to stop.
 *
 * SIGTERM and SIGINT stop it: no new requests, those under way go on for the
 * time of --grace and are then answered with what has come; a second signal
 * shortens that, a third ends it at once. SIGHUP reads configuration and token
 * again; a configuration with a fault leaves everything as it was.
 */
#ifndef ATL_APP_SERVE_H
#define ATL_APP_SERVE_H

#include "app/app.h"

enum status serve_run(struct app *app, struct err *err);

#endif
