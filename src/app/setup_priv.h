/*
 * Inside of app/setup: what is asked (setup.c), whether it works
 * (setup_test.c) and what is written (setup_write.c).
 */
#ifndef ATL_APP_SETUP_PRIV_H
#define ATL_APP_SETUP_PRIV_H

#include "app/setup.h"
#include "conf/preset.h"

struct setup_plan {
	const struct preset *preset; /* NULL: an address */
	struct buf name; /* of the endpoint */
	struct buf url;
	struct buf model; /* empty: what the preset or the program says */
	struct buf parameters; /* "name=value" each, a line each */
	struct secret key; /* empty: none, or from the environment */
};

/*
 * The configuration file with the plan in it: *ret_text the whole, *ret_path
 * where it is, *ret_default whether the endpoint is the default one. ST_CONFIG
 * when it would not be read.
 */
enum status setup_compose(const struct app *app, const struct setup_plan *p,
	struct buf *ret_text, struct buf *ret_path, bool *ret_default,
	struct err *err);
/* Stores the key and writes the file. */
enum status setup_write(struct app *app, const struct setup_plan *p,
	struct span text, const char *path, struct err *err);
/* Asks for one token as the file would have it; *ret_model is who answered. */
enum status setup_test(struct app *app, const struct setup_plan *p,
	struct span text, const char *path, struct buf *ret_model,
	struct err *err);

#endif
