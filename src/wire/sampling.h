/*
 * Further fields of a request, each "NAME=JSON", as set on the command line and
 * in the configuration file. Pure.
 */
#ifndef ATL_WIRE_SAMPLING_H
#define ATL_WIRE_SAMPLING_H

#include "base/buf.h"
#include "base/err.h"
#include "conf/config.h"

/* ST_USAGE for the first field whose value is not JSON. */
enum status sampling_check(
	const char *const *params, size_t n, struct err *err) ATTR_MUST_CHECK;
/* Appends the fields that are set as one JSON object; nothing when none is. */
void sampling_put(const struct sampling *s, struct buf *out);

#endif
