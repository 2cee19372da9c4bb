/*
 * The charts that an answer asks for: fenced blocks whose info string is
 * "chart", each with one JSON object.
 *
 *	{"kind": "bar", "x": "region", "y": ["revenue"], "title": "By region",
 *	 "aggregate": "sum"}
 *
 * kind is bar, line, scatter, histogram or pie. x is a column. y is a column or
 * up to CHART_SERIES_MAX of them; without y, rows are counted. A histogram has
 * no y, a scatter at least one, a pie one at most. Optional are title,
 * aggregate (sum, mean, median, min, max, count), bins (of a histogram) and
 * limit (of bars). Anything else is refused. Pure.
 */
#ifndef ATL_WIRE_CHART_SPEC_H
#define ATL_WIRE_CHART_SPEC_H

#include <stdbool.h>

#include "text/chart.h"

/* Charts of one answer that are read. */
#define CHART_BLOCKS_MAX 50

/* What a model is told about charts, one paragraph. */
extern const char chart_spec_words[];

/* Parses a block into an empty specification. ST_USAGE tells what is wrong. */
enum status chart_spec_parse(struct span json, struct chart_spec *spec,
	struct err *err) ATTR_MUST_CHECK;

/*
 * Finds the next chart block in *rest and moves *rest behind it. True when
 * there is one: its specification is in *block, and *ret_info, unless NULL, is
 * the info string behind its fence. A drawn chart is such a block too, with the
 * specification in its info string and the drawing inside.
 */
bool chart_spec_next(
	struct span *rest, struct span *ret_info, struct buf *block);
/* Appends the info string for the drawing of that specification. */
void chart_spec_info(struct span json, struct buf *out);

#endif
