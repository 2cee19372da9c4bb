#include "unit/check.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "net/retry.h"

/* 2026-11-24T06:25:50Z */
#define NOW 1795501550000

static void test_values(void)
{
	static const struct {
		const char *value;
		int64_t ms;
	} rows[] = {
		{"0", 0},
		{"1", 1000},
		{" 7 ", 7000},
		{"2.5", 2500},
		{"0.0019", 1},
		{"999999", 999999000},
		{"1000000", -1},
		{"1795501560", 10000},
		{"1795501560.5", 10500},
		{"1795501552345", 2345},
		{"1795501540", -1},
		{"99999999999", -1},
		{"9999999999999999999999", -1},
		{"120ms", 120},
		{"7.66s", 7660},
		{"2m59.56s", 179560},
		{"6m0s", 360000},
		{"1h2m3s4ms", 3723004},
		{"24h", 86400000},
		{"99999999h", -1},
		{"1m5", -1},
		{"m", -1},
		{"5x", -1},
		{"1..5s", -1},
		{"Tue, 24 Nov 2026 06:26:00 GMT", 10000},
		{"Tuesday, 24-Nov-26 06:26:00 GMT", 10000},
		{"Tue Nov 24 06:26:00 2026", 10000},
		{"Tue Dec  1 06:25:50 2026", 604800000},
		{"tue, 24 nov 2026 06:26:00 GMT", 10000},
		{"Tue, 24 Nov 2026 06:25:00 GMT", -1},
		{"Tue, 24 Nov 2026 06:26:00 CET", -1},
		{"Tue, 24 Nov 2026 06:26 GMT", -1},
		{"Tue, 24 Nov 2026 24:26:00 GMT", -1},
		{"Tue, 24 Nov 2036 06:26:00 GMT", -1},
		{"Sunday, 06-Nov-94 08:49:37 GMT", -1},
		{"2026-11-24T06:26:00Z", 10000},
		{"2026-11-24T06:26:00.25Z", 10250},
		{"2026-11-24T07:26:00+01:00", 10000},
		{"2026-11-24 01:26:00-05:00", 10000},
		{"2026-11-24T06:26:00", -1},
		{"2026-13-24T06:26:00Z", -1},
		{"", -1},
		{"-1", -1},
		{"soon", -1},
		{"1 2", -1},
		{"+3", -1},
		{"1e3", -1},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t got = retry_after_ms(span_str(rows[i].value), NOW);

		if (got != rows[i].ms)
			printf("value \"%s\"\n", rows[i].value);
		CHECK_INT(got, rows[i].ms);
	}
}

/* Dates count the days as the calendar does: a walk over 60 years of days,
 * leap years included, against a count of our own. */
static void test_calendar(void)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	static const int lengths[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t days = 0;
	int year, month, day;

	for (year = 1970; year < 2130; year++) {
		bool leap = (year % 4 == 0 && year % 100 != 0) ||
			year % 400 == 0;

		for (month = 0; month < 12; month++) {
			int last = lengths[month] + (month == 1 && leap);

			for (day = 1; day <= last; day++, days++) {
				char text[64];

				(void)snprintf(text, sizeof(text),
					"Xxx, %02d %s %04d 00:00:01 GMT", day,
					months[month], year);
				if (retry_after_ms(span_str(text),
					    days * 86400000) != 1000)
					CHECK_STR(text, "one second");
			}
		}
	}
}

/* No cut of a good value and no byte before or after it upsets the parser or
 * makes a wait out of nonsense longer than a year. */
static void test_mangled(void)
{
	static const char *const good[] = {"Tue, 24 Nov 2026 06:26:00 GMT",
		"Tue Nov 24 06:26:00 2026", "2026-11-24T06:26:00.25+01:00",
		"1h2m3.5s4ms", "1795501552345", "999999.999"};
	char text[64];
	size_t i, n, at;
	int c;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		n = strlen(good[i]);
		for (at = 0; at <= n; at++) {
			int64_t ms = retry_after_ms(span_of(good[i], at), NOW);

			CHECK(ms >= -1 && ms <= (int64_t)366 * 86400000);
		}
		for (at = 0; at < n; at++) {
			for (c = 0; c < 256; c++) {
				int64_t ms;

				memcpy(text, good[i], n);
				text[at] = (char)c;
				ms = retry_after_ms(span_of(text, n), NOW);
				CHECK(ms >= -1 &&
					ms <= (int64_t)366 * 86400000);
			}
		}
	}
}

