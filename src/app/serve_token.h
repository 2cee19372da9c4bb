/*
 * The bearer token of the server: 32 random bytes in a file of its own, read
 * like an API key.
 */
#ifndef ATL_APP_SERVE_TOKEN_H
#define ATL_APP_SERVE_TOKEN_H

#include "app/app.h"

/* Reads the token; a missing file is made, and then the token is shown once on
 * a terminal. *ret is borrowed from the keys of the app, *path gets the file's
 * path. */
enum status serve_token(struct app *app, const struct secret **ret,
	struct buf *path, struct err *err);
/* Reads the file again, into the same memory. */
enum status serve_token_renew(
	struct app *app, const struct buf *path, struct err *err);

#endif
