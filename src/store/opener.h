/*
 * A second thread that decrypts the records of a window ahead of their reader.
 * The reader decrypts some itself where it would otherwise have to wait.
 * Decrypting is most of the cost of reading.
 */
#ifndef ATL_STORE_OPENER_H
#define ATL_STORE_OPENER_H

#include "store/segment.h"

struct opener;

/* Starts the thread; NULL when that is not possible. seg is borrowed until
 * opener_stop(). */
struct opener *opener_start(const struct segment *seg);
/* Ends the thread and frees o, which may be NULL. */
void opener_stop(struct opener *o);

/*
 * Does what segment_open() does for the record of f at p. The window holds n
 * bytes from p on; until opener_rest(), the thread may decrypt or wipe any
 * record in them.
 */
bool opener_open(struct opener *o, uint8_t *p, size_t n, const struct frame *f,
	struct opened *ret) ATTR_MUST_CHECK;
/* On return the thread no longer touches the window. o may be NULL. */
void opener_rest(struct opener *o);

#endif
