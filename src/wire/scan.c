#include "wire/scan.h"

#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"

/*
 * What a byte is inside a string. A table, for this is asked more often than
 * anything else when a reply arrives.
 */
enum { PLAIN = 0, QUOTE, ESCAPE, CONTROL, HIGH };

#define ROW16(k) k, k, k, k, k, k, k, k, k, k, k, k, k, k, k, k
#define ROW64(k) ROW16(k), ROW16(k), ROW16(k), ROW16(k)

static const unsigned char kinds[256] = {
	[0x00] = ROW16(CONTROL),
	[0x10] = ROW16(CONTROL),
	['"'] = QUOTE,
	['\\'] = ESCAPE,
	[0x80] = ROW64(HIGH),
	[0xc0] = ROW64(HIGH),
};

static bool fail(struct scan *s)
{
	s->bad = true;
	return false;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline void skip_space(struct scan *s)
{
	while (s->p < s->end && (unsigned char)*s->p <= ' ' && is_space(*s->p))
		s->p++;
}

void scan_init(struct scan *s, struct span text)
{
	static const char empty[1] = "";

	memset(s, 0, sizeof(*s));
	s->start = text.p != NULL ? text.p : empty;
	s->p = s->start;
	s->end = s->start + text.n;
}

enum scan_type scan_peek(struct scan *s)
{
	if (s->bad)
		return SCAN_BAD;
	skip_space(s);
	if (s->p == s->end)
		return SCAN_BAD;
	switch (*s->p) {
	case '"': return SCAN_STRING;
	case '{': return SCAN_OBJECT;
	case '[': return SCAN_ARRAY;
	case 't': return SCAN_TRUE;
	case 'f': return SCAN_FALSE;
	case 'n': return SCAN_NULL;
	default: break;
	}
	if (*s->p == '-' || ascii_is_digit(*s->p))
		return SCAN_NUMBER;
	return SCAN_BAD;
}

bool scan_enter(struct scan *s, char bracket)
{
	if (s->bad)
		return false;
	skip_space(s);
	if (s->p == s->end || *s->p != bracket)
		return false;
	if (s->depth == SCAN_DEPTH_MAX)
		return fail(s);
	s->p++;
	s->depth++;
	s->fresh = true;
	return true;
}

/*
 * Stands before the next element, behind the comma; false at the closing
 * bracket, which is taken.
 */
static bool next_item(struct scan *s, char close)
{
	if (s->bad)
		return false;
	skip_space(s);
	if (s->p == s->end || s->depth == 0)
		return fail(s);
	if (*s->p == close) {
		s->p++;
		s->depth--;
		s->fresh = false;
		return false;
	}
	if (!s->fresh) {
		if (*s->p != ',')
			return fail(s);
		s->p++;
		skip_space(s);
	}
	s->fresh = false;
	return true;
}

bool scan_element(struct scan *s)
{
	return next_item(s, ']');
}

int32_t scan_hex4(const char *p)
{
	int32_t v = 0;
	int i;

	for (i = 0; i < 4; i++) {
		int d = ascii_hex(p[i]);

		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

int scan_escape_byte(char c)
{
	switch (c) {
	case '"':
	case '\\':
	case '/': return c;
	case 'b': return '\b';
	case 'f': return '\f';
	case 'n': return '\n';
	case 'r': return '\r';
	case 't': return '\t';
	default: return -1;
	}
}

/* Number of the first byte in memory whose top bit is set; 0, from which it is
 * always safe to go on, where that is not cheap to tell. */
static size_t first_top(uint64_t bits)
{
#if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (size_t)__builtin_ctzll(bits) / 8;
#else
	(void)bits;
	return 0;
#endif
}

/*
 * Passes the plain ASCII characters of a string, eight at a time: the top bits
 * are set for quote, backslash, controls and bytes from 0x80 up, and maybe for
 * bytes behind one of these.
 */
static const char *skip_plain(const char *p, const char *end)
{
	const uint64_t ones = 0x0101010101010101u;
	const uint64_t tops = 0x8080808080808080u;

	while (end - p >= 8) {
		uint64_t x;
		uint64_t quote;
		uint64_t slash;

		memcpy(&x, p, sizeof(x));
		quote = x ^ ones * '"';
		slash = x ^ ones * '\\';
		quote = (quote - ones) & ~quote;
		slash = (slash - ones) & ~slash;
		x = (quote | slash | (x - ones * 0x20) | x) & tops;
		if (x != 0) {
			p += first_top(x);
			break;
		}
		p += 8;
	}
	while (p < end && kinds[(unsigned char)*p] == PLAIN)
		p++;
	return p;
}

/* Moves past an escape, from behind its backslash. */
static bool skip_escape(struct scan *s)
{
	s->p++;
	if (s->p == s->end)
		return fail(s);
	if (*s->p == 'u') {
		if (s->end - s->p < 5 || scan_hex4(s->p + 1) < 0)
			return fail(s);
		s->p += 5;
		return true;
	}
	if (scan_escape_byte(*s->p) < 0)
		return fail(s);
	s->p++;
	return true;
}

/* Passes a character that is not plain ASCII and does not end the string. */
static bool skip_odd(struct scan *s, struct scan_str *str)
{
	uint32_t cp;
	size_t len;

	switch (kinds[(unsigned char)*s->p]) {
	case ESCAPE: str->escaped = true; return skip_escape(s);
	case HIGH:
		if (utf8_decode(s->p, (size_t)(s->end - s->p), &cp, &len) !=
			UTF8_OK)
			str->ill = true;
		s->p += len;
		return true;
	default: return fail(s);
	}
}

/* Takes a string, from its opening quote. */
static bool take_string(struct scan *s, struct scan_str *ret)
{
	const char *begin = ++s->p;
	struct scan_str str = {.escaped = false};

	for (;;) {
		s->p = skip_plain(s->p, s->end);
		if (s->p == s->end)
			return fail(s);
		if (*s->p == '"')
			break;
		if (!skip_odd(s, &str))
			return false;
	}
	str.raw = (struct span){begin, (size_t)(s->p - begin)};
	s->ill |= str.ill;
	s->p++;
	*ret = str;
	return true;
}

bool scan_member(struct scan *s, struct scan_str *key)
{
	if (!next_item(s, '}'))
		return false;
	if (s->p == s->end || *s->p != '"')
		return fail(s);
	if (!take_string(s, key))
		return false;
	skip_space(s);
	if (s->p == s->end || *s->p != ':')
		return fail(s);
	s->p++;
	return true;
}

bool scan_string(struct scan *s, struct scan_str *ret)
{
	return scan_peek(s) == SCAN_STRING && take_string(s, ret);
}

static bool digits(struct scan *s)
{
	const char *begin = s->p;

	while (s->p < s->end && ascii_is_digit(*s->p))
		s->p++;
	return s->p > begin;
}

bool scan_number(struct scan *s, struct span *ret)
{
	const char *begin;

	if (scan_peek(s) != SCAN_NUMBER)
		return false;
	begin = s->p;
	if (*s->p == '-')
		s->p++;
	if (s->p < s->end && *s->p == '0')
		s->p++;
	else if (!digits(s))
		return fail(s);
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		if (!digits(s))
			return fail(s);
	}
	if (s->p < s->end && (*s->p | 32) == 'e') {
		s->p++;
		if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
			s->p++;
		if (!digits(s))
			return fail(s);
	}
	*ret = (struct span){begin, (size_t)(s->p - begin)};
	return true;
}

bool scan_int(struct scan *s, int64_t *ret)
{
	struct scan before = *s;
	struct span text;

	if (!scan_number(s, &text))
		return false;
	if (scan_whole(text, ret))
		return true;
	*s = before;
	return false;
}

static bool take_word(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return fail(s);
	s->p += n;
	return true;
}

/* Recurses at most SCAN_DEPTH_MAX deep. */
bool scan_skip(struct scan *s, struct span *ret)
{
	enum scan_type type = scan_peek(s);
	const char *begin = s->p;
	struct scan_str str;
	struct span text;

	switch (type) {
	case SCAN_BAD: (void)fail(s); break;
	case SCAN_NULL: (void)take_word(s, "null"); break;
	case SCAN_TRUE: (void)take_word(s, "true"); break;
	case SCAN_FALSE: (void)take_word(s, "false"); break;
	case SCAN_NUMBER: (void)scan_number(s, &text); break;
	case SCAN_STRING: (void)take_string(s, &str); break;
	case SCAN_ARRAY:
		if (scan_enter(s, '['))
			while (scan_element(s))
				(void)scan_skip(s, NULL);
		break;
	case SCAN_OBJECT:
		if (scan_enter(s, '{'))
			while (scan_member(s, &str))
				(void)scan_skip(s, NULL);
		break;
	}
	if (s->bad)
		return false;
	if (ret != NULL)
		*ret = (struct span){begin, (size_t)(s->p - begin)};
	return true;
}

bool scan_end(struct scan *s)
{
	if (s->bad)
		return false;
	skip_space(s);
	if (s->depth != 0 || s->p != s->end)
		return fail(s);
	return true;
}

bool scan_valid(struct span text)
{
	struct scan s;

	scan_init(&s, text);
	return scan_skip(&s, NULL) && scan_end(&s) && !s.ill;
}

bool scan_escaped_is(const struct scan_str *key, const char *name)
{
	const char *p = key->raw.p;
	const char *end = p + key->raw.n;

	for (; p < end; name++) {
		int32_t c = (unsigned char)*p++;

		if (c == '\\' && *p == 'u') {
			c = scan_hex4(p + 1);
			p += 5;
		} else if (c == '\\') {
			c = scan_escape_byte(*p++);
		}
		if (*name == '\0' || c != (unsigned char)*name)
			return false;
	}
	return *name == '\0';
}

/* Reads [+-]digits; all far exponents count as the same. */
static int64_t exponent(const char *p, const char *end)
{
	bool neg = p < end && *p == '-';
	int64_t v = 0;

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	for (; p < end; p++)
		if (v < 1000000000)
			v = v * 10 + (*p - '0');
	return neg ? -v : v;
}

/* Multiplies v, which is not positive, n times by ten; false when it does not
 * fit. */
static bool shift(int64_t *v, int64_t n)
{
	for (; *v != 0 && n > 0; n--) {
		if (*v < INT64_MIN / 10)
			return false;
		*v *= 10;
	}
	return true;
}

bool scan_whole(struct span number, int64_t *ret)
{
	const char *p = number.p;
	const char *end = p + number.n;
	bool neg = number.n > 0 && *p == '-';
	bool fraction = false;
	int64_t v = 0; /* kept negative, so that INT64_MIN fits */
	int64_t zeros = 0; /* zeros not yet in v */
	int64_t scale = 0; /* digits behind the point, less exponent */

	if (neg)
		p++;
	for (; p < end && (*p | 32) != 'e'; p++) {
		if (*p == '.') {
			fraction = true;
			continue;
		}
		scale += fraction;
		if (*p == '0') {
			zeros += v != 0;
			continue;
		}
		if (!shift(&v, zeros + 1) || v < INT64_MIN + (*p - '0'))
			return false;
		zeros = 0;
		v -= *p - '0';
	}
	if (p < end)
		scale -= exponent(p + 1, end);
	zeros -= scale;
	if (!shift(&v, zeros))
		return false;
	if (v != 0 && (zeros < 0 || (!neg && v == INT64_MIN)))
		return false;
	*ret = neg ? v : -v;
	return true;
}
