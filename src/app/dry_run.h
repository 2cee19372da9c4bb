/*
 * --dry-run: shows the request that would be sent, and sends nothing.
 */
#ifndef ATL_APP_DRY_RUN_H
#define ATL_APP_DRY_RUN_H

#include <stdbool.h>

#include "conf/agent.h"

/* Prints the address, the headers with the key and all values masked, and the
 * body `json`. `key`: a key would be sent. A reader that has gone is no
 * failure. */
enum status dry_run_print(
	const struct agent *agent, bool key, const char *json, struct err *err);

#endif
