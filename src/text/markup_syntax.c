#include "text/markup_syntax.h"

#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"

/*
 * Entities
 */

static const struct {
	const char *name;
	uint32_t cp;
} entities[] = {
	{"amp", '&'},
	{"lt", '<'},
	{"gt", '>'},
	{"quot", '"'},
	{"apos", '\''},
	{"nbsp", 0xa0},
	{"copy", 0xa9},
	{"reg", 0xae},
	{"deg", 0xb0},
	{"plusmn", 0xb1},
	{"middot", 0xb7},
	{"times", 0xd7},
	{"divide", 0xf7},
	{"ndash", 0x2013},
	{"mdash", 0x2014},
	{"lsquo", 0x2018},
	{"rsquo", 0x2019},
	{"ldquo", 0x201c},
	{"rdquo", 0x201d},
	{"bull", 0x2022},
	{"hellip", 0x2026},
	{"euro", 0x20ac},
	{"trade", 0x2122},
	{"larr", 0x2190},
	{"rarr", 0x2192},
	{"le", 0x2264},
	{"ge", 0x2265},
};

#define ENTITY_MAX 10 /* bytes of the longest, with & and ; */

/* Reads "#10" or "#x1F"; false when it is not a number. */
static bool entity_number(struct span s, uint32_t *ret)
{
	bool hex = s.n > 1 && (s.p[1] | 32) == 'x';
	size_t i = hex ? 2 : 1;
	uint32_t cp = 0;

	if (i == s.n || s.n - i > 7)
		return false;
	for (; i < s.n; i++) {
		int d = ascii_hex(s.p[i]);

		if (d < 0 || (d > 9 && !hex))
			return false;
		cp = cp * (hex ? 16 : 10) + (uint32_t)d;
	}
	*ret = cp == 0 ? UTF8_BAD : cp;
	return true;
}