/* A duration is the sum of its parts, however it is written: with parts left
 * out, with a fraction, and as bare seconds. */
static void test_durations(void)
{
	uint32_t seed = 7;
	int i;

	for (i = 0; i < 20000; i++) {
		int64_t part[4];
		int64_t sum;
		char text[128];
		int n = 0;
		size_t k;

		for (k = 0; k < 4; k++) {
			seed = seed * 1664525u + 1013904223u;
			part[k] = (seed >> 8) % (k == 0 ? 200 : 1000);
		}
		for (k = 0; k < 4; k++)
			if (part[k] % 3 != 0)
				n += snprintf(text + n,
					sizeof(text) - (size_t)n, "%lld%s",
					(long long)part[k],
					k == 0		 ? "h"
						: k == 1 ? "m"
						: k == 2 ? "s"
							 : "ms");
			else
				part[k] = 0;
		sum = ((part[0] * 60 + part[1]) * 60 + part[2]) * 1000 +
			part[3];
		if (n > 0)
			CHECK_INT(retry_after_ms(span_str(text), NOW), sum);
		sum = part[2] * 1000 + part[3];
		(void)snprintf(text, sizeof(text), "%lld.%03llds",
			(long long)part[2], (long long)part[3]);
		CHECK_INT(retry_after_ms(span_str(text), NOW), sum);
		/* Without its unit. */
		text[strlen(text) - 1] = '\0';
		CHECK_INT(retry_after_ms(span_str(text), NOW), sum);
	}
}

static void feed(struct retry_hint *hint, const char *name, const char *value)
{
	retry_hint_header(hint, span_str(name), span_str(value), NOW);
}

static void test_weights(void)
{
	static const char *const rows[][2] = {
		{"Retry-After-Ms", "1500.7"},
		{"retry-after", "9"},
		{"X-RateLimit-Reset", "20"},
		{"RateLimit", "\"default\";r=0;t=30"},
		{"content-type", "text/html"},
	};
	static const int64_t want[] = {1500, 9000, 20000, 30000, -1};
	struct retry_hint hint;
	size_t from, i;

	for (from = 0; from < 5; from++) {
		retry_hint_init(&hint);
		for (i = from; i < 5; i++)
			feed(&hint, rows[i][0], rows[i][1]);
		CHECK_INT(retry_hint_ms(&hint), want[from]);
		retry_hint_init(&hint);
		for (i = 5; i > from; i--)
			feed(&hint, rows[i - 1][0], rows[i - 1][1]);
		CHECK_INT(retry_hint_ms(&hint), want[from]);
	}
	retry_hint_init(&hint);
	feed(&hint, "ratelimit", "\"default\";r=50;t=30");
	CHECK_INT(retry_hint_ms(&hint), -1);
	feed(&hint, "retry-after", "nonsense");
	CHECK_INT(retry_hint_ms(&hint), -1);
}

static void test_quota(void)
{
	struct retry_hint hint;

	retry_hint_init(&hint);
	feed(&hint, "x-ratelimit-reset-requests", "24h");
	feed(&hint, "x-ratelimit-reset-tokens", "7.66s");
	CHECK_INT(retry_hint_ms(&hint), -1);
	feed(&hint, "X-Ratelimit-Remaining-Tokens", "0");
	CHECK_INT(retry_hint_ms(&hint), 7660);
	feed(&hint, "X-Ratelimit-Remaining-Requests", "0");
	CHECK_INT(retry_hint_ms(&hint), 86400000);
	feed(&hint, "retry-after", "3");
	CHECK_INT(retry_hint_ms(&hint), 3000);
}

