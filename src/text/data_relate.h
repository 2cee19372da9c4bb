/*
 * Relates columns of a table: correlations, and trends along a column of dates
 * or steps. Part of text/data_stats. Pure.
 */
#ifndef ATL_TEXT_DATA_RELATE_H
#define ATL_TEXT_DATA_RELATE_H

#include "text/data_stats.h"

/* Computes the pairs; columns that hardly vary have none. */
void data_relate_pairs(struct data_stats *s, size_t rows);
/* Finds the column that trends go along, and the trends. ST_NOMEM is the only
 * failure. */
enum status data_relate_trends(struct data_stats *s, const struct data *t,
	struct err *err) ATTR_MUST_CHECK;

#endif
