#include "text/match.h"

#include <string.h>

#include "base/utf8.h"
#include "unit/check.h"

/* Where the only term is found; -1 when it is not. */
static int find(const char *words, const char *text)
{
	struct match m;
	size_t at = 0;
	size_t end = 0;
	int found = -1;

	match_init(&m);
	CHECK_INT(match_words(&m, span_str(words), NULL), ST_OK);
	CHECK_INT(m.n, 1);
	if (m.n == 1 && match_find(&m, 0, span_str(text), 0, &at, &end))
		found = (int)at;
	match_release(&m);
	return found;
}

static bool all(const char *words, const char *text)
{
	struct match m;
	bool found;

	match_init(&m);
	CHECK_INT(match_words(&m, span_str(words), NULL), ST_OK);
	found = match_all(&m, span_str(text));
	match_release(&m);
	return found;
}

static void test_ascii(void)
{
	CHECK_INT(find("river", "the River Amazon"), 4);
	CHECK_INT(find("RIVER", "rivers"), 0);
	CHECK_INT(find("a", "bcA"), 2);
	CHECK_INT(find("a", "bc"), -1);
	CHECK_INT(find("river", "rive"), -1);
	CHECK_INT(find("river", ""), -1);
	CHECK_INT(find("x=1", "if X=1 then"), 3);
	/* A letter's bit must not make a sign of another. */
	CHECK_INT(find("@", "`"), -1);
	CHECK_INT(find("[", "{"), -1);
	CHECK_INT(find("zebra",
			  "a long text in which there is no such animal "
			  "until the very last word, which is Zebra"),
		80);
}

static void test_cases(void)
{
	CHECK_INT(find("école", "L'ÉCOLE"), 2);
	CHECK_INT(find("ÉCOLE", "une école"), 4);
	CHECK_INT(find("москва", "в МОСКВЕ и Москва"), 19);
	CHECK_INT(find("ΟΔΟΣ", "οδος"), 0);
	CHECK_INT(find("straße", "STRAẞE"), 0);
	CHECK_INT(find("川", "長い川"), 6);
	/* The Kelvin sign is no k, the dotted capital no i. */
	CHECK_INT(find("k", "\u212a"), -1);
	CHECK_INT(find("i", "\u0130"), -1);
	/* Composed before it is looked for. */
	CHECK_INT(find("e\u0301cole", "école"), 0);
	CHECK_INT(find("é", "\xc3"), -1);
	CHECK_INT(find("aé", "a\xc3"), -1);
}

/* Whether `words` are found in the text as match_text() gives it. */
static bool in_any_form(const char *words, const char *text)
{
	struct match m;
	struct buf tmp;
	bool found;

	match_init(&m);
	buf_init(&tmp, BUF_SMALL);
	CHECK_INT(match_words(&m, span_str(words), NULL), ST_OK);
	found = match_all(&m, match_text(&m, span_str(text), &tmp));
	match_release(&m);
	buf_release(&tmp);
	return found;
}

static void test_composed(void)
{
	CHECK(in_any_form("école", "une e\u0301cole"));
	CHECK(in_any_form("e\u0301cole", "une e\u0301cole"));
	CHECK(in_any_form("ệ", "e\u0302\u0323"));
	CHECK(in_any_form("한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"));
	CHECK(in_any_form("が", "か\u3099"));
	CHECK(in_any_form("й", "и\u0306"));
	CHECK(in_any_form("Ångström", "\u212bngstro\u0308m"));
	CHECK(!in_any_form("école", "ecole"));
	/* What cannot be composed is taken as it is. */
	CHECK(in_any_form("é", "\xff é e\u0301"));
	CHECK(!in_any_form("é", "\xff e\u0301"));
	/* Nothing is copied without need. */
	CHECK(!utf8_may_compose(
		span_str("plain, école, Москва, 日本語, 한글")));
	CHECK(!utf8_may_compose(span_str("\U0001f600 — “quotes” й ệ")));
	CHECK(utf8_may_compose(span_str("e\u0301")));
	CHECK(utf8_may_compose(span_str("\u2126")));
}

