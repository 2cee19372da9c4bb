/*
 * The charts that an answer asks for: fenced blocks whose info string is
 * "chart", each with one JSON object.
 *
 *	{"kind": "bar", "x": "region", "y": ["revenue"], "title": "By region",
 *	 "aggregate": "sum"}
 *
 * kind is bar, line, scatter, histogram or pie, x a column, y a column or up to
 * CHART_SERIES_MAX of them (none: rows are counted; a histogram has none, a
 * scatter at least one, a pie one at most). title, aggregate (sum, mean, median,
 * min, max, count), bins (of a histogram) and limit (of bars) may be left out.
 * Anything else is refused. Pure.
 */
#ifndef ATL_WIRE_CHART_SPEC_H
#define ATL_WIRE_CHART_SPEC_H

#include <stdbool.h>

#include "text/chart.h"

/* Charts of one answer that are looked at. */
#define CHART_BLOCKS_MAX 50

/* What a model is told of charts, a paragraph. */
extern const char chart_spec_words[];

/* Fills an empty specification; ST_USAGE with what is wrong. */
enum status chart_spec_parse(struct span json, struct chart_spec *spec,
	struct err *err) ATTR_MUST_CHECK;

/*
 * The next chart block in *rest, which goes on behind it: true, its
 * specification was put into *block, and *ret_info, unless NULL, is what stands
 * behind its fence. A chart that was drawn is such a block, too: there the
 * specification stands behind the fence, and the drawing inside.
 */
bool chart_spec_next(
	struct span *rest, struct span *ret_info, struct buf *block);
/* What stands behind the fence of the drawing of that specification. */
void chart_spec_info(struct span json, struct buf *out);

#endif
