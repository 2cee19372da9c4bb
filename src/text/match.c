#include "text/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/vec.h"

enum {
	SIGMA_FINAL = 0x3c2,
	SIGMA = 0x3c3,
	SHARP_S = 0xdf,
	FIRST = 1, /* bits of match_term.byte */
	SECOND = 2,
	CASED_END = 0x1e944, /* no character from here on has a case */
};

#define EACH_BYTE ((uint64_t)0x0101010101010101)
#define HIGH_BITS ((uint64_t)0x8080808080808080)

static uint32_t fold(uint32_t cp)
{
	uint32_t low = utf8_lower(cp);

	if (low == SIGMA_FINAL)
		return SIGMA;
	return low < 0x80 && cp >= 0x80 ? cp : low;
}

void match_init(struct match *m)
{
	memset(m, 0, sizeof(*m));
}

void match_release(struct match *m)
{
	if (m == NULL)
		return;
	free(m->term);
	match_init(m);
}

/* How common a character is in texts: a rarer one leaves fewer places to look
 * at. */
static size_t commonness(uint32_t cp)
{
	static const char order[] = "zqxjkvbpygwmfcudlhrsnioate ";
	const char *at = strchr(order, (int)cp);

	return at != NULL && *at != '\0' ? 1 + (size_t)(at - order) : 0;
}

static void set_anchor(struct match_term *t, size_t which, size_t at)
{
	uint32_t c = t->cp[at];

	t->at[which] = at;
	t->want[which] = c * EACH_BYTE;
	t->mask[which] = c >= 'a' && c <= 'z' ? 0x20 * EACH_BYTE : 0;
}

/* Chooses the anchors of a term: offsets are known up to the first character
 * that is not ASCII, or is not in some texts. */
static void prepare_ascii(struct match_term *t)
{
	size_t best[2] = {0, 0};
	size_t i;

	for (i = 0; i < t->n && t->cp[i] < 0x80; i++) {
		if (!t->plain && i > 0 && i + 1 < t->n && t->cp[i] == 's' &&
			t->cp[i + 1] == 's')
			break;
		t->n_ascii++;
	}
	for (i = 1; i < t->n_ascii; i++) {
		size_t c = commonness(t->cp[i]);

		if (c < commonness(t->cp[best[0]])) {
			best[1] = best[0];
			best[0] = i;
		} else if (best[1] == best[0] ||
			c < commonness(t->cp[best[1]])) {
			best[1] = i;
		}
	}
	set_anchor(t, 0, best[0]);
	set_anchor(t, 1, best[1]);
}

static void note_bytes(struct match_term *t, uint32_t cp)
{
	char text[UTF8_MAX + 1];
	struct buf b = {text, 0, sizeof(text), UTF8_MAX, false};

	utf8_put(&b, cp);
	t->byte[(unsigned char)text[0]] |= FIRST;
	t->byte[(unsigned char)text[1]] |= SECOND;
}

/* Notes the first two bytes of a term that begins outside ASCII; such
 * characters have at least two bytes in each case. */
static void prepare_bytes(struct match_term *t)
{
	uint32_t cp;

	note_bytes(t, t->cp[0]);
	for (cp = 0x80; cp < CASED_END; cp++)
		if (fold(cp) == t->cp[0])
			note_bytes(t, cp);
}

/* The same for "ss" at the beginning, which is one character in some texts. */
static void prepare_sharp(struct match_term *t)
{
	size_t i;

	for (i = 0; i < sizeof(t->byte); i++)
		t->byte[i] |= SECOND;
	t->byte['s'] |= FIRST;
	t->byte['S'] |= FIRST;
	t->byte[0xc3] |= FIRST;
	t->byte[0xe1] |= FIRST;
}

/* Appends the characters of the text to the term, folded. */
static enum status fold_into(
	struct match_term *t, struct span s, struct err *err)
{
	size_t i = 0;

	while (i < s.n) {
		uint32_t cp;
		size_t len;
		size_t n;

		if (utf8_decode(s.p + i, s.n - i, &cp, &len) != UTF8_OK)
			return err_set(
				err, ST_USAGE, "what to look for is not UTF-8");
		cp = fold(cp);
		n = cp == SHARP_S ? 2 : 1;
		if (t->n + n > MATCH_TERM_MAX)
			return err_set(err, ST_USAGE,
				"a phrase to look for has at most %d "
				"characters",
				MATCH_TERM_MAX);
		while (n-- > 0)
			t->cp[t->n++] = cp == SHARP_S ? 's' : cp;
		t->plain = t->plain && (cp < 0x80 || cp == SHARP_S);
		i += len;
	}
	return ST_OK;
}

