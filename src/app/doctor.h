/*
 * "atllama doctor": what works and what does not, from the configuration to
 * one token of an answer, each with its time and with what to do about it.
 */
#ifndef ATL_APP_DOCTOR_H
#define ATL_APP_DOCTOR_H

#include "app/app.h"

/*
 * `started` and *err are how app_start() went: a configuration that cannot be
 * read is a finding, not the end. The endpoint is that of the agent so named;
 * empty: of the default one. Returns the status of the first check that failed,
 * without a message since it is in the report, or ST_OK.
 */
enum status doctor_run(struct app *app, struct span agent, enum status started,
	struct err *err);

#endif
