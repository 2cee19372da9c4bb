/*
 * Ages and dates as people write them: "30d", "2026-11-20", "yesterday".
 */
#ifndef ATL_BASE_WHEN_H
#define ATL_BASE_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* Longest age: 1,000 years. */
#define WHEN_AGE_MAX_MS ((int64_t)1000 * 366 * 24 * 3600 * 1000)

/* "90d", "12h", "2w", "6m" (30 days each) or "1y" (365) in milliseconds. A
 * number alone is no age. */
bool when_age(struct span s, int64_t *ret_ms);
/*
 * An age (that long before now), "today", "yesterday", "2026-11-20" or
 * "2026-11-20 07:25" (also with a T), in local time. A whole day means its
 * beginning, or with `end` its last millisecond.
 */
bool when_parse(struct span s, int64_t now_ms, bool end, int64_t *ret_ms);

/* "2026-11-24T06:25:50Z", as clock_iso() writes it. */
bool when_iso(struct span s, int64_t *ret_ms);

#endif