/* Chooses how the term's first bytes are looked for. */
static void prepare(struct match_term *t)
{
	if (!t->plain && t->n > 1 && t->cp[0] == 's' && t->cp[1] == 's')
		prepare_sharp(t);
	else if (t->cp[0] < 0x80)
		prepare_ascii(t);
	else
		prepare_bytes(t);
}

static enum status add_term(struct match *m, struct span s, struct err *err)
{
	struct match_term *t;
	enum status st;

	if (m->n == MATCH_TERMS_MAX)
		return err_set(err, ST_USAGE, "more than %d words to look for",
			MATCH_TERMS_MAX);
	if (!vec_grow(&m->term, &m->cap, m->n + 1, sizeof(*m->term),
		    MATCH_TERMS_MAX))
		return err_nomem(err);
	t = &m->term[m->n];
	memset(t, 0, sizeof(*t));
	t->plain = true;
	st = fold_into(t, s, err);
	if (st != ST_OK)
		return st;
	m->wide = m->wide || !t->plain;
	prepare(t);
	m->n++;
	return ST_OK;
}

enum status match_phrase(struct match *m, struct span phrase, struct err *err)
{
	struct buf composed;
	enum status st;

	phrase = span_trim(phrase);
	if (phrase.n == 0)
		return ST_OK;
	buf_init(&composed, BUF_SMALL);
	st = utf8_nfc(phrase, &composed, err);
	if (st == ST_USAGE)
		st = err_set(err, st, "what to look for is not UTF-8");
	if (st == ST_OK)
		st = add_term(m, buf_view(&composed), err);
	buf_release(&composed);
	return st;
}

enum status match_words(struct match *m, struct span line, struct err *err)
{
	enum status st = ST_OK;

	line = span_trim(line);
	while (line.n > 0 && st == ST_OK) {
		size_t n = 0;

		if (line.p[0] == '"') {
			line = span_of(line.p + 1, line.n - 1);
			while (n < line.n && line.p[n] != '"')
				n++;
			if (n == line.n)
				return err_set(err, ST_USAGE,
					"the quote before \"%.*s\" is not "
					"closed",
					(int)(n > 60 ? 60 : n), line.p);
			st = match_phrase(m, span_of(line.p, n), err);
			n++;
		} else {
			while (n < line.n && line.p[n] != ' ' &&
				line.p[n] != '\t' && line.p[n] != '\n' &&
				line.p[n] != '"')
				n++;
			st = match_phrase(m, span_of(line.p, n), err);
		}
		line = span_trim(span_of(line.p + n, line.n - n));
	}
	return st;
}

/* Whether it is a mark that may follow a Latin letter. */
static bool is_mark(uint32_t cp)
{
	return cp >= 0x300 && cp <= 0x36f;
}

/* How many characters of the term, from the i-th on, the character cp of the
 * text stands for; 0: it is another one. */
static size_t takes(const struct match_term *t, size_t i, uint32_t cp)
{
	uint32_t low = fold(cp);
	char plain[2] = {'s', 's'};
	size_t n = low == SHARP_S ? 2 : 0;

	if (low == t->cp[i])
		return 1;
	if (n == 0 && t->plain && cp >= 0x80)
		n = utf8_plain(cp, plain);
	if (n == 0 || (uint32_t)plain[0] != t->cp[i])
		return 0;
	/* The term may end within what a character stands for. */
	if (n == 1 || i + 1 == t->n)
		return 1;
	return (uint32_t)plain[1] == t->cp[i + 1] ? 2 : 0;
}

/* Whether the term is at p[0], with *ret_n bytes. */
static bool is_here(
	const struct match_term *t, const char *p, size_t n, size_t *ret_n)
{
	size_t used = 0;
	size_t i = 0;

	while (used < n) {
		uint32_t cp;
		size_t len;
		size_t k;

		if (utf8_decode(p + used, n - used, &cp, &len) != UTF8_OK ||
			used + len > t->n * UTF8_MAX)
			break;
		if (t->plain && i > 0 && is_mark(cp)) {
			used += len;
			continue;
		}
		if (i == t->n)
			break;
		k = takes(t, i, cp);
		if (k == 0)
			return false;
		i += k;
		used += len;
	}
	*ret_n = used;
	return i == t->n;
}

