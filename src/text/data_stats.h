/*
 * What the columns of a table contain, in figures that were computed and not
 * guessed: types, statistics, correlations, trends.
 *
 * Quantiles are of R's type 7 (linear between the two nearest values), standard
 * deviations of a sample (n - 1), outliers further than 1.5 times the
 * interquartile range beyond a quartile. Trends are least squares. Pure; fit
 * for threads.
 */
#ifndef ATL_TEXT_DATA_STATS_H
#define ATL_TEXT_DATA_STATS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "text/data.h"

#define DATA_TOP_MAX 8 /* most frequent values that are kept */
#define DATA_FAR_MAX 3 /* outliers that are kept */
#define DATA_PAIRS_MAX 10 /* correlations that are kept */
/* Columns of numbers that are correlated. */
#define DATA_PAIR_COLS_MAX 64
/* Share of a column's values that makes it one of numbers or dates. */
#define DATA_PURE 0.95

enum data_type {
	DATA_EMPTY = 0,
	DATA_NUMBER,
	DATA_DATE,
	DATA_BOOL, /* two words: yes and no, true and false */
	DATA_CATEGORY, /* few different texts, each of them often */
	DATA_TEXT,
};

struct data_count {
	struct span value; /* in the table */
	size_t n;
};

struct data_far {
	double value;
	size_t row;
};

struct data_column {
	enum data_type type;
	size_t count; /* cells with a value of the type */
	size_t missing;
	size_t odd; /* values of another type, left out */
	size_t distinct;
	bool vague; /* dates in which day and month could be swapped: the month
		       was taken to be first */
	/* Of numbers and dates (in days since 1970-01-01). */
	double *values; /* one per row, NAN for none; NULL for other columns */
	double min;
	double max;
	double median;
	/* Of numbers. */
	double sum;
	double mean;
	double sd; /* NAN for fewer than two */
	double q1;
	double q3;
	size_t outliers;
	struct data_far far[DATA_FAR_MAX]; /* the furthest first */
	size_t n_far;
	/* Of other columns. */
	struct data_count top[DATA_TOP_MAX]; /* the most frequent first */
	size_t n_top;
};

struct data_pair {
	size_t a;
	size_t b;
	size_t n; /* rows that have both */
	double r; /* Pearson's */
};

/* The unit of a trend: for dates, by the mean distance between two. */
enum data_unit {
	DATA_STEP = 0, /* 1 of a column of numbers */
	DATA_HOUR,
	DATA_DAY,
	DATA_WEEK,
	DATA_MONTH, /* a twelfth of a year */
	DATA_YEAR, /* 365.2425 days */
};

struct data_trend {
	size_t col;
	size_t n;
	double slope; /* per unit */
	double r2;
	double first; /* values of the line at its ends */
	double last;
};

struct data_stats {
	struct data_column *cols; /* as many as the table has */
	size_t n_cols;
	struct data_pair pairs[DATA_PAIRS_MAX]; /* the largest |r| first */
	size_t n_pairs;
	bool ordered; /* there is a column that trends go along */
	size_t along;
	enum data_unit unit;
	struct data_trend *trends; /* in the order of the columns */
	size_t n_trends;
};

void data_stats_init(struct data_stats *s);
void data_stats_release(struct data_stats *s);
/* Computes the statistics of a table, which must stay as long as they do; s is
 * empty after a failure. */
enum status data_stats_make(struct data_stats *s, const struct data *t,
	struct err *err) ATTR_MUST_CHECK;

const char *data_type_name(enum data_type type);
const char *data_unit_name(enum data_unit unit);
/* The values of a column of numbers or dates; NULL for others. */
const double *data_values(const struct data_stats *s, size_t col);
/* Sorts n values in ascending order. */
void data_sort(double *v, size_t n);
/* A quantile (0 to 1) of n > 0 values in ascending order. */
double data_quantile(const double *sorted, size_t n, double q);

#endif
