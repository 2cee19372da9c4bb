/*
 * "atllama doctor": checks everything from the configuration to one token of an
 * answer, and tells how long each step took and what to do about a fault.
 */
#ifndef ATL_APP_DOCTOR_H
#define ATL_APP_DOCTOR_H

#include "app/app.h"

/*
 * `started` and *err are how app_start() went: an unreadable configuration is
 * one finding among others. `agent` names whose endpoint is checked; empty: the
 * default agent's. Returns ST_OK or the status of the first check that failed,
 * without a message, which is in the report.
 */
enum status doctor_run(struct app *app, struct span agent, enum status started,
	struct err *err);

#endif