static bool entity_name(struct span s, uint32_t *ret)
{
	size_t i;

	for (i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
		if (span_is(s, entities[i].name)) {
			*ret = entities[i].cp;
			return true;
		}
	return false;
}

enum syntax syntax_entity(struct span s, size_t *ret_len, uint32_t *ret_cp)
{
	size_t n = 1;
	bool is;

	while (n < s.n && n < ENTITY_MAX &&
		(s.p[n] == '#' || ascii_is_alnum(s.p[n])))
		n++;
	if (n == s.n && n < ENTITY_MAX)
		return SYNTAX_MORE;
	if (n == s.n || n < 2 || s.p[n] != ';')
		return SYNTAX_NO;
	*ret_len = n + 1;
	s = span_of(s.p + 1, n - 1);
	is = s.p[0] == '#' ? entity_number(s, ret_cp) : entity_name(s, ret_cp);
	return is ? SYNTAX_YES : SYNTAX_NO;
}

/*
 * Between < and >
 */

/* Whether it is "scheme:..." or an e-mail address, without the brackets. */
static bool is_address(struct span s)
{
	const char *at = memchr(s.p, '@', s.n);
	size_t k = 0;

	while (k < s.n &&
		(ascii_is_alnum(s.p[k]) || strchr("+.-", s.p[k]) != NULL))
		k++;
	if (k >= 2 && k <= 32 && k < s.n && s.p[k] == ':')
		return true;
	return at != NULL && at > s.p && at < s.p + s.n - 1 &&
		memchr(s.p, ':', s.n) == NULL &&
		memchr(s.p, '/', s.n) == NULL && memchr(s.p, '\\', s.n) == NULL;
}

enum syntax syntax_autolink(struct span s, size_t *ret_len)
{
	size_t n = 1;

	while (n < s.n && (unsigned char)s.p[n] > ' ' && s.p[n] != '<' &&
		s.p[n] != '>')
		n++;
	if (n == s.n)
		return n == 1 || ascii_is_alnum(s.p[1]) ? SYNTAX_MORE
							: SYNTAX_NO;
	if (s.p[n] != '>' || n == 1 || !ascii_is_letter(s.p[1]) ||
		!is_address(span_of(s.p + 1, n - 1)))
		return SYNTAX_NO;
	*ret_len = n + 1;
	return SYNTAX_YES;
}

/*
 * In running text
 */

bool syntax_url_may_begin(uint32_t before)
{
	return before >= 0x80 ? utf8_width(before) == 2 ||
			utf8_is_punct(before) || utf8_is_space(before)
			      : !ascii_is_alnum((char)before);
}

bool syntax_url_goes_on(uint32_t cp)
{
	if (cp >= 0x80)
		return utf8_width(cp) == 1 &&
			(utf8_is_letter(cp) || utf8_is_digit(cp));
	return cp > ' ' && cp != 0x7f &&
		strchr("<>\"`\\^{}|[]", (int)cp) == NULL;
}

/* Offset behind the bytes that an address may have. */
static size_t url_end(struct span s, size_t i)
{
	/* An IPv6 address is in brackets. */
	if (i < s.n && s.p[i] == '[')
		while (i < s.n &&
			(ascii_is_alnum(s.p[i]) ||
				strchr("[:.%", s.p[i]) != NULL))
			i++;
	if (i < s.n && s.p[i] == ']')
		i++;
	while (i < s.n) {
		uint32_t cp;
		size_t len;

		(void)utf8_decode(s.p + i, s.n - i, &cp, &len);
		if (!syntax_url_goes_on(cp))
			break;
		i += len;
	}
	return i;
}

/* Length of an entity such as "&amp;" at the end, which belongs to the text
 * around. */
static size_t entity_before(struct span s, size_t n)
{
	size_t i = n - 1;

	while (i > 0 && (ascii_is_alnum(s.p[i - 1]) || s.p[i - 1] == '#'))
		i--;
	return i > 0 && s.p[i - 1] == '&' ? i - 1 : n;
}

/* Length without the punctuation at the end; a ")" stays if it has a "(". */
static size_t url_trim(struct span s, size_t from, size_t n)
{
	size_t opened = 0;
	size_t closed = 0;
	size_t i;

	for (i = from; i < n; i++) {
		opened += s.p[i] == '(';
		closed += s.p[i] == ')';
	}
	while (n > from) {
		char c = s.p[n - 1];

		if (c == ';' && entity_before(s, n) < n) {
			n = entity_before(s, n);
		} else if (c == ')' && closed > opened) {
			closed--;
			n--;
		} else if (strchr("?!.,:;*_~'", c) != NULL) {
			n--;
		} else {
			break;
		}
	}
	return n;
}

enum syntax syntax_url(struct span s, bool final, size_t *ret_len)
{
	static const char *const schemes[] = {"https://", "http://"};
	size_t i;

	for (i = 0; i < 2; i++) {
		size_t n = strlen(schemes[i]);
		size_t end;

		if (s.n < n && !final && memcmp(s.p, schemes[i], s.n) == 0)
			return SYNTAX_MORE;
		if (!span_starts(s, schemes[i]))
			continue;
		end = url_end(s, n);
		if (end == s.n && !final)
			return SYNTAX_MORE;
		*ret_len = url_trim(s, n, end);
		/* A host begins with a letter, a digit or a bracket. */
		return *ret_len > n &&
				(ascii_is_alnum(s.p[n]) || s.p[n] == '[' ||
					(unsigned char)s.p[n] >= 0x80)
			? SYNTAX_YES
			: SYNTAX_NO;
	}
	return SYNTAX_NO;
}

static size_t skip_blanks(struct span s, size_t i)
{
	while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t'))
		i++;
	return i;
}

/* Offset behind an attribute's value at i; i when there is none. */
static size_t value_end(struct span s, size_t i)
{
	size_t j = i;

	if (i < s.n && (s.p[i] == '"' || s.p[i] == '\'')) {
		const char *end = memchr(s.p + i + 1, s.p[i], s.n - i - 1);

		return end == NULL ? s.n : (size_t)(end - s.p) + 1;
	}
	while (j < s.n && (unsigned char)s.p[j] > ' ' &&
		strchr("\"'=<>`", s.p[j]) == NULL)
		j++;
	return j;
}

/* Offset behind an attribute at i, which follows a blank; i when there is
 * none. */
static size_t attribute_end(struct span s, size_t i)
{
	size_t j = i;
	size_t eq;
	size_t end;

	if (!ascii_is_letter(s.p[i]) && s.p[i] != '_' && s.p[i] != ':')
		return i;
	while (j < s.n &&
		(ascii_is_alnum(s.p[j]) || strchr("_:.-", s.p[j]) != NULL))
		j++;
	eq = skip_blanks(s, j);
	if (eq == s.n)
		return s.n;
	if (s.p[eq] != '=')
		return j;
	eq = skip_blanks(s, eq + 1);
	end = value_end(s, eq);
	return end == eq && end < s.n ? i : end;
}

enum syntax syntax_tag(struct span s, size_t *ret_len)
{
	bool closing = s.n > 1 && s.p[1] == '/';
	size_t i = closing ? 2 : 1;

	if (i < s.n && !ascii_is_letter(s.p[i]))
		return SYNTAX_NO;
	while (i < s.n && (ascii_is_alnum(s.p[i]) || s.p[i] == '-'))
		i++;
	while (i < s.n) {
		size_t j = skip_blanks(s, i);
		size_t end;

		if (j == s.n)
			break;
		if (s.p[j] == '/' && !closing)
			j++;
		if (j == s.n)
			break;
		if (s.p[j] == '>') {
			*ret_len = j + 1;
			return SYNTAX_YES;
		}
		if (j == i || closing || s.p[j - 1] == '/')
			return SYNTAX_NO;
		end = attribute_end(s, j);
		if (end == j)
			return SYNTAX_NO;
		i = end;
	}
	return SYNTAX_MORE;
}

/*
 * The target of a link
 */

/* Offset behind the address that begins at i. */
static size_t address_end(struct span s, size_t i)
{
	int depth = 0;

	for (; i < s.n && (unsigned char)s.p[i] > ' '; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && depth-- == 0)
			break;
	}
	return i < s.n ? i : s.n;
}

