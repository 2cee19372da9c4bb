#include "serve/rank.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/vec.h"

#define BM25_K1 1.2
#define BM25_B 0.75

enum { WEIGHT_BODY = 1, WEIGHT_KEYWORD = 3, WEIGHT_TITLE = 4 };

#define NONE UINT32_MAX

/* How often a term stands in a section, by weight. */
struct posting {
	uint32_t section;
	uint32_t weight;
	bool titled;
};

struct term {
	char *word;
	uint32_t same; /* the term it is a synonym of, or NONE */
	struct posting *postings;
	size_t n;
	size_t cap;
};

struct rank {
	struct term *terms;
	size_t n_terms;
	size_t cap_terms;
	uint32_t *slots; /* open addressing; NONE is free; a power of two */
	size_t n_slots;
	size_t n_synonyms;
	uint32_t *lengths; /* of the sections, by weight */
	size_t n_sections;
	size_t cap_sections;
	double total; /* of the lengths */
};

struct rank *rank_new(void)
{
	return calloc(1, sizeof(struct rank));
}

void rank_free(struct rank *r)
{
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->n_terms; i++) {
		free(r->terms[i].word);
		free(r->terms[i].postings);
	}
	free(r->terms);
	free(r->slots);
	free(r->lengths);
	free(r);
}

/* Sorted: words that say nothing about what is asked. */
static const char *const stop_words[] = {"a", "about", "am", "an", "and", "any",
	"are", "as", "at", "be", "been", "being", "but", "by", "can", "could",
	"der", "die", "did", "das", "do", "does", "doing", "ein", "eine", "for",
	"from", "get", "give", "had", "has", "have", "here", "how", "i", "ich",
	"if", "in", "into", "is", "it", "its", "just", "kann", "let", "like",
	"may", "me", "mean", "means", "might", "mit", "my", "need", "no", "not",
	"of", "on", "or", "please", "shall", "should", "so", "some",
	"something", "tell", "than", "that", "the", "their", "them", "then",
	"there", "these", "they", "thing", "this", "those", "to", "und", "use",
	"used", "using", "von", "want", "was", "we", "were", "what", "when",
	"which", "who", "why", "wie", "will", "with", "work", "works", "would",
	"you", "your", "zu"};

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

/* Cuts the word in place. Crude on purpose: it need not be English, only the
 * same for the forms of one word. */
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

typedef bool word_fn(const char *word, void *payload);

/* Room for one more character behind RANK_WORD_MAX, and a NUL. */
struct word {
	char p[RANK_WORD_MAX + UTF8_MAX + 1];
	size_t n;
};

