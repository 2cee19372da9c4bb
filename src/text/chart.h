/*
 * Charts of a table: what is asked for, the points taken from the table, and
 * the drawing as characters or as SVG.
 *
 * A chart is data: it names columns and never holds code. Rows with the same
 * label or x are folded into one point (by their sum, unless something else is
 * asked for); missing values draw nothing. Pure; fit for threads.
 */
#ifndef ATL_TEXT_CHART_H
#define ATL_TEXT_CHART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "text/data_stats.h"

#define CHART_SERIES_MAX 6
#define CHART_BINS_MAX 60
/* Bars of a chart: of more, the smallest are left out, and counted. */
#define CHART_BARS 20
#define CHART_BARS_MAX 60
/* Distinct values among which the bars are chosen. */
#define CHART_PLACES_MAX ((size_t)100 * 1000)
/* Points of a series: of more, every n-th is drawn. */
#define CHART_POINTS_MAX ((size_t)2000)
#define CHART_TEXT_MAX ((size_t)200)

enum chart_kind {
	CHART_BAR = 0,
	CHART_LINE,
	CHART_SCATTER,
	CHART_HISTOGRAM,
	CHART_PIE, /* drawn as bars with their share */
};

enum chart_fold {
	CHART_SUM = 0,
	CHART_MEAN,
	CHART_MEDIAN,
	CHART_MIN,
	CHART_MAX,
	CHART_COUNT, /* number of rows that have a value */
};

struct chart_spec {
	enum chart_kind kind;
	enum chart_fold fold;
	struct buf title; /* may be empty */
	struct buf x;
	struct buf y[CHART_SERIES_MAX];
	size_t n_y; /* 0: rows are counted */
	size_t bins; /* of a histogram; 0: as many as fit the rows */
	size_t bars; /* at most */
};

void chart_spec_init(struct chart_spec *spec);
void chart_spec_release(struct chart_spec *spec);

struct chart_point {
	struct buf label; /* of bars */
	double x; /* of lines and points */
	double y[CHART_SERIES_MAX]; /* NAN: none */
};

struct chart {
	enum chart_kind kind; /* never PIE or HISTOGRAM, which become bars */
	bool shares; /* bars are parts of a whole */
	bool dates; /* x is in days since 1970-01-01 */
	struct buf title;
	struct buf x;
	struct buf y[CHART_SERIES_MAX];
	size_t n_y;
	struct chart_point *points;
	size_t n_points;
	size_t cap;
	size_t left_out; /* bars or points that there was no room for */
};

void chart_init(struct chart *c);
void chart_release(struct chart *c);

/* Takes the points of a chart from a table. ST_USAGE when it names a column
 * that does not exist or does not fit, with the columns there are; c is empty
 * after a failure. */
enum status chart_make(struct chart *c, const struct chart_spec *spec,
	const struct data *t, const struct data_stats *s,
	struct err *err) ATTR_MUST_CHECK;

struct chart_look {
	size_t width; /* columns, 30 at least */
	bool ascii; /* no block characters */
};

/* Appends lines of at most that width. Names and labels are foreign text: print
 * it through text/safe. */
void chart_draw_text(
	const struct chart *c, const struct chart_look *look, struct buf *out);
/* Appends a whole SVG file of 800 by 450. */
void chart_draw_svg(const struct chart *c, struct buf *out);
/*
 * Appends what gnuplot draws the same chart from: a script that reads the file
 * `data` and writes the PNG `image`, and the content of `data`. Both names are
 * the caller's own and plain (letters, digits, "-", ".").
 */
void chart_draw_gnuplot(const struct chart *c, const char *data,
	const char *image, struct buf *script, struct buf *points);

const char *chart_kind_name(enum chart_kind kind);
const char *chart_fold_name(enum chart_fold fold);

#endif
