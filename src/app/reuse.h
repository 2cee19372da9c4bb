/*
 * The cache of answers as the program uses it, and "atllama cache".
 */
#ifndef ATL_APP_REUSE_H
#define ATL_APP_REUSE_H

#include "app/app.h"
#include "engine/cache.h"

/* Whether the arguments or the configuration ask for it. */
bool reuse_wanted(const struct app *app);
/* The limits that the configuration sets; all other options are zero. */
struct cache_options reuse_options(const struct app *app);
/*
 * Makes app->cache when it is wanted, conversations are saved, and there is
 * none yet. `o` may set more than the limits; NULL: it does not. When there can
 * be no cache, that is told and answers do without.
 */
void reuse_open(struct app *app, const struct cache_options *o);

/* "atllama cache status|clear". */
enum status reuse_run(struct app *app, struct err *err);

#endif
