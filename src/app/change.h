/*
 * Changing saved conversations: `atllama rename`, `atllama delete`, and the
 * setting that deletes old ones.
 */
#ifndef ATL_APP_CHANGE_H
#define ATL_APP_CHANGE_H

#include "app/app.h"
#include "base/id.h"

struct delete_report;

enum status change_rename(struct app *app, struct err *err);
enum status change_delete(struct app *app, struct err *err);

/* Tells what was deleted and where remains of it may be. */
void change_tell_deleted(const struct app *app, const struct delete_report *r);
/* Deletes conversations that are older than the setting delete_after allows,
 * except `except` (may be NULL). What cannot be deleted is told and is no
 * failure. Opens the store when it is not open, without asking for anything. */
void change_retire(struct app *app, const struct id *except);

#endif
