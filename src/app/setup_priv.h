/*
 * What the files of setup share: setup.c asks, setup_test.c tests,
 * setup_write.c writes.
 */
#ifndef ATL_APP_SETUP_PRIV_H
#define ATL_APP_SETUP_PRIV_H

#include "app/setup.h"
#include "conf/preset.h"

struct setup_plan {
	const struct preset *preset; /* NULL: url is an address the user gave */
	struct buf name; /* of the endpoint */
	struct buf url;
	struct buf model; /* empty: the default of the preset or the program */
	struct buf parameters; /* "name=value" each, a line each */
	struct secret key; /* empty: none, or in the environment */
};

/*
 * The configuration file with the plan in it: *ret_text is all of it, *ret_path
 * where it is, *ret_default whether the endpoint is the default one. ST_CONFIG
 * when the result would not be a valid configuration.
 */
enum status setup_compose(const struct app *app, const struct setup_plan *p,
	struct buf *ret_text, struct buf *ret_path, bool *ret_default,
	struct err *err);
/* Stores the key and writes the file. */
enum status setup_write(struct app *app, const struct setup_plan *p,
	struct span text, const char *path, struct err *err);
/* Asks for one token with the new configuration; *ret_model is the model that
 * answered. */
enum status setup_test(struct app *app, const struct setup_plan *p,
	struct span text, const char *path, struct buf *ret_model,
	struct err *err);

#endif
