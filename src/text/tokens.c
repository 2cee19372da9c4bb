#include "text/tokens.h"

#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"

/* Costs are counted in thousandths of a token. */
#define TOKEN 1000
/* A letter outside ASCII weighs as much as that many inside: languages that
 * write with accents are cut into shorter pieces throughout. */
#define ACCENT_WEIGHT_TENTHS 35
/* Words as long as this are looked at for encoded data. */
#define SOLID_MIN 24

struct count {
	int64_t sure; /* what does not depend on the language */
	int64_t english; /* Latin words, if the text is English */
	int64_t other; /* the same, if it is not */
	int64_t words;
	int64_t hits; /* words that only English has so often */
	size_t solid; /* up to here no encoded data begins */
};

/* One in eight words of English prose is one of these. */
static bool is_english(struct span w)
{
	static const char common[][5] = {"of", "to", "is", "it", "the", "and",
		"for", "you", "are", "not", "how", "that", "with", "this",
		"from", "have", "what"};
	char word[5] = "";
	size_t i;

	if (w.n < 2 || w.n > 4)
		return false;
	for (i = 0; i < w.n; i++)
		word[i] = (char)(w.p[i] | 32);
	for (i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (memcmp(word, common[i], sizeof(word)) == 0)
			return true;
	return false;
}

/* Asked for each character, and so without a call. */
static bool is_latin(uint32_t cp)
{
	if (cp < 0x80)
		return ascii_is_letter((char)cp);
	return (cp >= 0xc0 && cp <= 0x24f && cp != 0xd7 && cp != 0xf7) ||
		(cp >= 0x300 && cp <= 0x36f) || (cp >= 0x1e00 && cp <= 0x1eff);
}

/* Thousandths of a token for one character outside ASCII and Latin. */
static int64_t cost_of(uint32_t cp)
{
	static const struct {
		uint32_t from;
		uint32_t to;
		int64_t cost;
	} costs[] = {
		{0xa0, 0xbf, 1000}, /* Latin-1 signs */
		{0x370, 0x52f, 435}, /* Greek, Cyrillic */
		{0x590, 0x5ff, 1050}, /* Hebrew */
		{0x600, 0x6ff, 500}, /* Arabic */
		{0x900, 0x97f, 500}, /* Devanagari */
		{0xe00, 0xe7f, 500}, /* Thai */
		{0x200d, 0x200d, 2500}, /* the joiner of emoji */
		{0x2010, 0x205e, 1000}, /* dashes, quotes, ellipsis */
		{0x2600, 0x27bf, 2500}, /* symbols that may be emoji */
		{0x3000, 0x303f, 1000}, /* CJK punctuation */
		{0x3040, 0x30ff, 715}, /* kana */
		{0x3400, 0x9fff, 715}, /* Han */
		{0xac00, 0xd7a3, 715}, /* Hangul */
		{0xfe00, 0xfe0f, 2500}, /* variation selectors */
		{0xff00, 0xffef, 1000}, /* full-width forms */
		{0x10000, 0x10ffff, 2500}, /* emoji, rare Han */
	};
	size_t i;

	for (i = 0; i < sizeof(costs) / sizeof(costs[0]); i++)
		if (cp >= costs[i].from && cp <= costs[i].to)
			return costs[i].cost;
	return 2000;
}

static bool is_solid(char c)
{
	return ascii_is_alnum(c) || c == '+' || c == '/' || c == '=' ||
		c == '_' || c == '-';
}

/* Letters and digits, as far as encoded data differs from words in them. */
struct mix {
	size_t letters;
	size_t vowels;
	size_t digits;
	size_t turns; /* lower to upper case, letter to digit and back */
};

static void mix_add(struct mix *m, char before, char c)
{
	bool digit = ascii_is_digit(c);

	if (digit)
		m->digits++;
	else if (ascii_is_letter(c))
		m->letters++;
	if (strchr("aeiouAEIOU", c) != NULL)
		m->vowels++;
	if (before != '\0' &&
		(digit != ascii_is_digit(before) ||
			(ascii_is_lower(before) && ascii_is_upper(c))))
		m->turns++;
}

/*
 * The length of the encoded data (base64, hexadecimal digits) that begins at
 * s[i], or 0: a long run with few vowels among its letters, many digits, or
 * many turns between cases and digits.
 */
static size_t encoded(struct count *c, struct span s, size_t i)
{
	struct mix m = {0};
	char before = '\0';
	size_t j;
	size_t n;

	if (i < c->solid)
		return 0;
	for (j = i; j < s.n && is_solid(s.p[j]);)
		j++;
	c->solid = j;
	n = j - i;
	if (n <= SOLID_MIN)
		return 0;
	for (j = i; j < i + n; j++) {
		mix_add(&m, before, s.p[j]);
		before = s.p[j];
	}
	if (m.letters == 0)
		return 0;
	return m.vowels * 100 < m.letters * 28 || m.digits * 100 > n * 15 ||
			m.turns * 100 > n * 18
		? n
		: 0;
}

/* A word in Latin letters, with the space before it. */
static size_t count_latin(struct count *c, struct span s, size_t i)
{
	int64_t tenths = 10;
	size_t from = i;
	int64_t cost;

	while (i < s.n) {
		uint32_t cp;
		size_t len;

		if (ascii_is_letter(s.p[i])) {
			tenths += 10;
			i++;
			continue;
		}
		if ((unsigned char)s.p[i] < 0x80)
			break;
		(void)utf8_decode(s.p + i, s.n - i, &cp, &len);
		if (!is_latin(cp))
			break;
		tenths += ACCENT_WEIGHT_TENTHS;
		i += len;
	}
	cost = tenths * TOKEN / 10 / 4;
	c->english += cost > TOKEN ? cost : TOKEN;
	cost = tenths * TOKEN / 10 / 3;
	c->other += cost > TOKEN ? cost : TOKEN;
	c->words++;
	if (is_english(span_of(s.p + from, i - from)))
		c->hits++;
	return i;
}

static size_t run_of(struct span s, size_t i, const char *set)
{
	size_t n = 0;

	while (i + n < s.n && s.p[i + n] != '\0' &&
		strchr(set, s.p[i + n]) != NULL)
		n++;
	return n;
}

/* Spaces: the last one belongs to what follows, but a number takes none. */
static size_t count_spaces(struct count *c, struct span s, size_t i)
{
	size_t end = i;
	size_t n;

	while (end < s.n && (s.p[end] == ' ' || s.p[end] == '\t'))
		end++;
	n = end - i;

	if (n > 1 || end == s.n || utf8_is_digit((unsigned char)s.p[end]))
		c->sure += TOKEN;
	if (n > 1 && end < s.n && utf8_is_digit((unsigned char)s.p[end]))
		c->sure += TOKEN;
	return end;
}

static size_t count_ascii(struct count *c, struct span s, size_t i)
{
	char first = s.p[i];
	size_t n;

	if (first == ' ' || first == '\t')
		return count_spaces(c, s, i);
	if (first == '\r' || first == '\n') {
		c->sure += TOKEN;
		return i + run_of(s, i, "\r\n");
	}
	if (first >= '0' && first <= '9') {
		n = run_of(s, i, "0123456789");
		c->sure += (int64_t)((n + 2) / 3) * TOKEN;
		return i + n;
	}
	for (n = 0; i + n < s.n && utf8_is_punct((unsigned char)s.p[i + n]) &&
		(unsigned char)s.p[i + n] < 0x80;
		n++)
		;
	if (n == 0) /* a control character */
		n = 1;
	c->sure += (int64_t)((n + 1) / 2) * TOKEN;
	return i + n;
}

/* A character of another script; a space before it weighs as much. */
static size_t count_other(struct count *c, struct span s, size_t i)
{
	uint32_t cp;
	size_t len;

	(void)utf8_decode(s.p + i, s.n - i, &cp, &len);
	c->sure += cost_of(cp);
	if (i > 0 && s.p[i - 1] == ' ')
		c->sure += cost_of(cp);
	return i + len;
}

int64_t tokens_estimate(struct span s)
{
	struct count c = {0};
	size_t i = 0;

	while (i < s.n) {
		uint32_t cp;
		size_t len;

		if (is_solid(s.p[i])) {
			size_t n = encoded(&c, s, i);

			c.sure += (int64_t)n * TOKEN * 10 / 14;
			i += n;
			if (n > 0)
				continue;
		}
		(void)utf8_decode(s.p + i, s.n - i, &cp, &len);
		if (is_latin(cp))
			i = count_latin(&c, s, i);
		else if (cp < 0x80)
			i = count_ascii(&c, s, i);
		else
			i = count_other(&c, s, i);
	}
	c.sure += c.words > 0 && c.hits * 8 >= c.words ? c.english : c.other;
	return (c.sure + TOKEN - 1) / TOKEN;
}
