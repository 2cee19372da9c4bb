/*
 * --dry-run: the request as it would go out, and nothing sent.
 */
#ifndef ATL_APP_DRY_RUN_H
#define ATL_APP_DRY_RUN_H

#include <stdbool.h>

#include "conf/agent.h"

/* Prints the address, the headers with the key and every value masked, and the
 * body `json`. `key`: one is sent. A reader that is gone is no failure. */
enum status dry_run_print(
	const struct agent *agent, bool key, const char *json, struct err *err);

#endif
