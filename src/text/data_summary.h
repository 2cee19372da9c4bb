/*
 * A table as a model is told of it: what was computed over all rows, and the
 * first of them, as Markdown of a bounded length.
 *
 * Figures are given to six digits and are never rounded by the reader of the
 * prompt. Cells are foreign text: they are shortened, and their bars and line
 * ends cannot break the tables. Pure; fit for threads.
 */
#ifndef ATL_TEXT_DATA_SUMMARY_H
#define ATL_TEXT_DATA_SUMMARY_H

#include <stdint.h>

#include "text/data_stats.h"

/* Estimated tokens when a caller has no wish of its own. */
#define DATA_SUMMARY_TOKENS 4000
#define DATA_SUMMARY_ROWS 8

/* Appends the summary of at most about `tokens`; `name` (may be empty) is that
 * of the file. What there was no room for is told. */
enum status data_summary(const struct data *t, const struct data_stats *s,
	struct span name, int64_t tokens, struct buf *out,
	struct err *err) ATTR_MUST_CHECK;
/* Reads the text, computes and appends, all in one. */
enum status data_summary_text(struct span text, struct span name,
	int64_t tokens, struct buf *out, struct err *err) ATTR_MUST_CHECK;

#endif
