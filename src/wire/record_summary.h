/*
 * The record of a summary: a RECORD_SUMMARY with the id of the summary and, as
 * parent, the last message it covers. Versions that do not know it may ignore
 * it, since the messages themselves are all there. One without a text takes
 * back the summary with its id.
 */
#ifndef ATL_WIRE_RECORD_SUMMARY_H
#define ATL_WIRE_RECORD_SUMMARY_H

#include "base/err.h"
#include "chat/summary.h"
#include "wire/record.h"

/* Appends the payload and sets up the record, which borrows it. */
enum status record_of_summary(const struct summary *s, struct buf *payload,
	struct record *ret, struct err *err);
/* Reads a summary; the caller frees *ret with summary_free(). ST_DAMAGED when
 * it is malformed. */
enum status record_get_summary(
	const struct record *r, struct summary **ret, struct err *err);

#endif