static uint64_t load(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* A word whose bytes are zero where a place is worth a look. */
static uint64_t differ(const struct match_term *t, const char *p)
{
	return ((load(p + t->at[0]) | t->mask[0]) ^ t->want[0]) |
		((load(p + t->at[1]) | t->mask[1]) ^ t->want[1]);
}

/* Whether any byte of v is zero. */
static bool has_zero(uint64_t v)
{
	return ((v - EACH_BYTE) & ~v & HIGH_BITS) != 0;
}

/* The next place from i on where the anchors fit; n when there is none. n is
 * the number of places where the term could begin. */
static size_t next_ascii(
	const struct match_term *t, struct span text, size_t i, size_t n)
{
	size_t reach = (t->at[0] > t->at[1] ? t->at[0] : t->at[1]) + 8;

	while (i < n) {
		if (text.n - i >= reach + 8 &&
			!has_zero(differ(t, text.p + i)) &&
			!has_zero(differ(t, text.p + i + 8))) {
			i += 16;
			continue;
		}
		if (((uint8_t)text.p[i + t->at[0]] | (uint8_t)t->mask[0]) ==
				(uint8_t)t->want[0] &&
			((uint8_t)text.p[i + t->at[1]] | (uint8_t)t->mask[1]) ==
				(uint8_t)t->want[1])
			return i;
		i++;
	}
	return n;
}

static size_t next_bytes(
	const struct match_term *t, struct span text, size_t i, size_t n)
{
	for (; i < n; i++)
		if ((t->byte[(uint8_t)text.p[i]] & FIRST) &&
			(t->byte[(uint8_t)text.p[i + 1]] & SECOND))
			return i;
	return n;
}

/* The next place from i on where, by its first byte, a Latin letter with marks
 * or a mark may be: U+00C0 to 024F, 0300 to 036F, and what begins like 1E00. */
static size_t next_marked(struct span text, size_t i)
{
	for (;;) {
		uint8_t c;

		while (text.n - i >= 8 && (load(text.p + i) & HIGH_BITS) == 0)
			i += 8;
		if (i == text.n)
			return i;
		c = (uint8_t)text.p[i];
		if ((c >= 0xc3 && c <= 0xcd) || c == 0xe1)
			return i;
		i++;
	}
}

/* Whether the character at `at`, of *ret_len bytes, may be part of a place
 * where a term without marks is found. */
static bool is_marked(const struct match_term *t, struct span text, size_t at,
	size_t *ret_len)
{
	char plain[2];
	uint32_t cp;
	size_t i;

	(void)utf8_decode(text.p + at, text.n - at, &cp, ret_len);
	if (is_mark(cp))
		return true;
	if (utf8_plain(cp, plain) == 0)
		return false;
	for (i = 0; i < t->n; i++)
		if (t->cp[i] == (uint32_t)plain[0])
			return true;
	return false;
}

/*
 * A term of ASCII where some of it has marks in the text: the first place at or
 * behind `from` and before `to`. What stands before the first such character is
 * ASCII, so that the term begins at most its length before it.
 */
static bool find_marked(const struct match_term *t, struct span text,
	size_t from, size_t to, size_t *ret_at, size_t *ret_end)
{
	size_t high = from;

	while ((high = next_marked(text, high)) < text.n) {
		size_t at = high;
		size_t used;
		size_t len;

		if (high - from > t->n && high - t->n >= to)
			break;
		if (!is_marked(t, text, high, &len)) {
			high += len;
			continue;
		}
		while (at > from && high - at < t->n &&
			((uint8_t)text.p[at - 1] & 0x80) == 0)
			at--;
		for (; at <= high && at < to; at++)
			if (is_here(t, text.p + at, text.n - at, &used)) {
				*ret_at = at;
				*ret_end = at + used;
				return true;
			}
		high += len;
	}
	return false;
}

struct span match_text(const struct match *m, struct span text, struct buf *tmp)
{
	if (!m->wide || !utf8_may_compose(text))
		return text;
	buf_reset(tmp);
	return utf8_nfc(text, tmp, NULL) == ST_OK ? buf_view(tmp) : text;
}

bool match_find(const struct match *m, size_t i, struct span text, size_t from,
	size_t *ret_at, size_t *ret_end)
{
	const struct match_term *t = &m->term[i];
	/* Every character has at least one byte, the first one two unless it is
	 * ASCII. */
	size_t least = t->n_ascii > 0 ? t->n : t->n + 1;
	size_t n = text.n >= least ? text.n - least + 1 : 0;
	size_t at = from;
	size_t used = 0;

	for (;; at++) {
		at = t->n_ascii > 0 ? next_ascii(t, text, at, n)
				    : next_bytes(t, text, at, n);
		if (at >= n || is_here(t, text.p + at, text.n - at, &used))
			break;
	}
	if (at >= n)
		at = text.n;
	if (t->plain && from < at &&
		find_marked(t, text, from, at, ret_at, ret_end))
		return true;
	if (at == text.n)
		return false;
	*ret_at = at;
	*ret_end = at + used;
	return true;
}

bool match_all(const struct match *m, struct span text)
{
	size_t i;
	size_t at;
	size_t end;

	for (i = 0; i < m->n; i++)
		if (!match_find(m, i, text, 0, &at, &end))
			return false;
	return true;
}