/* The first of `stops` behind i that no backslash escapes. */
static size_t find_stop(struct span s, size_t i, const char *stops)
{
	for (i++; i < s.n && strchr(stops, s.p[i]) == NULL; i++)
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
	return i < s.n ? i : s.n;
}

static size_t title_end(struct span s, size_t i)
{
	return find_stop(s, i,
		s.p[i] == '('		? ")"
			: s.p[i] == '"' ? "\""
					: "'");
}

enum syntax syntax_target(struct span s, struct syntax_target *ret)
{
	size_t i = skip_blanks(s, 1);
	size_t j;

	if (i == s.n)
		return SYNTAX_MORE;
	if (s.p[i] == '<') {
		ret->from = i + 1;
		j = ret->to = find_stop(s, i, "<>");
		if (j < s.n && s.p[j++] != '>')
			return SYNTAX_NO;
	} else {
		ret->from = i;
		j = ret->to = address_end(s, i);
	}
	if (j == s.n)
		return SYNTAX_MORE;
	i = skip_blanks(s, j);
	if (i < s.n && i > j && strchr("\"'(", s.p[i]) != NULL) {
		j = title_end(s, i);
		i = j < s.n ? skip_blanks(s, j + 1) : j;
	}
	if (i == s.n)
		return SYNTAX_MORE;
	ret->end = i + 1;
	return s.p[i] == ')' ? SYNTAX_YES : SYNTAX_NO;
}
