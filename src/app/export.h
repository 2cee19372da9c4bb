/*
 * Conversations taken out of the vault and brought into it: `atllama export`
 * and `atllama import`.
 */
#ifndef ATL_APP_EXPORT_H
#define ATL_APP_EXPORT_H

#include "app/app.h"
#include "chat/conv.h"

enum export_form {
	EXPORT_MARKDOWN = 0,
	EXPORT_JSON,
	EXPORT_LINES,
	EXPORT_HTML
};

/* The form that the ending of a file's name stands for; Markdown when it has
 * none. ST_USAGE names the endings that are known. */
enum status export_form_of(
	const char *path, enum export_form *ret, struct err *err);

/* Appends a conversation in one of the forms, JSON without a newline. */
enum status export_put(const struct conv *c, enum export_form form,
	struct buf *out, struct err *err);

enum status export_run(struct app *app, struct err *err);
enum status import_run(struct app *app, struct err *err);

#endif
