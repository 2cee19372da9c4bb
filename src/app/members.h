/*
 * Members that stand alike in the JSON of several verbs, added to the object
 * that the writer has open.
 */
#ifndef ATL_APP_MEMBERS_H
#define ATL_APP_MEMBERS_H

#include "base/err.h"
#include "chat/msg.h"
#include "wire/json.h"

/* "code", "exit" and "message" of a failure; err goes with the status. */
void members_failure(
	struct json_writer *w, enum status st, const struct err *err);
/* "error": an object of these three. */
void members_error(
	struct json_writer *w, enum status st, const struct err *err);
/* "usage": an object of the tokens, where null is what was not counted. */
void members_usage(struct json_writer *w, const struct usage *u);

#endif
