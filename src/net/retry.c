#include "net/retry.h"

#include <stddef.h>

#include "base/ascii.h"

#define YEAR_MS ((int64_t)366 * 86400 * 1000)

/* A reader over a value; ok turns false at the first thing that does not fit
 * and stays so. */
struct scan {
	struct span s;
	bool ok;
};

static char scan_peek(const struct scan *sc)
{
	return sc->s.n > 0 ? sc->s.p[0] : '\0';
}

static void scan_skip(struct scan *sc, size_t n)
{
	sc->s.p += n;
	sc->s.n -= n;
}

static bool scan_has(struct scan *sc, char c)
{
	if (sc->s.n == 0 || sc->s.p[0] != c)
		return false;
	scan_skip(sc, 1);
	return true;
}

static void scan_need(struct scan *sc, char c)
{
	if (!scan_has(sc, c))
		sc->ok = false;
}

/* Reads a number of lo to hi digits. */
static int64_t scan_digits(struct scan *sc, int lo, int hi)
{
	int64_t n = 0;
	int seen = 0;

	while (seen < hi && ascii_is_digit(scan_peek(sc))) {
		n = n * 10 + (sc->s.p[0] - '0');
		scan_skip(sc, 1);
		seen++;
	}
	if (seen < lo)
		sc->ok = false;
	return n;
}

/* Reads what follows a decimal point, in thousandths; further digits are
 * dropped. */
static int64_t scan_thousandths(struct scan *sc)
{
	int64_t n = 0;
	int64_t unit = 100;

	if (!ascii_is_digit(scan_peek(sc)))
		sc->ok = false;
	while (ascii_is_digit(scan_peek(sc))) {
		n += (sc->s.p[0] - '0') * unit;
		unit /= 10;
		scan_skip(sc, 1);
	}
	return n;
}

/* Reads a decimal number, in thousandths, of 15 digits at most. */
static int64_t scan_milli(struct scan *sc)
{
	int64_t n = scan_digits(sc, 1, 15) * 1000;

	if (ascii_is_digit(scan_peek(sc)))
		sc->ok = false;
	if (scan_has(sc, '.'))
		n += scan_thousandths(sc);
	return n;
}

static int scan_month(struct scan *sc)
{
	static const char *const names[] = {"jan", "feb", "mar", "apr", "may",
		"jun", "jul", "aug", "sep", "oct", "nov", "dec"};
	int i;

	if (sc->s.n < 3) {
		sc->ok = false;
		return 1;
	}
	for (i = 0; i < 12; i++) {
		if (span_caseis(span_of(sc->s.p, 3), names[i])) {
			scan_skip(sc, 3);
			return i + 1;
		}
	}
	sc->ok = false;
	return 1;
}

struct date {
	int64_t year;
	int64_t month;
	int64_t day;
	int64_t hour;
	int64_t minute;
	int64_t second;
};

static void scan_time(struct scan *sc, struct date *d)
{
	d->hour = scan_digits(sc, 2, 2);
	scan_need(sc, ':');
	d->minute = scan_digits(sc, 2, 2);
	scan_need(sc, ':');
	d->second = scan_digits(sc, 2, 2);
}

/* Days since 1970-01-01 in the Gregorian calendar, counting years from March
 * so that the leap day comes last. */
static int64_t date_days(const struct date *d)
{
	int64_t y = d->month > 2 ? d->year : d->year - 1;
	int64_t m = d->month > 2 ? d->month - 3 : d->month + 9;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 +
		d->day - 1 - 719468;
}

static bool date_ok(const struct date *d)
{
	/* 60: a leap second */
	return d->year >= 1970 && d->year <= 9999 && d->month >= 1 &&
		d->month <= 12 && d->day >= 1 && d->day <= 31 &&
		d->hour <= 23 && d->minute <= 59 && d->second <= 60;
}

static int64_t date_ms(const struct date *d)
{
	return (date_days(d) * 86400 + d->hour * 3600 + d->minute * 60 +
		       d->second) *
		1000;
}

/* RFC 9110: a year of two digits that would be more than 50 years ahead is in
 * the past century. */
static int64_t full_year(int64_t yy, int64_t now_wall_ms)
{
	int64_t now = 1970 + now_wall_ms / 1000 / 31556952;
	int64_t year = now / 100 * 100 + yy;

	return year > now + 50 ? year - 100 : year;
}

/* "Sun Nov  6 08:49:37 1994", after the name of the day. */
static void scan_asctime(struct scan *sc, struct date *d)
{
	d->month = scan_month(sc);
	scan_need(sc, ' ');
	(void)scan_has(sc, ' ');
	d->day = scan_digits(sc, 1, 2);
	scan_need(sc, ' ');
	scan_time(sc, d);
	scan_need(sc, ' ');
	d->year = scan_digits(sc, 4, 4);
}

