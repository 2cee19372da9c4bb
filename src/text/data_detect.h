/*
 * Detects what a table does not say: its delimiter, the number of its columns,
 * and whether its first row names them. Pure.
 */
#ifndef ATL_TEXT_DATA_DETECT_H
#define ATL_TEXT_DATA_DETECT_H

#include "text/data.h"

/* The delimiter, by the first records; *ret_cols is how many columns most of
 * them have. */
char data_delimiter(struct span text, size_t *ret_cols);
/* How many columns most of the first records have, with a known delimiter. */
size_t data_width(struct span text, char delimiter);
/* Whether the first row of the cells that were read names the columns. */
bool data_has_names(const struct data *t);

#endif
