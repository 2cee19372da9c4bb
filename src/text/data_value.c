#include "text/data_value.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"

/* Bytes of a cell; a longer one is not a number. */
#define NUMBER_MAX 64
/* Bytes of the longest word for "no value". */
#define MISSING_MAX 4
/* Digits that are kept, which is more than a double has. */
#define DIGITS_MAX 18

bool value_missing(struct span s)
{
	static const char *const words[] = {"na", "n/a", "#n/a", "nan", "null",
		"none", "nil", "-", "--", "?", ".", "\xe2\x80\x93",
		"\xe2\x80\x94"};
	size_t i;

	s = span_trim(s);
	if (s.n > MISSING_MAX)
		return false;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_caseis(s, words[i]))
			return true;
	return s.n == 0;
}

/* Most cells that are not numbers have no digit, and are done with quickly. */
static bool has_digit(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (ascii_is_digit(s.p[i]))
			return true;
	return false;
}

static bool take(struct span *s, const char *word)
{
	if (!span_starts(*s, word))
		return false;
	*s = span_of(s->p + strlen(word), s->n - strlen(word));
	return true;
}

static bool take_end(struct span *s, const char *word)
{
	size_t n = strlen(word);

	if (s->n < n || memcmp(s->p + s->n - n, word, n) != 0)
		return false;
	s->n -= n;
	return true;
}

static const char *const currencies[] = {"$", "\xe2\x82\xac", "\xc2\xa3",
	"\xc2\xa5", "\xe2\x82\xb9", "US$", "EUR", "USD", "GBP", "CHF"};

enum { CURRENCIES = sizeof(currencies) / sizeof(currencies[0]) };

static bool take_sign(struct span *s)
{
	if (s->n == 0 || ascii_is_digit(s->p[0]))
		return false;
	if (take(s, "-") || take(s, "\xe2\x88\x92"))
		return true;
	(void)take(s, "+");
	return false;
}

/* Strips what is around the digits: signs, brackets, currency and percent. True
 * when it is negative. */
static bool strip(struct span *s)
{
	bool negative = false;
	size_t i;

	if (s->n > 2 && s->p[0] == '(' && s->p[s->n - 1] == ')') {
		negative = true;
		*s = span_trim(span_of(s->p + 1, s->n - 2));
	}
	if (take_sign(s))
		negative = !negative;
	/* There are none when it begins and ends with a digit. */
	if (s->n > 0 && ascii_is_digit(s->p[0]) &&
		ascii_is_digit(s->p[s->n - 1]))
		return negative;
	for (i = 0; i < CURRENCIES; i++)
		if (take(s, currencies[i]) || take_end(s, currencies[i]))
			break;
	if (i == CURRENCIES)
		(void)take_end(s, "%");
	*s = span_trim(*s);
	if (i < CURRENCIES && take_sign(s))
		negative = !negative;
	return negative;
}

/* A separator of groups at the beginning of s: its length, or 0. */
static size_t group_sign(struct span s, enum value_style style)
{
	if (s.n == 0)
		return 0;
	if (s.p[0] == (style == VALUE_POINT ? ',' : '.') || s.p[0] == ' ' ||
		s.p[0] == '\'')
		return 1;
	if (span_starts(s, "\xc2\xa0"))
		return 2;
	/* Narrow no-break space, right single quotation mark. */
	if (span_starts(s, "\xe2\x80\xaf") || span_starts(s, "\xe2\x80\x99"))
		return 3;
	return 0;
}

struct digits {
	uint64_t v;
	int n; /* digits kept in v */
	int scale; /* power of ten that v is multiplied by */
	int seen;
};

static void digit_add(struct digits *d, char c, bool fraction)
{
	d->seen++;
	if (d->n < DIGITS_MAX) {
		d->v = d->v * 10 + (uint64_t)(c - '0');
		if (d->v != 0)
			d->n++;
		if (fraction)
			d->scale--;
	} else if (!fraction) {
		d->scale++;
	}
}