/* What is left, in every spelling that hosts have. */
static void test_left(void)
{
	static const struct {
		const char *remaining;
		const char *reset;
		enum retry_quota quota;
	} rows[] = {
		{"x-ratelimit-remaining-requests", "x-ratelimit-reset-requests",
			RETRY_REQUESTS},
		{"X-RateLimit-Remaining-Requests-Day",
			"X-RateLimit-Reset-Requests-Day", RETRY_REQUESTS},
		{"x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens",
			RETRY_TOKENS},
		{"x-ratelimit-remaining-tokens-minute",
			"x-ratelimit-reset-tokens-minute", RETRY_TOKENS},
		{"X-RateLimit-Remaining", "X-RateLimit-Reset", RETRY_PLAIN},
	};
	struct retry_hint hint;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		retry_hint_init(&hint);
		feed(&hint, rows[i].remaining, "12");
		feed(&hint, rows[i].reset, "1m2.5s");
		CHECK_INT(hint.quota[rows[i].quota].left, 12);
		CHECK_INT(hint.quota[rows[i].quota].reset_ms, 62500);
		/* Nonsense changes nothing. */
		feed(&hint, rows[i].remaining, "many");
		CHECK_INT(hint.quota[rows[i].quota].left, 12);
		feed(&hint, rows[i].remaining, "-3");
		CHECK_INT(hint.quota[rows[i].quota].left, 12);
	}
	retry_hint_init(&hint);
	feed(&hint, "ratelimit", "\"default\";r=50;t=30");
	CHECK_INT(hint.quota[RETRY_POLICY].left, 50);
	CHECK_INT(hint.quota[RETRY_POLICY].reset_ms, 30000);
	feed(&hint, "ratelimit", "r=;t=99999999999999;;=");
	CHECK_INT(hint.quota[RETRY_POLICY].left, 50);
	CHECK_INT(hint.quota[RETRY_POLICY].reset_ms, 30000);
}

static int64_t wait_for(int http, bool transient, int taken)
{
	struct retry_case why = {.http = http, .transient = transient};

	retry_hint_init(&why.hint);
	return retry_wait_ms(&why, taken, 2, RETRY_WAIT_MS, 0);
}

static void test_statuses(void)
{
	int http;

	for (http = 100; http < 600; http++) {
		bool again = http == 408 || http == 409 || http == 425 ||
			http == 429 || http >= 500;

		CHECK_INT(wait_for(http, false, 0), again ? 500 : -1);
		CHECK_INT(wait_for(http, true, 0), again ? 500 : -1);
	}
	CHECK_INT(wait_for(0, true, 0), 500);
	CHECK_INT(wait_for(0, true, 1), 1000);
	CHECK_INT(wait_for(0, true, 2), -1);
	CHECK_INT(wait_for(0, false, 0), -1);
}

static void test_overrides(void)
{
	struct retry_case why = {.http = 503};

	retry_hint_init(&why.hint);
	feed(&why.hint, "x-should-retry", "false");
	CHECK_INT(retry_wait_ms(&why, 0, 2, -1, 0), -1);
	why.http = 400;
	feed(&why.hint, "x-should-retry", "TRUE");
	CHECK_INT(retry_wait_ms(&why, 0, 2, -1, 0), 500);
	feed(&why.hint, "retry-after", "121");
	CHECK_INT(retry_wait_ms(&why, 0, 2, RETRY_WAIT_MS, 0), -1);
	CHECK_INT(retry_wait_ms(&why, 0, 2, -1, 0), 121000);
	feed(&why.hint, "retry-after", "120");
	CHECK_INT(retry_wait_ms(&why, 0, 2, RETRY_WAIT_MS, 0), 120000);
	feed(&why.hint, "retry-after", "0");
	CHECK_INT(retry_wait_ms(&why, 0, 2, RETRY_WAIT_MS, 0), 500);
	why.started = true;
	CHECK_INT(retry_wait_ms(&why, 0, 2, -1, 0), -1);
	why.started = false;
	why.hopeless = true;
	CHECK_INT(retry_wait_ms(&why, 0, 2, -1, 0), -1);
}

/* Whatever the dice: from three quarters of the doubled time up to all of it,
 * never beyond the cap, and only as often as allowed. */
static void test_backoff(void)
{
	struct retry_case why = {.http = 500};
	uint32_t dice;
	int taken, step;

	retry_hint_init(&why.hint);
	for (taken = 0; taken < 40; taken++) {
		int64_t top = taken > 4 ? 8000 : (int64_t)500 << taken;

		for (step = 0; step <= 64; step++) {
			int64_t ms;

			dice = step == 64 ? UINT32_MAX
					  : (uint32_t)step * 67108864u;
			ms = retry_wait_ms(&why, taken, 100, -1, dice);
			if (taken >= RETRY_MAX)
				CHECK_INT(ms, -1);
			else
				CHECK(ms <= top && ms >= top - top / 4);
		}
	}
	CHECK_INT(retry_wait_ms(&why, 0, 0, -1, 0), -1);
	CHECK_INT(retry_wait_ms(&why, 0, 1, -1, UINT32_MAX), 375);
}

int main(void)
{
	RUN(test_values);
	RUN(test_calendar);
	RUN(test_mangled);
	RUN(test_durations);
	RUN(test_weights);
	RUN(test_quota);
	RUN(test_left);
	RUN(test_statuses);
	RUN(test_overrides);
	RUN(test_backoff);
	return REPORT();
}
