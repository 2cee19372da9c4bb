#include "base/when.h"

#include <string.h>
#include <time.h>

#include "base/ascii.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)

bool when_age(struct span s, int64_t *ret_ms)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = {
		{'h', DAY_MS / 24},
		{'d', DAY_MS},
		{'w', 7 * DAY_MS},
		{'m', 30 * DAY_MS},
		{'y', 365 * DAY_MS},
	};
	long long n;
	size_t i;

	if (s.n < 2 || !span_int(span_of(s.p, s.n - 1), 0, 1000000000, &n))
		return false;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (s.p[s.n - 1] == units[i].unit &&
			n <= WHEN_AGE_MAX_MS / units[i].ms) {
			*ret_ms = n * units[i].ms;
			return true;
		}
	return false;
}

/* Whether s has the form: '0' stands for a digit, every other character for
 * itself. */
static bool has_form(struct span s, const char *form)
{
	size_t i;

	if (s.n != strlen(form))
		return false;
	for (i = 0; i < s.n; i++)
		if (form[i] == '0' ? !ascii_is_digit(s.p[i])
				   : s.p[i] != form[i])
			return false;
	return true;
}

static int number(struct span s, size_t at, size_t n)
{
	int v = 0;

	for (; n > 0; n--)
		v = v * 10 + (s.p[at++] - '0');
	return v;
}

/* The time in ms of local date and time fields; false when there is no such day
 * or hour. */
static bool to_ms(const struct tm *want, int64_t *ret_ms)
{
	struct tm tm = *want;
	time_t t;

	tm.tm_isdst = -1;
	t = mktime(&tm);
	if (t == (time_t)-1 || tm.tm_mday != want->tm_mday ||
		tm.tm_mon != want->tm_mon)
		return false;
	*ret_ms = (int64_t)t * 1000;
	return true;
}

/* The beginning of that day or its end, which is one ms before the next day
 * begins: not all days have the same length. */
static bool day(struct tm *tm, bool end, int64_t *ret_ms)
{
	tm->tm_hour = 0;
	tm->tm_min = 0;
	tm->tm_sec = 0;
	if (!to_ms(tm, ret_ms))
		return false;
	if (end) {
		time_t t;

		tm->tm_mday++;
		tm->tm_isdst = -1;
		t = mktime(tm);
		if (t == (time_t)-1)
			return false;
		*ret_ms = (int64_t)t * 1000 - 1;
	}
	return true;
}

static bool near_day(int64_t now_ms, int back, bool end, int64_t *ret_ms)
{
	time_t now = (time_t)(now_ms / 1000);
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL)
		return false;
	tm.tm_hour = 12;
	tm.tm_mday -= back;
	tm.tm_isdst = -1;
	/* Normalises a day before the first of its month. */
	if (mktime(&tm) == (time_t)-1)
		return false;
	return day(&tm, end, ret_ms);
}

bool when_parse(struct span s, int64_t now_ms, bool end, int64_t *ret_ms)
{
	struct tm tm;
	int64_t age;

	if (when_age(s, &age)) {
		*ret_ms = now_ms - age;
		return true;
	}
	if (span_caseis(s, "today"))
		return near_day(now_ms, 0, end, ret_ms);
	if (span_caseis(s, "yesterday"))
		return near_day(now_ms, 1, end, ret_ms);
	memset(&tm, 0, sizeof(tm));
	if (s.n < 10 || !has_form(span_of(s.p, 10), "0000-00-00"))
		return false;
	tm.tm_year = number(s, 0, 4) - 1900;
	tm.tm_mon = number(s, 5, 2) - 1;
	tm.tm_mday = number(s, 8, 2);
	if (s.n == 10)
		return day(&tm, end, ret_ms);
	if (!has_form(span_of(s.p + 10, s.n - 10), " 00:00") &&
		!has_form(span_of(s.p + 10, s.n - 10), "T00:00"))
		return false;
	tm.tm_hour = number(s, 11, 2);
	tm.tm_min = number(s, 14, 2);
	if (tm.tm_hour > 23 || tm.tm_min > 59 || !to_ms(&tm, ret_ms))
		return false;
	if (end)
		*ret_ms += 60 * 1000 - 1;
	return true;
}

bool when_iso(struct span s, int64_t *ret_ms)
{
	struct tm tm;
	struct tm back;
	time_t t;

	if (!has_form(s, "0000-00-00T00:00:00Z"))
		return false;
	memset(&tm, 0, sizeof(tm));
	tm.tm_year = number(s, 0, 4) - 1900;
	tm.tm_mon = number(s, 5, 2) - 1;
	tm.tm_mday = number(s, 8, 2);
	tm.tm_hour = number(s, 11, 2);
	tm.tm_min = number(s, 14, 2);
	tm.tm_sec = number(s, 17, 2);
	back = tm;
	t = timegm(&tm);
	if (t == (time_t)-1 || tm.tm_mon != back.tm_mon ||
		tm.tm_mday != back.tm_mday || tm.tm_hour != back.tm_hour ||
		tm.tm_min != back.tm_min)
		return false;
	*ret_ms = (int64_t)t * 1000;
	return true;
}