/* "No" is never wrong: of any two characters, and of the three of Hangul. */
static void test_may_compose(void)
{
	static const uint32_t others[] = {'a', 0x304b, 0x1100};
	size_t wrong = 0;
	uint32_t cp;
	size_t i;

	for (cp = 1; cp < 0x30000; cp++) {
		for (i = 0; i < (cp < 0x3400 ? 3 : 1); i++) {
			struct buf text;
			struct buf composed;

			if (cp >= 0xd800 && cp < 0xe000)
				continue;
			buf_init(&text, BUF_SMALL);
			buf_init(&composed, BUF_SMALL);
			utf8_put(&text, others[i]);
			utf8_put(&text, cp);
			if (!utf8_may_compose(buf_view(&text)) &&
				utf8_nfc(buf_view(&text), &composed, NULL) ==
					ST_OK &&
				!span_eq(buf_view(&text), buf_view(&composed)))
				wrong++;
			buf_release(&text);
			buf_release(&composed);
		}
	}
	CHECK_INT(wrong, 0);
}

static void test_terms(void)
{
	struct match m;
	struct err err;
	struct buf long_text;
	int i;

	CHECK(all("peru river", "A River in Peru"));
	CHECK(!all("peru lake", "A River in Peru"));
	CHECK(all("\"river in\" peru", "A River in Peru"));
	CHECK(!all("\"in river\"", "A River in Peru"));
	CHECK(all("a\"b c\"d", "ad b c"));
	CHECK(all("", "anything"));
	match_init(&m);
	CHECK_INT(match_words(&m, span_str("\"open"), &err), ST_USAGE);
	CHECK_INT(match_words(&m, span_str("\xff"), &err), ST_USAGE);
	match_release(&m);
	match_init(&m);
	for (i = 0; i < MATCH_TERMS_MAX; i++)
		CHECK_INT(match_phrase(&m, span_str("x y"), &err), ST_OK);
	CHECK_INT(match_phrase(&m, span_str("z"), &err), ST_USAGE);
	match_release(&m);
	match_init(&m);
	buf_init(&long_text, BUF_SMALL);
	for (i = 0; i < MATCH_TERM_MAX; i++)
		buf_str(&long_text, "é");
	CHECK_INT(match_phrase(&m, buf_view(&long_text), &err), ST_OK);
	buf_char(&long_text, 'x');
	CHECK_INT(match_phrase(&m, buf_view(&long_text), &err), ST_USAGE);
	buf_release(&long_text);
	match_release(&m);
}

/* The same answer as looking at every place. */
static bool slow(const struct match_term *t, struct span text, size_t *ret_at)
{
	size_t i;

	for (i = 0; i < text.n; i++) {
		size_t at = i;
		size_t k;

		for (k = 0; k < t->n && at < text.n; k++) {
			uint32_t cp;
			size_t len;

			if (utf8_decode(text.p + at, text.n - at, &cp, &len) !=
				UTF8_OK)
				break;
			if (cp == 0x3c2)
				cp = 0x3c3;
			if (cp < 0x80 || utf8_lower(cp) >= 0x80)
				cp = utf8_lower(cp);
			if (cp == 0x3c2)
				cp = 0x3c3;
			if (cp != t->cp[k])
				break;
			at += len;
		}
		if (k == t->n) {
			*ret_at = i;
			return true;
		}
	}
	return false;
}

static void test_every_place(void)
{
	static const char *const parts[] = {"a", "B", "b", "ab", " ", "é", "É",
		"\xc3", "ς", "Σ", "川", "z", "ZQ", "\n", "ß"};
	uint32_t seed = 7;
	int round;

	for (round = 0; round < 20000; round++) {
		struct match m;
		struct buf text;
		struct buf term;
		size_t at = 0;
		size_t end = 0;
		size_t want = 0;
		int k;

		buf_init(&text, BUF_SMALL);
		buf_init(&term, BUF_SMALL);
		for (k = 0; k < 24; k++) {
			seed = seed * 1664525u + 1013904223u;
			buf_str(&text, parts[(seed >> 16) % 15]);
		}
		for (k = 0; k < 1 + round % 4; k++) {
			seed = seed * 1664525u + 1013904223u;
			buf_str(&term, parts[(seed >> 16) % 15]);
		}
		match_init(&m);
		if (match_phrase(&m, buf_view(&term), NULL) == ST_OK &&
			m.n == 1) {
			bool found = slow(&m.term[0], buf_view(&text), &want);

			CHECK_INT(match_find(
					  &m, 0, buf_view(&text), 0, &at, &end),
				found);
			CHECK_INT(at, want);
		}
		match_release(&m);
		buf_release(&text);
		buf_release(&term);
	}
}

int main(void)
{
	RUN(test_ascii);
	RUN(test_cases);
	RUN(test_composed);
	RUN(test_may_compose);
	RUN(test_terms);
	RUN(test_every_place);
	return REPORT();
}