/* "06 Nov 1994 08:49:37 GMT" and "06-Nov-94 08:49:37 GMT" */
static void scan_imf(struct scan *sc, struct date *d, int64_t now_wall_ms)
{
	char sep;
	size_t before;

	d->day = scan_digits(sc, 1, 2);
	sep = scan_peek(sc) == '-' ? '-' : ' ';
	scan_need(sc, sep);
	d->month = scan_month(sc);
	scan_need(sc, sep);
	before = sc->s.n;
	d->year = scan_digits(sc, 2, 4);
	if (before - sc->s.n == 2)
		d->year = full_year(d->year, now_wall_ms);
	scan_need(sc, ' ');
	scan_time(sc, d);
	scan_need(sc, ' ');
	if (!span_is(sc->s, "GMT") && !span_is(sc->s, "UTC"))
		sc->ok = false;
	scan_skip(sc, sc->s.n);
}

static bool http_date(struct span v, int64_t now_wall_ms, int64_t *ret_ms)
{
	struct scan sc = {v, true};
	struct date d = {0};
	size_t i = 0;

	while (i < v.n && v.p[i] != ',' && v.p[i] != ' ')
		i++;
	if (i < 3 || i == v.n)
		return false;
	scan_skip(&sc, i);
	if (scan_has(&sc, ',')) {
		scan_need(&sc, ' ');
		scan_imf(&sc, &d, now_wall_ms);
	} else {
		scan_need(&sc, ' ');
		scan_asctime(&sc, &d);
	}
	if (!sc.ok || sc.s.n > 0 || !date_ok(&d))
		return false;
	*ret_ms = date_ms(&d);
	return true;
}

/* "2026-11-24T06:25:50.123Z", "...+01:00" */
static bool iso_date(struct span v, int64_t *ret_ms)
{
	struct scan sc = {v, true};
	struct date d = {0};
	int64_t milli = 0;
	int64_t offset_min = 0;
	int sign = 0;

	d.year = scan_digits(&sc, 4, 4);
	scan_need(&sc, '-');
	d.month = scan_digits(&sc, 2, 2);
	scan_need(&sc, '-');
	d.day = scan_digits(&sc, 2, 2);
	if (!scan_has(&sc, 'T') && !scan_has(&sc, 't'))
		scan_need(&sc, ' ');
	scan_time(&sc, &d);
	if (sc.ok && scan_has(&sc, '.'))
		milli = scan_thousandths(&sc);
	if (scan_has(&sc, '+'))
		sign = 1;
	else if (scan_has(&sc, '-'))
		sign = -1;
	else if (!scan_has(&sc, 'Z'))
		scan_need(&sc, 'z');
	if (sign != 0) {
		offset_min = scan_digits(&sc, 2, 2) * 60;
		scan_need(&sc, ':');
		offset_min += scan_digits(&sc, 2, 2);
	}
	if (!sc.ok || sc.s.n > 0 || !date_ok(&d))
		return false;
	*ret_ms = date_ms(&d) + milli - sign * offset_min * 60000;
	return true;
}

/* "6m0s", "120ms": Go's durations, every part with its unit. */
static bool go_duration(struct span v, int64_t *ret_ms)
{
	struct scan sc = {v, true};
	int64_t total = 0;
	int64_t unit;
	int64_t milli;

	while (sc.ok && sc.s.n > 0) {
		milli = scan_milli(&sc);
		if (scan_has(&sc, 'h'))
			unit = 3600000;
		else if (scan_has(&sc, 's'))
			unit = 1000;
		else if (!scan_has(&sc, 'm'))
			return false;
		else
			unit = scan_has(&sc, 's') ? 1 : 60000;
		if (milli > YEAR_MS / unit * 1000)
			return false;
		total += milli * unit / 1000;
	}
	if (!sc.ok || v.n == 0 || total > YEAR_MS)
		return false;
	*ret_ms = total;
	return true;
}

/* Reads a bare number, in thousandths. */
static bool plain_number(struct span v, int64_t *ret_milli)
{
	struct scan sc = {v, true};
	int64_t n = scan_milli(&sc);

	if (!sc.ok || sc.s.n > 0)
		return false;
	*ret_milli = n;
	return true;
}

static int64_t wait_until(int64_t then_ms, int64_t now_ms)
{
	if (then_ms < now_ms || then_ms - now_ms > YEAR_MS)
		return -1;
	return then_ms - now_ms;
}

int64_t retry_after_ms(struct span value, int64_t now_wall_ms)
{
	struct span v = span_trim(value);
	int64_t n;

	if (plain_number(v, &n)) {
		if (n < (int64_t)1000000 * 1000)
			return n;
		if (n < (int64_t)1000000000 * 1000)
			return -1;
		if (n <= (int64_t)100000000000 * 1000)
			return wait_until(n, now_wall_ms);
		return wait_until(n / 1000, now_wall_ms);
	}
	if (go_duration(v, &n))
		return n;
	if (iso_date(v, &n) || http_date(v, now_wall_ms, &n))
		return wait_until(n, now_wall_ms);
	return -1;
}

