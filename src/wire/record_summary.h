/*
 * The record of a summary: RECORD_SUMMARY, with the id of the summary and, as
 * parent, the last message it covers. It may be ignored by a version that does
 * not know it: the messages themselves are all there. One without a text takes
 * back the one with its id.
 */
#ifndef ATL_WIRE_RECORD_SUMMARY_H
#define ATL_WIRE_RECORD_SUMMARY_H

#include "base/err.h"
#include "chat/summary.h"
#include "wire/record.h"

/* Appends the payload and sets up a record that borrows it. */
enum status record_of_summary(const struct summary *s, struct buf *payload,
	struct record *ret, struct err *err);
/* The caller frees *ret with summary_free(). ST_DAMAGED when malformed. */
enum status record_get_summary(
	const struct record *r, struct summary **ret, struct err *err);

#endif
