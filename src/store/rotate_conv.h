/*
 * Seals one conversation again under the present key of the vault, which is
 * held exclusively. Only store/rotate includes this.
 */
#ifndef ATL_STORE_ROTATE_CONV_H
#define ATL_STORE_ROTATE_CONV_H

#include "store/catalog.h"
#include "store/names.h"
#include "store/rotate.h"

/*
 * Rewrites each segment that is not of the present epoch yet, replacing its
 * file as a whole, and tells the catalog. A conversation that cannot be opened
 * is left as it is and reported.
 */
enum status rotate_conv(const struct conv_name *name, struct vault *v,
	struct catalog *c, struct rotate_report *r, struct err *err);

/* Does the same with each file in quarantine/ that is a complete segment, and
 * counts the others. */
enum status rotate_aside(
	struct vault *v, struct rotate_report *r, struct err *err);

#endif
