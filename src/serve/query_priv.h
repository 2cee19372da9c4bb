/*
 * What the files query*.c share.
 */
#ifndef ATL_SERVE_QUERY_PRIV_H
#define ATL_SERVE_QUERY_PRIV_H

#include "serve/query.h"
#include "wire/json.h"

/* query_message.c: reading the members with the messages. */
enum status query_messages(
	struct query *q, const struct json *list, struct err *err);
enum status query_text(struct query *q, const struct json *j, struct err *err);
/* query.c: ST_USAGE for a text with a NUL in it, which no person or model
 * writes. */
enum status query_check_text(
	struct span text, const char *name, struct err *err);

#endif
