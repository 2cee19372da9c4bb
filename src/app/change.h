/*
 * What changes saved conversations: `atllama rename` and `atllama delete`, and
 * the setting that deletes what is old.
 */
#ifndef ATL_APP_CHANGE_H
#define ATL_APP_CHANGE_H

#include "app/app.h"
#include "base/id.h"

struct delete_report;

enum status change_rename(struct app *app, struct err *err);
enum status change_delete(struct app *app, struct err *err);

/* Says what was deleted and what may be left of it. */
void change_tell_deleted(const struct app *app, const struct delete_report *r);
/* Deletes what is older than the setting delete_after says, but not `except`
 * (may be NULL); what cannot be is told and no failure. Opens the store when it
 * is not open, but asks for nothing. */
void change_retire(struct app *app, const struct id *except);

#endif
