/*
 * A table as a model is told about it: what was computed over all rows, and the
 * first rows, as Markdown of bounded length.
 *
 * Figures are given to six digits. Cells are foreign text: they are shortened,
 * and their bars and newlines cannot break the tables. Pure; fit for threads.
 */
#ifndef ATL_TEXT_DATA_SUMMARY_H
#define ATL_TEXT_DATA_SUMMARY_H

#include <stdint.h>

#include "text/data_stats.h"

/* The default for `tokens`. */
#define DATA_SUMMARY_TOKENS 4000
#define DATA_SUMMARY_ROWS 8

/* Appends a summary of at most about `tokens`; `name` (may be empty) is that of
 * the file. What there was no room for is told. */
enum status data_summary(const struct data *t, const struct data_stats *s,
	struct span name, int64_t tokens, struct buf *out,
	struct err *err) ATTR_MUST_CHECK;

#endif
