/*
 * The bearer token of the server: 32 random bytes in a file of its own, read
 * like an API key.
 */
#ifndef ATL_APP_SERVE_TOKEN_H
#define ATL_APP_SERVE_TOKEN_H

#include "app/app.h"

/* *ret is borrowed from the keys of the app. A file that is missing is made,
 * and on a terminal the token is shown this once. *path gets the file. */
enum status serve_token(struct app *app, const struct secret **ret,
	struct buf *path, struct err *err);
/* Reads the file again, into the same memory. */
enum status serve_token_renew(
	struct app *app, const struct buf *path, struct err *err);

#endif
