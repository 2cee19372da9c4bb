/*
 * Setting up an endpoint in a dialogue on the terminal: a server found on this
 * machine, a known host, or an address; the key, which goes into the vault; and
 * a request that tests it. Only then is anything written, and nothing in the
 * configuration file is changed or lost.
 */
#ifndef ATL_APP_SETUP_H
#define ATL_APP_SETUP_H

#include "app/app.h"

/* The verb. ST_USAGE without a terminal. */
enum status setup_run(struct app *app, struct err *err);

/*
 * The same when a chat begins without an endpoint. *ret_done: there is one now,
 * the configuration was read again, and agents made before are gone. Failures
 * on the way are told.
 */
enum status setup_first(struct app *app, bool *ret_done, struct err *err);

#endif
