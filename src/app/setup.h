/*
 * Setting up an endpoint in a talk on the terminal: a server found on this
 * machine, a host that is known by name, or an address; its key, which goes
 * into the vault; one request that shows whether it answers. Only then
 * something is written, and nothing that is in the configuration file is
 * changed or lost.
 */
#ifndef ATL_APP_SETUP_H
#define ATL_APP_SETUP_H

#include "app/app.h"

/* The verb. ST_USAGE without a terminal. */
enum status setup_run(struct app *app, struct err *err);

/*
 * The same when a chat begins without an endpoint. *ret_done: there is one now,
 * the configuration was read again, and agents that were made before are gone.
 * What fails on the way is told.
 */
enum status setup_first(struct app *app, bool *ret_done, struct err *err);

#endif