/* Reads the digits before the decimal sign, in groups or not. */
static bool whole_part(struct span *s, enum value_style style, struct digits *d)
{
	char sign[3] = {0, 0, 0};
	size_t len = 0;
	int group = 0;
	bool grouped = false;

	while (s->n > 0) {
		size_t sep;

		if (ascii_is_digit(s->p[0])) {
			digit_add(d, s->p[0], false);
			group++;
			*s = span_of(s->p + 1, s->n - 1);
			continue;
		}
		sep = group_sign(*s, style);
		if (sep == 0)
			break;
		if (group == 0 || group > 3 || (grouped && group != 3) ||
			(grouped &&
				(sep != len || memcmp(sign, s->p, sep) != 0)))
			return false;
		grouped = true;
		len = sep;
		memcpy(sign, s->p, sep);
		*s = span_of(s->p + sep, s->n - sep);
		group = 0;
	}
	return !grouped || group == 3;
}

static bool exponent(struct span *s, int *scale)
{
	long long v;
	struct span tail;

	if (s->n == 0 || (s->p[0] != 'e' && s->p[0] != 'E'))
		return true;
	tail = span_of(s->p + 1, s->n - 1);
	(void)take(&tail, "+");
	if (!span_int(tail, -400, 400, &v))
		return false;
	*scale += (int)v;
	s->n = 0;
	return true;
}

/* Exact for up to 15 digits and 22 powers of ten, which a double holds. */
static double scaled(const struct digits *d)
{
	static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
		1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
		1e19, 1e20, 1e21, 1e22};

	if (d->v == 0)
		return 0;
	if (d->n <= 15 && d->scale <= 0 && d->scale >= -22)
		return (double)d->v / tens[-d->scale];
	if (d->scale < 0)
		return (double)((long double)d->v /
			powl(10.0L, (long double)-d->scale));
	return (double)((long double)d->v * powl(10.0L, (long double)d->scale));
}

bool value_number(struct span s, enum value_style style, double *ret)
{
	struct digits d = {0, 0, 0, 0};
	const char *point = style == VALUE_POINT ? "." : ",";
	bool negative;
	bool zero;
	double v;

	s = span_trim(s);
	if (s.n == 0 || s.n > NUMBER_MAX || !has_digit(s))
		return false;
	negative = strip(&s);
	zero = s.n > 1 && s.p[0] == '0' && ascii_is_digit(s.p[1]);
	if (zero || !whole_part(&s, style, &d))
		return false;
	if (take(&s, point))
		while (s.n > 0 && ascii_is_digit(s.p[0])) {
			digit_add(&d, s.p[0], true);
			s = span_of(s.p + 1, s.n - 1);
		}
	if (d.seen == 0 || !exponent(&s, &d.scale) || s.n > 0)
		return false;
	v = scaled(&d);
	if (!(v <= VALUE_MAX))
		return false;
	*ret = negative ? -v : v;
	return true;
}

void value_put_number(struct buf *out, double v, int digits)
{
	char text[48];
	bool point = false;
	const char *p;

	if (!isfinite(v)) {
		buf_str(out, "-");
		return;
	}
	if (fabs(v) < 1e15 && !(v < floor(v)) && !(v > floor(v)))
		digits = 15;
	else if (fabs(v) >= 10000 && fabs(v) < 1e15 && digits < 8)
		/* A large number keeps two decimals rather than an exponent. */
		digits = (int)log10(fabs(v)) + 3;
	(void)snprintf(text, sizeof(text), "%.*g", digits, v + 0.0);
	/* Replaces the locale's decimal sign, which may have several bytes. */
	for (p = text; *p != '\0'; p++) {
		bool ours = ascii_is_digit(*p) || *p == '-' || *p == '+' ||
			*p == 'e';

		if (ours)
			buf_char(out, *p);
		else if (!point)
			buf_char(out, '.');
		point = point || !ours;
	}
}
