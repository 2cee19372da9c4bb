/*
 * What the files query*.c share.
 */
#ifndef ATL_SERVE_QUERY_PRIV_H
#define ATL_SERVE_QUERY_PRIV_H

#include "serve/query.h"
#include "wire/json.h"

/* query_message.c: members that hold what is asked. */
enum status query_messages(
	struct query *q, const struct json *list, struct err *err);
enum status query_text(struct query *q, const struct json *j, struct err *err);
/* query_member.c: appends a value as JSON. */
void query_put_value(const struct json *j, struct json_writer *w);
/* query.c: NULs have no place in what people and models write. */
enum status query_check_text(
	struct span text, const char *name, struct err *err);

#endif
