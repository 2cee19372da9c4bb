/*
 * Determines the type of a table's column, and its cells as values. Part of
 * text/data_stats. Pure.
 */
#ifndef ATL_TEXT_DATA_TYPE_H
#define ATL_TEXT_DATA_TYPE_H

#include "text/data_stats.h"
#include "text/data_value.h"

/* Point or comma, as the cells of the whole table show. */
enum value_style data_style(const struct data *t);
/* Sets type, count, missing and odd, and for numbers and dates the values.
 * Columns of other types are told apart later, by their words. */
enum status data_type_set(struct data_column *c, const struct data *t,
	size_t col, enum value_style whole, struct err *err) ATTR_MUST_CHECK;

#endif