void retry_hint_init(struct retry_hint *hint)
{
	size_t i;

	hint->after_ms = -1;
	hint->rank = 0;
	hint->should = -1;
	for (i = 0; i < RETRY_QUOTAS; i++) {
		hint->quota[i].left = -1;
		hint->quota[i].reset_ms = -1;
	}
}

static void hint_take(struct retry_hint *hint, int rank, int64_t after_ms)
{
	if (after_ms < 0 || rank < hint->rank)
		return;
	hint->after_ms = after_ms;
	hint->rank = rank;
}

/* Retry-After-Ms: a number of ms, perhaps with a fraction. */
static int64_t plain_ms(struct span v)
{
	int64_t n;

	if (!plain_number(span_trim(v), &n) || n / 1000 > YEAR_MS)
		return -1;
	return n / 1000;
}

/* draft-ietf-httpapi-ratelimit-headers: "name";r=LEFT;t=SECONDS */
static void take_ratelimit(struct retry_hint *hint, struct span v)
{
	int64_t milli;

	while (v.n > 0) {
		struct span part = span_trim(span_cut(&v, ';'));
		struct span number = part.n > 2
			? span_of(part.p + 2, part.n - 2)
			: span_of(NULL, 0);

		if (!plain_number(number, &milli))
			continue;
		if (span_starts(part, "r="))
			hint->quota[RETRY_POLICY].left = milli / 1000;
		else if (span_starts(part, "t=") && milli <= YEAR_MS)
			hint->quota[RETRY_POLICY].reset_ms = milli;
	}
}

static void take_quota(struct retry_hint *hint, struct span name,
	struct span value, int64_t now_wall_ms)
{
	static const struct {
		const char *remaining;
		const char *reset;
		enum retry_quota quota;
	} rows[] = {
		{"x-ratelimit-remaining-requests", "x-ratelimit-reset-requests",
			RETRY_REQUESTS},
		{"x-ratelimit-remaining-requests-day",
			"x-ratelimit-reset-requests-day", RETRY_REQUESTS},
		{"x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens",
			RETRY_TOKENS},
		{"x-ratelimit-remaining-tokens-minute",
			"x-ratelimit-reset-tokens-minute", RETRY_TOKENS},
		{"x-ratelimit-remaining", "x-ratelimit-reset", RETRY_PLAIN},
	};
	int64_t milli;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (span_caseis(name, rows[i].remaining) &&
			plain_number(value, &milli))
			hint->quota[rows[i].quota].left = milli / 1000;
		else if (span_caseis(name, rows[i].reset))
			hint->quota[rows[i].quota].reset_ms = retry_after_ms(
				value, now_wall_ms);
	}
}

void retry_hint_header(struct retry_hint *hint, struct span name,
	struct span value, int64_t now_wall_ms)
{
	struct span v = span_trim(value);

	if (span_caseis(name, "x-should-retry")) {
		if (span_caseis(v, "true"))
			hint->should = 1;
		else if (span_caseis(v, "false"))
			hint->should = 0;
	} else if (span_caseis(name, "retry-after-ms")) {
		hint_take(hint, 4, plain_ms(v));
	} else if (span_caseis(name, "retry-after")) {
		hint_take(hint, 3, retry_after_ms(v, now_wall_ms));
	} else if (span_caseis(name, "x-ratelimit-reset")) {
		hint_take(hint, 2, retry_after_ms(v, now_wall_ms));
	} else if (span_caseis(name, "ratelimit")) {
		take_ratelimit(hint, v);
	}
	take_quota(hint, name, v, now_wall_ms);
}

int64_t retry_hint_ms(const struct retry_hint *hint)
{
	int64_t ms = -1;
	size_t i;

	if (hint->after_ms >= 0)
		return hint->after_ms;
	for (i = 0; i < RETRY_QUOTAS; i++) {
		if (hint->quota[i].left == 0 && hint->quota[i].reset_ms > ms)
			ms = hint->quota[i].reset_ms;
	}
	return ms;
}

static bool worth_it(const struct retry_case *why)
{
	if (why->started || why->hopeless)
		return false;
	if (why->hint.should >= 0)
		return why->hint.should == 1;
	if (why->http == 0)
		return why->transient;
	return why->http == 408 || why->http == 409 || why->http == 425 ||
		why->http == 429 || why->http >= 500;
}

int64_t retry_wait_ms(const struct retry_case *why, int taken, int allowed,
	int64_t max_wait_ms, uint32_t dice)
{
	int64_t asked = retry_hint_ms(&why->hint);
	int64_t ms = RETRY_FIRST_MS;
	int i;

	if (taken < 0 || taken >= allowed || taken >= RETRY_MAX ||
		!worth_it(why))
		return -1;
	/* A pause of 0 counts as none. */
	if (asked > 0) {
		if (max_wait_ms >= 0 && asked > max_wait_ms)
			return -1;
		return asked;
	}
	for (i = 0; i < taken && ms < RETRY_CAP_MS; i++)
		ms *= 2;
	if (ms > RETRY_CAP_MS)
		ms = RETRY_CAP_MS;
	return ms - (int64_t)((uint64_t)(ms / 4) * dice / UINT32_MAX);
}
