/*
 * Reads the cells of a table: numbers and dates as people write them.
 *
 * Nothing here depends on the locale. Pure; fit for threads.
 */
#ifndef ATL_TEXT_DATA_VALUE_H
#define ATL_TEXT_DATA_VALUE_H

#include <stdbool.h>

#include "base/buf.h"

/* Whether a cell is empty or has what people write for "no value": NA, n/a,
 * NULL, -, ... */
bool value_missing(struct span s);

/* Larger numbers are not accepted, so that sums of squares stay finite. */
#define VALUE_MAX 1e150

enum value_style {
	VALUE_POINT, /* 1,234.5 */
	VALUE_COMMA, /* 1.234,5 */
};

/*
 * Reads a number: a sign or brackets (negative), groups of three separated by
 * commas, points, spaces or apostrophes, an exponent, a currency sign on one
 * side, a percent sign behind it (which does not change the value). Not
 * numbers: what begins with a needless zero ("007" is a name), inf, nan, 0x1f.
 */
bool value_number(struct span s, enum value_style style, double *ret);

enum value_order {
	VALUE_DAY_FIRST, /* 31/12/2026 */
	VALUE_MONTH_FIRST, /* 12/31/2026 */
};

/*
 * Reads a date, as days since 1970-01-01 with the time of day as a fraction:
 * 2026-12-31, 2026/12/31, both with " 23:59", "T23:59:59.5Z" or "+01:00" behind
 * them, 31.12.2026 and 31-12-2026 (day first), 31/12/2026 (by `order`),
 * 2026-12, 31 Dec 2026, Dec 31, 2026, December 2026, 2026-Q4, Q4 2026. Years
 * from 1 to 9999.
 */
bool value_date(struct span s, enum value_order order, double *ret_days);
/* Appends "2026-12-31", with " 23:59" when there is a time of the day. */
void value_put_date(struct buf *out, double days);

/* Appends a number with up to `digits` significant digits and no needless
 * zeros; whole numbers of up to 15 digits are written out. */
void value_put_number(struct buf *out, double v, int digits);

#endif
