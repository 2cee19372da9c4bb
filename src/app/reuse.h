/*
 * The cache of answers as the program uses it: whether it does, and
 * "atllama cache".
 */
#ifndef ATL_APP_REUSE_H
#define ATL_APP_REUSE_H

#include "app/app.h"
#include "engine/cache.h"

/* Whether the arguments or the configuration ask for it. */
bool reuse_wanted(const struct app *app);
/* The limits that the configuration sets; the rest of the options is zero. */
struct cache_options reuse_options(const struct app *app);
/*
 * Makes app->cache when it is wanted and conversations are saved, and app->cache
 * is NULL still; `o` may say more than the limits, NULL: it does not. A cache
 * that cannot be had is told and does without.
 */
void reuse_open(struct app *app, const struct cache_options *o);

/* "atllama cache status|clear". */
enum status reuse_run(struct app *app, struct err *err);

#endif