static void word_add(struct word *w, struct span s)
{
	if (w->n + s.n <= RANK_WORD_MAX) {
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
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '_';
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

/* An option, command or mention that begins at s.p[at], as it stands. */
static bool sigil_word(struct span s, size_t at, word_fn *fn, void *payload)
{
	char lower[RANK_WORD_MAX + 1];
	size_t start = at;
	size_t n = 0;

	if (!sigil_begins(s, at))
		return true;
	for (; at < s.n && n < RANK_WORD_MAX; at++) {
		char c = s.p[at];

		if (!is_ascii_word(c) && !is_sigil(c))
			break;
		/* "/a/b" is a path and no command. */
		if (c == '/' && at > start)
			return true;
		lower[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	lower[n] = '\0';
	return fn(lower, payload);
}

/* Calls fn for each word of s until it returns false. */
static bool each_word(struct span s, word_fn *fn, void *payload)
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

/* FNV-1a. The words come from our own files and one question at a time. */
static size_t hash(const char *word)
{
	uint64_t h = 14695981039346656037u;

	for (; *word != '\0'; word++)
		h = (h ^ (uint8_t)*word) * 1099511628211u;
	return (size_t)(h ^ (h >> 32));
}

static uint32_t *find_slot(const struct rank *r, const char *word)
{
	size_t at = hash(word) & (r->n_slots - 1);

	while (r->slots[at] != NONE &&
		strcmp(r->terms[r->slots[at]].word, word) != 0)
		at = (at + 1) & (r->n_slots - 1);
	return &r->slots[at];
}

static uint32_t find_term(const struct rank *r, const char *word)
{
	uint32_t term = r->n_slots > 0 ? *find_slot(r, word) : NONE;

	if (term != NONE && r->terms[term].same != NONE)
		term = r->terms[term].same;
	return term;
}

static bool grow_slots(struct rank *r)
{
	size_t n = r->n_slots > 0 ? 2 * r->n_slots : 1024;
	uint32_t *slots = malloc(n * sizeof(*slots));
	size_t i;

	if (slots == NULL)
		return false;
	memset(slots, 0xff, n * sizeof(*slots));
	free(r->slots);
	r->slots = slots;
	r->n_slots = n;
	for (i = 0; i < r->n_terms; i++)
		*find_slot(r, r->terms[i].word) = (uint32_t)i;
	return true;
}

/* The term of that very word, made if need be; NONE without memory. */
static uint32_t make_term(struct rank *r, const char *word)
{
	uint32_t *slot;
	struct term *t;

	if (2 * r->n_terms >= r->n_slots && !grow_slots(r))
		return NONE;
	slot = find_slot(r, word);
	if (*slot != NONE)
		return *slot;
	if (!vec_grow(&r->terms, &r->cap_terms, r->n_terms + 1,
		    sizeof(*r->terms), RANK_TERMS_MAX))
		return NONE;
	t = &r->terms[r->n_terms];
	t->word = str_dup(word);
	if (t->word == NULL)
		return NONE;
	t->same = NONE;
	*slot = (uint32_t)r->n_terms++;
	return *slot;
}

struct grouping {
	struct rank *r;
	uint32_t first; /* of the present group, or NONE */
	bool bad;
};

static bool join_group(const char *word, void *payload)
{
	struct grouping *g = payload;
	size_t before = g->r->n_terms;
	uint32_t term = make_term(g->r, word);

	if (term == NONE || g->r->n_synonyms >= RANK_SYNONYMS_MAX) {
		g->bad = true;
		return false;
	}
	if (term < before) /* in an earlier group */
		return true;
	g->r->n_synonyms++;
	if (g->first == NONE)
		g->first = term;
	else
		g->r->terms[term].same = g->first;
	return true;
}

enum status rank_synonyms(struct rank *r, struct span text, struct err *err)
{
	while (text.n > 0) {
		struct span line = span_cut(&text, '\n');
		struct grouping g = {.r = r, .first = NONE};

		(void)each_word(span_cut(&line, '#'), join_group, &g);
		if (g.bad)
			return err_set(err, ST_FAIL, "too many synonyms");
	}
	return ST_OK;
}

struct adding {
	struct rank *r;
	uint32_t section;
	uint32_t weight;
	bool bad;
};

static bool add_word(const char *word, void *payload)
{
	struct adding *a = payload;
	uint32_t term = find_term(a->r, word);
	struct posting *last;
	struct term *t;

	if (term == NONE)
		term = make_term(a->r, word);
	if (term == NONE) {
		a->bad = true;
		return false;
	}
	t = &a->r->terms[term];
	last = t->n > 0 ? &t->postings[t->n - 1] : NULL;
	if (last == NULL || last->section != a->section) {
		if (!vec_grow(&t->postings, &t->cap, t->n + 1,
			    sizeof(*t->postings), RANK_SECTIONS_MAX)) {
			a->bad = true;
			return false;
		}
		last = &t->postings[t->n++];
		*last = (struct posting){.section = a->section};
	}
	last->weight += a->weight;
	last->titled = last->titled || a->weight > WEIGHT_BODY;
	a->r->lengths[a->section] += a->weight;
	return true;
}

enum status rank_add(struct rank *r, struct span title, struct span keywords,
	struct span body, struct err *err)
{
	struct adding a = {.r = r, .section = (uint32_t)r->n_sections};

	if (!vec_grow(&r->lengths, &r->cap_sections, r->n_sections + 1,
		    sizeof(*r->lengths), RANK_SECTIONS_MAX))
		return err_set(err, ST_FAIL, "too many sections to rank");
	r->lengths[r->n_sections++] = 0;
	a.weight = WEIGHT_TITLE;
	(void)each_word(title, add_word, &a);
	a.weight = WEIGHT_KEYWORD;
	(void)each_word(keywords, add_word, &a);
	a.weight = WEIGHT_BODY;
	(void)each_word(body, add_word, &a);
	r->total += r->lengths[a.section];
	return a.bad ? err_set(err, ST_NOMEM, "out of memory") : ST_OK;
}

/* The different terms of a question; the unknown ones are only counted. */
struct question {
	const struct rank *r;
	uint32_t terms[RANK_QUESTION_MAX];
	size_t n;
	size_t unknown;
};

static bool ask_word(const char *word, void *payload)
{
	struct question *q = payload;
	uint32_t term = find_term(q->r, word);
	size_t i;

	if (term == NONE || q->r->terms[term].n == 0) {
		/* "-c" beside "c": only what reads as a word can be missed. */
		q->unknown += !is_sigil(word[0]);
		return true;
	}
	for (i = 0; i < q->n; i++)
		if (q->terms[i] == term)
			return true;
	q->terms[q->n++] = term;
	return q->n < RANK_QUESTION_MAX;
}

static double idf(const struct rank *r, size_t found_in)
{
	double n = (double)found_in;

	return log1p(((double)r->n_sections - n + 0.5) / (n + 0.5));
}

static void score_term(
	const struct rank *r, const struct term *t, struct rank_hit *all)
{
	double mean = r->total / (double)r->n_sections;
	double weight = idf(r, t->n);
	size_t i;

	for (i = 0; i < t->n; i++) {
		const struct posting *p = &t->postings[i];
		struct rank_hit *hit = &all[p->section];
		double tf = p->weight;
		double length = r->lengths[p->section] / mean;

		hit->score += weight * tf * (BM25_K1 + 1.0) /
			(tf + BM25_K1 * (1.0 - BM25_B + BM25_B * length));
		hit->cover += weight;
		hit->titled = hit->titled || p->titled;
	}
}

static int cmp_hit(const void *a, const void *b)
{
	const struct rank_hit *x = a;
	const struct rank_hit *y = b;

	if (x->score > y->score)
		return -1;
	if (x->score < y->score)
		return 1;
	return (x->section > y->section) - (x->section < y->section);
}

enum status rank_find(const struct rank *r, struct span question,
	struct rank_hit *hits, size_t max, size_t *ret_n, struct err *err)
{
	struct question q = {.r = r};
	struct rank_hit *all;
	double whole;
	size_t n = 0;
	size_t i;

	(void)each_word(question, ask_word, &q);
	if (q.n == 0) {
		*ret_n = 0;
		return ST_OK;
	}
	all = calloc(r->n_sections, sizeof(*all));
	if (all == NULL)
		return err_nomem(err);
	whole = (double)q.unknown * idf(r, 0);
	for (i = 0; i < q.n; i++) {
		const struct term *t = &r->terms[q.terms[i]];

		whole += idf(r, t->n);
		score_term(r, t, all);
	}
	for (i = 0; i < r->n_sections; i++) {
		all[i].section = i;
		all[i].cover /= whole;
	}
	qsort(all, r->n_sections, sizeof(*all), cmp_hit);
	while (n < max && n < r->n_sections && all[n].score > 0.0) {
		hits[n] = all[n];
		n++;
	}
	*ret_n = n;
	free(all);
	return ST_OK;
}
