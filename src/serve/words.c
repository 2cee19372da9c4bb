#include "serve/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"

/* Sorted by bytes: words that say nothing about what is asked, in English and
 * in German. */
static const char *const stop_words[] = {"a", "aber", "about", "alle", "allem",
	"allen", "alles", "als", "am", "an", "and", "any", "are", "as", "at",
	"auch", "auf", "aus", "be", "been", "bei", "beim", "being", "benutze",
	"benutzen", "bin", "bitte", "but", "by", "can", "could", "da", "damit",
	"dann", "das", "dass", "dein", "deine", "dem", "den", "der", "des",
	"dich", "did", "die", "diese", "dieser", "dieses", "dir", "do", "does",
	"doing", "du", "ein", "eine", "einem", "einen", "einer", "eines", "er",
	"es", "etwas", "for", "from", "für", "geht", "get", "gibt", "give",
	"habe", "haben", "had", "has", "hat", "have", "here", "how", "i", "ich",
	"if", "ihm", "ihn", "im", "in", "into", "is", "ist", "it", "its", "ja",
	"just", "kann", "kannst", "können", "let", "letzte", "letzten", "like",
	"mache", "machen", "may", "me", "mean", "means", "mein", "meine",
	"meinem", "meinen", "meiner", "mich", "might", "mir", "mit", "muss",
	"my", "möchte", "nach", "need", "nehme", "no", "noch", "not", "nur",
	"ob", "oder", "of", "on", "or", "please", "schalte", "sein", "shall",
	"should", "sich", "sie", "sind", "so", "soll", "sollte", "some",
	"something", "stelle", "tell", "than", "that", "the", "their", "them",
	"then", "there", "these", "they", "thing", "this", "those", "to", "tun",
	"um", "und", "uns", "unter", "use", "used", "using", "verwende",
	"verwenden", "viel", "vom", "von", "vor", "wann", "want", "warum",
	"was", "we", "welche", "welcher", "welches", "wenn", "wer", "werden",
	"were", "what", "when", "which", "who", "why", "wie", "wieder", "will",
	"wird", "with", "work", "works", "would", "you", "your", "zu", "zum",
	"zur"};

static int cmp_word(const void *a, const void *b)
{
	return strcmp(a, *(const char *const *)b);
}

static bool is_stop(const char *word)
{
	size_t n = sizeof(stop_words) / sizeof(stop_words[0]);

	return bsearch(word, stop_words, n, sizeof(stop_words[0]), cmp_word) !=
		NULL;
}

static bool ends(const char *w, size_t n, const char *tail, size_t at_least)
{
	size_t k = strlen(tail);

	return n >= at_least && n > k && memcmp(w + n - k, tail, k) == 0;
}

static size_t undouble(const char *w, size_t n)
{
	char c = w[n - 1];

	if (n > 3 && c == w[n - 2] && c != 'l' && c != 's' && c != 'z')
		return n - 1;
	return n;
}

/* Cuts the word to a stem, in place. Crude on purpose: the stem need not be
 * English, only the same for all forms of a word. */
static void stem(char *w)
{
	size_t n = strlen(w);

	if (ends(w, n, "ies", 5)) {
		n -= 2;
		w[n - 1] = 'y';
	} else if (ends(w, n, "s", 4) && strchr("sui", w[n - 2]) == NULL) {
		n--;
	}
	if (ends(w, n, "ing", 6))
		n = undouble(w, n - 3);
	else if (ends(w, n, "ed", 5))
		n = undouble(w, n - 2);
	else if (ends(w, n, "ation", 8))
		n -= 5;
	else if (ends(w, n, "ion", 6))
		n -= 3;
	else if (ends(w, n, "ly", 6))
		n -= 2;
	if (ends(w, n, "e", 4))
		n--;
	w[n] = '\0';
}

/* Room for one more character behind WORDS_LEN_MAX, and a NUL. */
struct word {
	char p[WORDS_LEN_MAX + UTF8_MAX + 1];
	size_t n;
};

static void word_add(struct word *w, struct span s)
{
	if (w->n + s.n <= WORDS_LEN_MAX) {
		memcpy(w->p + w->n, s.p, s.n);
		w->n += s.n;
	}
	w->p[w->n] = '\0';
}

static bool word_end(struct word *w, word_fn *fn, void *payload)
{
	bool single = w->n == 1 && (w->p[0] < '0' || w->p[0] > '9');
	bool go_on = true;

	if (w->n > 0 && !single && !is_stop(w->p)) {
		stem(w->p);
		go_on = fn(w->p, payload);
	}
	w->n = 0;
	return go_on;
}

static bool is_ascii_word(char c)
{
	return ascii_is_alnum(c) || c == '_';
}

static bool is_sigil(char c)
{
	return c == '-' || c == '/' || c == '@';
}

/* Whether one or two sigils at s.p[at] begin a word. */
static bool sigil_begins(struct span s, size_t at)
{
	size_t end = at;

	if (at > 0 && (is_ascii_word(s.p[at - 1]) || is_sigil(s.p[at - 1])))
		return false;
	while (end < s.n && end - at < 2 && is_sigil(s.p[end]))
		end++;
	return end < s.n && is_ascii_word(s.p[end]);
}

/* Gives an option, command or mention that begins at s.p[at] as it stands. */
static bool sigil_word(struct span s, size_t at, word_fn *fn, void *payload)
{
	char lower[WORDS_LEN_MAX + 1];
	size_t start = at;
	size_t n = 0;

	if (!sigil_begins(s, at))
		return true;
	for (; at < s.n && n < WORDS_LEN_MAX; at++) {
		char c = s.p[at];

		if (!is_ascii_word(c) && !is_sigil(c))
			break;
		/* "/a/b" is a path, not a command. */
		if (c == '/' && at > start)
			return true;
		lower[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	lower[n] = '\0';
	return fn(lower, payload);
}

bool words_each(struct span s, word_fn *fn, void *payload)
{
	struct word w = {.n = 0};
	struct buf one;
	bool go_on = true;
	size_t at = 0;

	buf_init(&one, 4 * UTF8_MAX);
	while (go_on && at < s.n) {
		uint32_t cp;
		size_t len;

		if (is_sigil(s.p[at]))
			go_on = sigil_word(s, at, fn, payload);
		(void)utf8_decode(s.p + at, s.n - at, &cp, &len);
		if (cp == '_' || utf8_is_letter(cp) || utf8_is_digit(cp)) {
			buf_reset(&one);
			utf8_put(&one, utf8_lower(cp));
			word_add(&w, buf_view(&one));
		} else if (go_on) {
			go_on = word_end(&w, fn, payload);
		}
		at += len;
	}
	buf_release(&one);
	return go_on && word_end(&w, fn, payload);
}
