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
	/* The Kelvin sign is no k. */
	CHECK_INT(find("k", "\u212a"), -1);
	/* Composed before it is looked for. */
	CHECK_INT(find("e\u0301cole", "école"), 0);
	CHECK_INT(find("é", "\xc3"), -1);
	CHECK_INT(find("aé", "a\xc3"), -1);
}

/* Who leaves marks out finds them all, who writes them these. */
static void test_marks(void)
{
	CHECK_INT(find("muller", "Herr Müller"), 5);
	CHECK_INT(find("muller", "Herr MU\u0308LLER"), 5);
	CHECK_INT(find("müller", "Herr Muller"), -1);
	CHECK_INT(find("mullen", "Herr Müller"), -1);
	CHECK_INT(find("\"herr muller\"", "an Herr Müller"), 3);
	CHECK_INT(find("ecole", "L'École"), 2);
	CHECK_INT(find("lodz", "in Łódź"), 3);
	CHECK_INT(find("tromso", "Tromsø"), 0);
	CHECK_INT(find("aether", "Æther"), 0);
	CHECK_INT(find("istanbul", "İstanbul"), 0);
	CHECK_INT(find("\"tieng viet\"", "tiếng Việt"), 0);
	/* The sharp s, in any way it is written. */
	CHECK_INT(find("strasse", "Straße"), 0);
	CHECK_INT(find("straße", "STRASSE"), 0);
	CHECK_INT(find("größe", "GRÖSSE"), 0);
	CHECK_INT(find("größe", "die Größe"), 4);
	CHECK_INT(find("gros", "groß"), 0);
	CHECK_INT(find("ss", "ß"), 0);
	/* A mark alone is nothing, and other scripts keep theirs. */
	CHECK_INT(find("u", "\u0308"), -1);
	CHECK_INT(find("и", "й"), -1);
}

static void test_marked_end(void)
{
	static const struct {
		const char *words;
		const char *text;
		size_t at;
		size_t end;
	} rows[] = {
		{"cafe", "un cafe\u0301.", 3, 9},
		{"cafe", "un café.", 3, 8},
		{"gros", "groß", 0, 5},
		{"e", "abc é e", 4, 6},
		{"ab", "äb ab", 0, 3},
		{"ab", "ab äb", 0, 2},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct match m;
		size_t at = 0;
		size_t end = 0;

		match_init(&m);
		CHECK_INT(
			match_words(&m, span_str(rows[i].words), NULL), ST_OK);
		CHECK(match_find(&m, 0, span_str(rows[i].text), 0, &at, &end));
		CHECK_INT(at, rows[i].at);
		CHECK_INT(end, rows[i].end);
		match_release(&m);
	}
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

/* A text as what it is compared by. */
struct folded {
	uint32_t cp[256];
	size_t at[256]; /* where that stands in the text */
	size_t n;
};

static void fold_text(struct folded *f, struct span text, bool plain)
{
	static const struct {
		uint32_t cp;
		const char *plain;
	} marked[] = {{0xe9, "e"}, {0xc9, "e"}, {0xf8, "o"}, {0xe6, "ae"},
		{0x301, ""}};
	const char *s;
	size_t at;
	size_t i;
	size_t len;

	f->n = 0;
	for (at = 0; at < text.n; at += len) {
		uint32_t cp;

		s = NULL;
		if (utf8_decode(text.p + at, text.n - at, &cp, &len) != UTF8_OK)
			cp = UINT32_MAX;
		for (i = 0; plain && i < 5; i++)
			if (cp == marked[i].cp)
				s = marked[i].plain;
		if (cp == 0xdf)
			s = "ss";
		if (cp == 0xc9)
			cp = 0xe9;
		if (cp == 0x3a3 || cp == 0x3c2)
			cp = 0x3c3;
		if (cp >= 'A' && cp <= 'Z')
			cp += 32;
		for (i = 0; s == NULL ? i < 1 : s[i] != '\0'; i++) {
			f->cp[f->n] = s == NULL ? cp : (uint32_t)s[i];
			f->at[f->n++] = i == 0 ? at : SIZE_MAX;
		}
	}
}

/* The same answer as looking at every place. */
static bool slow(const struct match_term *t, struct span text, size_t *ret_at)
{
	struct folded f;
	size_t i;
	size_t k;

	fold_text(&f, text, t->plain);
	for (i = 0; i < f.n; i++) {
		for (k = 0; k < t->n && i + k < f.n; k++)
			if (f.cp[i + k] != t->cp[k])
				break;
		if (k < t->n || f.at[i] == SIZE_MAX)
			continue;
		*ret_at = f.at[i];
		return true;
	}
	return false;
}

static void test_every_place(void)
{
	static const char *const parts[] = {"a", "B", "b", "ab", " ", "é", "É",
		"\xc3", "ς", "Σ", "川", "z", "ZQ", "\n", "ß", "s", "e", "ø",
		"æ", "\u0301"};
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
			buf_str(&text, parts[(seed >> 16) % 20]);
		}
		for (k = 0; k < 1 + round % 4; k++) {
			seed = seed * 1664525u + 1013904223u;
			buf_str(&term, parts[(seed >> 16) % 20]);
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
	RUN(test_marks);
	RUN(test_marked_end);
	RUN(test_composed);
	RUN(test_may_compose);
	RUN(test_terms);
	RUN(test_every_place);
	return REPORT();
}
