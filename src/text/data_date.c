/* Reads dates for value_date(): proleptic Gregorian, in days since
 * 1970-01-01. */
#include "text/data_value.h"

#include <math.h>
#include <string.h>

#include "base/ascii.h"

#define DATE_MAX 40

static bool is_leap(int y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

static int month_days(int y, int m)
{
	static const int days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return m == 2 && is_leap(y) ? 29 : days[m - 1];
}

/* Years are counted from March, so that the leap day is the last one. */
static bool civil(long long y, long long m, long long d, double *ret)
{
	long long era;
	long long of_era;
	long long of_year;
	long long days;

	if (y < 1 || y > 9999 || m < 1 || m > 12 || d < 1 ||
		d > month_days((int)y, (int)m))
		return false;
	y -= m <= 2;
	era = y / 400;
	of_era = y % 400;
	of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
		of_year - 719468;
	*ret = (double)days;
	return true;
}

/* Takes the next run of lo to hi digits. */
static bool digits(struct span *s, size_t lo, size_t hi, long long *ret)
{
	size_t n = 0;

	while (n < s->n && ascii_is_digit(s->p[n]))
		n++;
	if (n < lo || n > hi || !span_int(span_of(s->p, n), 0, 9999999, ret))
		return false;
	*s = span_of(s->p + n, s->n - n);
	return true;
}

static bool skip(struct span *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = span_of(s->p + 1, s->n - 1);
	return true;
}

static bool month_word(struct span *s, long long *ret)
{
	static const char *const names[] = {"january", "february", "march",
		"april", "may", "june", "july", "august", "september",
		"october", "november", "december"};
	size_t n = 0;
	size_t i;

	while (n < s->n && ascii_is_letter(s->p[n]))
		n++;
	for (i = 0; i < 12; i++) {
		struct span name = span_str(names[i]);
		struct span word = span_of(s->p, n);
		char brief[4] = {name.p[0], name.p[1], name.p[2], '\0'};

		if (span_caseis(word, names[i]) || span_caseis(word, brief) ||
			(i == 8 && span_caseis(word, "sept"))) {
			*s = span_of(s->p + n, s->n - n);
			*ret = (long long)i + 1;
			return true;
		}
	}
	return false;
}

static bool zone(struct span *s, double *days)
{
	long long h;
	long long m = 0;
	double sign;

	if (s->n == 0 || skip(s, 'Z'))
		return s->n == 0;
	if (s->p[0] != '+' && s->p[0] != '-')
		return false;
	sign = s->p[0] == '+' ? -1 : 1;
	*s = span_of(s->p + 1, s->n - 1);
	if (!digits(s, 2, 2, &h) || h > 14)
		return false;
	(void)skip(s, ':');
	if (s->n > 0 && (!digits(s, 2, 2, &m) || m > 59))
		return false;
	*days += sign * (double)(h * 60 + m) / 1440;
	return s->n == 0;
}

/* Reads what may follow a day: a time, and nothing else. */
static bool time_of_day(struct span s, double *days)
{
	long long h;
	long long m;
	long long sec = 0;
	long long part;

	if (s.n == 0)
		return true;
	if (!skip(&s, 'T') && !skip(&s, ' '))
		return false;
	if (!digits(&s, 1, 2, &h) || h > 24 || !skip(&s, ':') ||
		!digits(&s, 2, 2, &m) || m > 59)
		return false;
	if (skip(&s, ':') && (!digits(&s, 2, 2, &sec) || sec > 60))
		return false;
	*days += (double)(h * 3600 + m * 60 + sec) / 86400;
	if (skip(&s, '.')) {
		size_t n = s.n;
		double unit = 86400;

		if (!digits(&s, 1, 6, &part))
			return false;
		for (n -= s.n; n > 0; n--)
			unit *= 10;
		*days += (double)part / unit;
	}
	(void)skip(&s, ' ');
	return zone(&s, days);
}

static bool quarter(long long y, long long q, double *ret)
{
	return q >= 1 && q <= 4 && civil(y, q * 3 - 2, 1, ret);
}

/* 2026-12-31, 2026/12/31, 2026-12, 2026-Q4, 2026Q4 */
static bool year_first(struct span s, double *ret)
{
	long long y;
	long long m;
	long long d;
	char sep;

	if (!digits(&s, 4, 4, &y) || s.n == 0)
		return false;
	sep = s.p[0] == '/' ? '/' : '-';
	if (!skip(&s, sep))
		(void)skip(&s, ' ');
	if (skip(&s, 'Q'))
		return digits(&s, 1, 1, &m) && s.n == 0 && quarter(y, m, ret);
	if (!digits(&s, 1, 2, &m))
		return false;
	if (s.n == 0)
		return sep == '-' && civil(y, m, 1, ret);
	return skip(&s, sep) && digits(&s, 1, 2, &d) && civil(y, m, d, ret) &&
		time_of_day(s, ret);
}

/* 31.12.2026, 31-12-2026, 31/12/2026 or 12/31/2026 */
static bool year_last(struct span s, enum value_order order, double *ret)
{
	long long a;
	long long b;
	long long y;
	char sep;

	if (!digits(&s, 1, 2, &a) || s.n == 0)
		return false;
	sep = s.p[0];
	if ((sep != '.' && sep != '-' && sep != '/') || !skip(&s, sep) ||
		!digits(&s, 1, 2, &b) || !skip(&s, sep) ||
		!digits(&s, 4, 4, &y))
		return false;
	if (sep == '/' && order == VALUE_MONTH_FIRST)
		return civil(y, a, b, ret) && time_of_day(s, ret);
	return civil(y, b, a, ret) && time_of_day(s, ret);
}

/* 31 Dec 2026, 31-Dec-2026, Dec 31, 2026, December 2026, Q4 2026 */
static bool in_words(struct span s, double *ret)
{
	long long d = 1;
	long long m;
	long long y;

	if (skip(&s, 'Q')) {
		if (!digits(&s, 1, 1, &m))
			return false;
		if (!skip(&s, ' '))
			(void)skip(&s, '-');
		return digits(&s, 4, 4, &y) && s.n == 0 && quarter(y, m, ret);
	}
	if (digits(&s, 1, 2, &d)) {
		(void)skip(&s, '.');
		if (!skip(&s, ' '))
			(void)skip(&s, '-');
		if (!month_word(&s, &m))
			return false;
	} else {
		struct span day;

		if (!month_word(&s, &m))
			return false;
		(void)skip(&s, '.');
		day = s;
		if (skip(&day, ' ') && digits(&day, 1, 2, &d)) {
			s = day;
			if (!skip(&s, ','))
				return false;
		} else {
			d = 1;
		}
	}
	(void)skip(&s, ',');
	if (!skip(&s, ' '))
		(void)skip(&s, '-');
	return digits(&s, 4, 4, &y) && s.n == 0 && civil(y, m, d, ret);
}

bool value_date(struct span s, enum value_order order, double *ret_days)
{
	double v;

	s = span_trim(s);
	/* A year or a day is at one of its ends. */
	if (s.n < 6 || s.n > DATE_MAX ||
		(!ascii_is_digit(s.p[0]) && !ascii_is_digit(s.p[s.n - 1])))
		return false;
	if (!year_first(s, &v) && !year_last(s, order, &v) && !in_words(s, &v))
		return false;
	*ret_days = v;
	return true;
}

void value_put_date(struct buf *out, double days)
{
	/* Rounded to the minute. */
	long long minutes = llround(days * 1440);
	long long z;
	long long of_era;
	long long of_year;
	long long y;
	long long m;
	long long rest;

	/* Years 1 to 9999 only. */
	if (!(days >= -719162 && days < 2932897)) {
		buf_str(out, "-");
		return;
	}
	rest = minutes % 1440;
	if (rest < 0)
		rest += 1440;
	z = (minutes - rest) / 1440 + 719468;
	of_era = z % 146097;
	y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * y + y / 4 - y / 100);
	y += z / 146097 * 400;
	m = (5 * of_year + 2) / 153;
	buf_fmt(out, "%04lld-%02lld-%02lld", y + (m >= 10),
		m < 10 ? m + 3 : m - 9, of_year - (153 * m + 2) / 5 + 1);
	if (rest > 0)
		buf_fmt(out, " %02lld:%02lld", rest / 60, rest % 60);
}
