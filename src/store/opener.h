/*
 * A second thread that opens the records of a window ahead of their reader, who
 * opens some as well where it would have to wait. Opening is most of what
 * reading costs.
 */
#ifndef ATL_STORE_OPENER_H
#define ATL_STORE_OPENER_H

#include "store/segment.h"

struct opener;

/* NULL when there is no thread to be had. seg is borrowed. */
struct opener *opener_start(const struct segment *seg);
/* NULL is allowed. */
void opener_stop(struct opener *o);

/*
 * segment_open() of the record of f at p. n bytes at p are at hand, and any of
 * the records in them may be opened, or wiped, until opener_rest().
 */
bool opener_open(struct opener *o, uint8_t *p, size_t n, const struct frame *f,
	struct opened *ret) ATTR_MUST_CHECK;
/* Ends that: nothing is touched any more. NULL is allowed. */
void opener_rest(struct opener *o);

#endif
