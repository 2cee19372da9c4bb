/*
 * Whether a failed request is tried again, and when. Pure: no clock, no
 * randomness, no I/O; the caller gives the time of day and the dice.
 *
 * The policy is that of OpenAI's own clients: connection errors, 408, 409, 425,
 * 429 and 5xx are tried again, x-should-retry overrides, the server's wish for
 * a pause is obeyed, else min(0.5 s * 2^n, 8 s) shortened by up to a quarter.
 * Never once text has arrived, never when credit is used up, never when the
 * prompt does not fit.
 */
#ifndef ATL_NET_RETRY_H
#define ATL_NET_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define RETRY_MAX 20
/* Nobody is kept waiting longer who may not be there to press Ctrl-C. */
#define RETRY_WAIT_MS 120000
#define RETRY_FIRST_MS 500
#define RETRY_CAP_MS 8000

/* What endpoints count, each with what is left and when it is refilled. */
enum retry_quota {
	RETRY_REQUESTS = 0, /* x-ratelimit-...-requests, ...-requests-day */
	RETRY_TOKENS, /* ...-tokens, ...-tokens-minute */
	RETRY_POLICY, /* ratelimit */
	RETRY_PLAIN, /* x-ratelimit-remaining, x-ratelimit-reset */
	RETRY_QUOTAS,
};

/* What the headers of an answer say about trying again. */
struct retry_hint {
	int64_t after_ms; /* -1: nothing said */
	int rank; /* rank of the header that after_ms is from */
	int should; /* x-should-retry: -1 nothing said, 0 no, 1 yes */
	struct {
		int64_t left; /* -1: nothing said */
		int64_t reset_ms; /* -1: nothing said */
	} quota[RETRY_QUOTAS];
};

/* All that is known of a failure. */
struct retry_case {
	int http; /* status of the answer, 0 when there was none */
	bool transient; /* without an answer: http_result.transient */
	bool started; /* text has arrived */
	bool hopeless; /* quota, credit, context overflow */
	struct retry_hint hint;
};

void retry_hint_init(struct retry_hint *hint);

/*
 * Takes in a header, with its name in any case and in any order; others are
 * ignored. By weight: x-should-retry; retry-after-ms; retry-after;
 * x-ratelimit-reset; then ratelimit ('"default";r=0;t=30') and the pairs of
 * x-ratelimit-remaining-... and x-ratelimit-reset-... (of requests, tokens,
 * requests-day, tokens-minute), of which a reset counts only when what remains
 * is 0.
 */
void retry_hint_header(struct retry_hint *hint, struct span name,
	struct span value, int64_t now_wall_ms);

/* The wait that the headers ask for; -1: none. */
int64_t retry_hint_ms(const struct retry_hint *hint);

/*
 * How long a value says to wait, in ms; -1 when it is not understood or lies in
 * the past. Forms: seconds, with a fraction (below 1e6); seconds or ms since
 * 1970 (from 1e9, above 1e11); a duration of h, m, s, ms parts ("1m2.5s"); an
 * HTTP date in any of the three forms of RFC 9110 5.6.7; an RFC 3339 date.
 * Never more than a year.
 */
int64_t retry_after_ms(struct span value, int64_t now_wall_ms);

/*
 * The wait before the next try, or -1: do not try again. `taken` counts the
 * retries so far, `allowed` is their limit, `max_wait_ms` how long a pause the
 * server may ask for (negative: any), `dice` any 32 random bits.
 */
int64_t retry_wait_ms(const struct retry_case *why, int taken, int allowed,
	int64_t max_wait_ms, uint32_t dice);

#endif
