/*
 * Time. Durations come from the monotonic clock, dates from the wall clock; a
 * date is shown and never used to order anything.
 */
#ifndef ATL_BASE_CLOCK_H
#define ATL_BASE_CLOCK_H

#include <stdint.h>

#include "base/buf.h"

int64_t clock_mono_us(void);
int64_t clock_mono_ms(void);
/* Milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_wall_ms(void);

/* "2026-11-24T06:25:50Z" */
void clock_iso(int64_t wall_ms, struct buf *out);
/* "2026-11-24 07:25" in local time */
void clock_local(int64_t wall_ms, struct buf *out);
/* "3 min ago", "yesterday", "2026-10-02": for lists that people read */
void clock_age(int64_t wall_ms, int64_t now_ms, struct buf *out);

/* The sooner of two timeouts of poll(2), of which -1 is none. */
int clock_sooner(int a_ms, int b_ms);

#endif
