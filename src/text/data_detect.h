/*
 * What a table does not say of itself: its delimiter, how many columns it has
 * and whether its first row names them. Pure.
 */
#ifndef ATL_TEXT_DATA_DETECT_H
#define ATL_TEXT_DATA_DETECT_H

#include "text/data.h"

/* Looks at the first records. *ret_cols is what most of them have. */
char data_delimiter(struct span text, size_t *ret_cols);
/* The columns of most of the first records when the delimiter is known. */
size_t data_width(struct span text, char delimiter);
/* Whether the first of the rows of cells read names the columns. */
bool data_has_names(const struct data *t);

#endif
