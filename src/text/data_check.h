/*
 * Finds figures in a text that contradict what was computed from a table.
 *
 * Only plain statements count: a sentence with the name of one column of
 * numbers, one word for a statistic (mean, median, lowest, total, ...) and one
 * number. A sentence about a part of the rows (a category of the table, "in
 * March", "per region", "without") is left alone, since the figure may be right
 * for that part. Rounding, "12k" and "1.2 million" are allowed for. The words
 * are those of the answer's language (data_words.h). A number that is right in
 * one way of writing numbers is right: 1.812,5 and 1 812,5 as well as 1,812.5.
 * Pure; fit for threads.
 */
#ifndef ATL_TEXT_DATA_CHECK_H
#define ATL_TEXT_DATA_CHECK_H

#include "text/data_stats.h"

/* Contradictions that are reported. */
#define DATA_CHECK_MAX 20

/* Appends a line for each, as "the mean of orders is given as 160; computed:
 * 151", and returns how many there are. */
size_t data_contradictions(const struct data *t, const struct data_stats *s,
	struct span answer, struct buf *out);

#endif
