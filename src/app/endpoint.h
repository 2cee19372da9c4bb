/*
 * Finds servers on this machine, on their usual ports, when no endpoint is
 * configured. They are offered by name and never used without a yes.
 */
#ifndef ATL_APP_ENDPOINT_H
#define ATL_APP_ENDPOINT_H

#include "app/app.h"

struct found_server {
	const char *name; /* static */
	struct buf url; /* "http://127.0.0.1:11434/v1" */
	struct buf model; /* the first model it lists; may be empty */
};

#define FOUND_MAX LOCAL_SERVERS_N

/* Asks all usual ports at once, for a second at most. Servers that want a key,
 * such as our own, do not count. ret has room for FOUND_MAX; the caller
 * releases what was found with found_release(). */
enum status endpoint_find(struct app *app, struct found_server *ret,
	size_t *ret_n, struct err *err);
void found_release(struct found_server *s, size_t n);

/* Offers each server in turn on the terminal; true when `a` was pointed to
 * one. */
bool endpoint_offer(struct app *app, struct app_agent *a);

#endif
