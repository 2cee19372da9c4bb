/*
 * Arrays that grow: the one place where sizes are multiplied.
 */
#ifndef ATL_BASE_VEC_H
#define ATL_BASE_VEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/*
 * Makes room for `need` elements of `elem` bytes at *p, whose capacity in
 * elements is *cap; new room is zeroed. False, with nothing changed, when
 * memory fails or `need` exceeds `max`.
 */
bool vec_grow(void *p, size_t *cap, size_t need, size_t elem,
	size_t max) ATTR_MUST_CHECK;

/* A copy of n bytes with a NUL behind them; NULL without memory. */
char *mem_dup(const void *p, size_t n) ATTR_MUST_CHECK;
/* NULL gives NULL. */
char *str_dup(const char *s) ATTR_MUST_CHECK;

#endif
