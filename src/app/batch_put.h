/*
 * The result of one line of a batch, as a line of JSON.
 */
#ifndef ATL_APP_BATCH_PUT_H
#define ATL_APP_BATCH_PUT_H

#include "base/buf.h"
#include "base/err.h"
#include "chat/msg.h"
#include "serve/query.h"

struct batch_result {
	uint64_t line; /* of the input */
	const struct query *query; /* its id, and the form to answer in */
	bool nameless; /* its id is another line's, or could not be read */
	const struct msg *reply; /* NULL: none */
	enum status status;
	const struct err *err; /* when that is not ST_OK */
	bool cached;
	bool undecided; /* the guard gave no verdict */
	int64_t total_ms;
};

void batch_put(const struct batch_result *r, struct buf *out);

#endif
