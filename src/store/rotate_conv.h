/*
 * One conversation sealed anew under the present key of the vault. Only
 * store/rotate includes this; the vault is held exclusively.
 */
#ifndef ATL_STORE_ROTATE_CONV_H
#define ATL_STORE_ROTATE_CONV_H

#include "store/catalog.h"
#include "store/names.h"
#include "store/rotate.h"

/*
 * Rewrites each segment that is not yet of the present epoch, whole, in place
 * of the one before, and tells the catalog. A conversation that cannot be
 * opened is left as it is and told.
 */
enum status rotate_conv(const struct conv_name *name, struct vault *v,
	struct catalog *c, struct rotate_report *r, struct err *err);

/* Rewrites each file in quarantine/ that is a segment by itself, in the same
 * way, and counts the others. */
enum status rotate_aside(
	struct vault *v, struct rotate_report *r, struct err *err);

#endif
