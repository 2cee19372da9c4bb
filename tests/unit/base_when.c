#include "base/when.h"

#include <stdlib.h>
#include <time.h>

#include "unit/check.h"

/* 2026-03-01T00:30:00Z, a Sunday */
#define NOW ((int64_t)1772325000 * 1000)
#define HOUR ((int64_t)3600 * 1000)

static int64_t age(const char *s)
{
	int64_t ms = -1;

	return when_age(span_str(s), &ms) ? ms : -1;
}

static int64_t at(const char *s, bool end)
{
	int64_t ms = -1;

	return when_parse(span_str(s), NOW, end, &ms) ? ms : -1;
}

static void test_ages(void)
{
	CHECK_INT(age("1h"), HOUR);
	CHECK_INT(age("30d"), 30 * 24 * HOUR);
	CHECK_INT(age("2w"), 14 * 24 * HOUR);
	CHECK_INT(age("6m"), 180 * 24 * HOUR);
	CHECK_INT(age("1y"), 365 * 24 * HOUR);
	CHECK_INT(age("0d"), 0);
	CHECK_INT(age("30"), -1);
	CHECK_INT(age("d"), -1);
	CHECK_INT(age(""), -1);
	CHECK_INT(age("-3d"), -1);
	CHECK_INT(age("3 d"), -1);
	CHECK_INT(age("3s"), -1);
	CHECK_INT(age("999999999y"), -1);
}

static void test_dates(void)
{
	int64_t midnight = NOW - HOUR / 2;

	CHECK_INT(at("2026-03-01", false), midnight);
	CHECK_INT(at("2026-03-01", true), midnight + 24 * HOUR - 1);
	CHECK_INT(at("today", false), midnight);
	CHECK_INT(at("Yesterday", false), midnight - 24 * HOUR);
	CHECK_INT(at("yesterday", true), midnight - 1);
	CHECK_INT(at("2026-03-01 00:30", false), NOW);
	CHECK_INT(at("2026-03-01T00:30", true), NOW + 60 * 1000 - 1);
	CHECK_INT(at("12h", false), NOW - 12 * HOUR);
	CHECK_INT(at("2024-02-29", false) > 0, 1);
	CHECK_INT(at("2026-02-29", false), -1);
	CHECK_INT(at("2026-13-01", false), -1);
	CHECK_INT(at("2026-00-10", false), -1);
	CHECK_INT(at("2026-3-1", false), -1);
	CHECK_INT(at("2026-03-01 24:00", false), -1);
	CHECK_INT(at("2026-03-01 00:3", false), -1);
	CHECK_INT(at("soon", false), -1);
	CHECK_INT(at("", false), -1);
}

static void test_iso(void)
{
	int64_t ms = 0;

	CHECK(when_iso(span_str("2026-03-01T00:30:00Z"), &ms));
	CHECK_INT(ms, NOW);
	CHECK(!when_iso(span_str("2026-02-30T00:30:00Z"), &ms));
	CHECK(!when_iso(span_str("2026-03-01T24:30:00Z"), &ms));
	CHECK(!when_iso(span_str("2026-03-01 00:30:00Z"), &ms));
	CHECK(!when_iso(span_str(""), &ms));
}

/* A day in which the clock is put forward has 23 hours. */
static void test_short_day(void)
{
	(void)setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	CHECK_INT(at("2026-03-29", true) - at("2026-03-29", false),
		23 * HOUR - 1);
}

int main(void)
{
	(void)setenv("TZ", "UTC0", 1);
	tzset();
	RUN(test_ages);
	RUN(test_dates);
	RUN(test_iso);
	RUN(test_short_day);
	return REPORT();
}
