/*
 * Where to send a question when nobody said: servers on this machine, found on
 * their usual ports and offered by name. Never used without a yes.
 */
#ifndef ATL_APP_ENDPOINT_H
#define ATL_APP_ENDPOINT_H

#include "app/app.h"

struct found_server {
	const char *name; /* of a table: valid for ever */
	struct buf url; /* "http://127.0.0.1:11434/v1" */
	struct buf model; /* the first it lists; may be empty */
};

#define FOUND_MAX LOCAL_SERVERS_N

/* Asks all usual ports at once, for at most a second. Servers that want a key,
 * such as our own, do not count. Release each with found_release(). */
enum status endpoint_find(struct app *app, struct found_server *ret,
	size_t *ret_n, struct err *err);
void found_release(struct found_server *s, size_t n);

/* Offers each in turn on the terminal; true when one was taken for `a`. */
bool endpoint_offer(struct app *app, struct app_agent *a);

#endif
