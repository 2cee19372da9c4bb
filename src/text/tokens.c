#include "text/tokens.h"

#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"

/* Costs are counted in thousandths of a token. */
#define TOKEN 1000
/* Bytes of a word from which on it may be encoded data. */
#define SOLID_MIN 24
/* Words that are taken to be in one language. */
#define STRETCH 64

struct count {
	int64_t sure; /* costs that do not depend on the language */
	size_t solid; /* no encoded data begins before this offset */
	/* Of the Latin words of this stretch: */
	int64_t english; /* their cost as English, which words in code are */
	int64_t other; /* their cost otherwise */
	int64_t words;
	int64_t hits; /* words that are frequent in English only */
	int64_t marks; /* marks of code between them */
};

/* Whether it is one of the words that make up an eighth of English prose. */
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

/* Inline, since it is asked for each character. */
static bool is_latin(uint32_t cp)
{
	if (cp < 0x80)
		return ascii_is_letter((char)cp);
	return (cp >= 0xc0 && cp <= 0x24f && cp != 0xd7 && cp != 0xf7) ||
		(cp >= 0x300 && cp <= 0x36f) || (cp >= 0x1e00 && cp <= 0x1eff);
}

/*
 * What a letter outside ASCII counts of a word's length, in tenths of one
 * inside: languages that write with accents are cut into shorter pieces
 * throughout, but for Vietnamese, which has a block of its own.
 */
static int64_t accented(uint32_t cp)
{
	if (cp >= 0x1e00)
		return 20;
	return cp >= 0x100 ? 50 : 35;
}

/* Thousandths of a token for a word, by its length in tenths of a letter. */
static int64_t english_word(int64_t tenths)
{
	int64_t cost = TOKEN;

	if (tenths > 30)
		cost += TOKEN / 10;
	if (tenths > 50)
		cost += (tenths - 50) * TOKEN / 80;
	if (tenths > 120)
		cost += (tenths - 120) * TOKEN / 80;
	return cost;
}

static int64_t other_word(int64_t tenths)
{
	int64_t cost = (tenths + 9) * TOKEN / 29;

	return cost > TOKEN ? cost : TOKEN;
}

/* Ends a stretch: decides which language it was in. */
static void settle(struct count *c)
{
	bool english = c->hits * 8 >= c->words || c->marks * 2 >= c->words;

	c->sure += english ? c->english : c->other;
	c->english = c->other = 0;
	c->words = c->hits = c->marks = 0;
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
		{0x900, 0x97f, 570}, /* Devanagari */
		{0x980, 0x9ff, 1400}, /* Bengali */
		{0xe00, 0xe7f, 500}, /* Thai */
		{0x200d, 0x200d, 2500}, /* the joiner of emoji */
		{0x2010, 0x205e, 1000}, /* dashes, quotes, ellipsis */
		{0x2500, 0x259f, 1000}, /* lines and blocks */
		{0x2600, 0x27bf, 2500}, /* symbols that may be emoji */
		{0x3000, 0x303f, 1000}, /* CJK punctuation */
		{0x3040, 0x30ff, 715}, /* kana */
		{0x3400, 0x9fff, 860}, /* Han */
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

/* Counts of letters and digits in which encoded data differs from words. */
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
			m.turns * 100 > n * 25
		? n
		: 0;
}

/* Counts a word in Latin letters, with the blank before it. Capitals behind a
 * capital are rare in what vocabularies are made of. */
static size_t count_latin(struct count *c, struct span s, size_t i)
{
	int64_t tenths = 0;
	bool capital = false;
	size_t from = i;

	while (i < s.n) {
		uint32_t cp = 0;
		size_t len;

		if (ascii_is_letter(s.p[i])) {
			bool upper = ascii_is_upper(s.p[i]);

			tenths += capital && upper ? 20 : 10;
			capital = upper;
			i++;
			continue;
		}
		if ((unsigned char)s.p[i] < 0x80)
			break;
		(void)utf8_decode(s.p + i, s.n - i, &cp, &len);
		if (!is_latin(cp))
			break;
		tenths += accented(cp);
		capital = false;
		i += len;
	}
	c->english += english_word(tenths);
	c->other += other_word(tenths);
	c->words++;
	if (is_english(span_of(s.p + from, i - from)))
		c->hits++;
	if (c->words == STRETCH)
		settle(c);
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

/* Counts blanks: the last one belongs to what follows, unless that is a
 * number. */
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

static bool is_mark(char c)
{
	return c > ' ' && c < 0x7f && !ascii_is_alnum(c);
}

static bool is_of_prose(char c)
{
	return c == '.' || c == ',' || c == '\'' || c == '!' || c == '?' ||
		c == '-';
}

/*
 * Punctuation, which takes the ends of lines behind it along; a single mark
 * without a space before it is mostly part of the word behind it.
 */
static size_t count_marks(struct count *c, struct span s, size_t i)
{
	size_t from = i;
	size_t n;

	for (; i < s.n && is_mark(s.p[i]); i++)
		c->marks += !is_of_prose(s.p[i]);
	n = i - from;
	if (n == 1 && i < s.n && ascii_is_letter(s.p[i]) &&
		(from == 0 || s.p[from - 1] != ' ')) {
		c->sure += TOKEN / 2;
		return i;
	}
	if (n == 0) { /* a control character */
		c->sure += TOKEN;
		return i + 1;
	}
	c->sure += (int64_t)((n + 1) / 2) * TOKEN;
	return i + run_of(s, i, "\r\n");
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
	return count_marks(c, s, i);
}

/* Counts a character of another script; a blank before it counts as much. */
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
	settle(&c);
	return (c.sure + TOKEN - 1) / TOKEN;
}
