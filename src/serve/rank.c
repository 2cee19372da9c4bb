#include "serve/rank.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "serve/words.h"

#define BM25_K1 1.2
#define BM25_B 0.75

enum { WEIGHT_BODY = 1, WEIGHT_KEYWORD = 3, WEIGHT_TITLE = 4 };

#define NONE UINT32_MAX

/* How often a term occurs in a section, weighted. */
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
	uint32_t *lengths; /* weighted lengths of the sections */
	size_t n_sections;
	size_t cap_sections;
	double total; /* sum of the lengths */
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

/* The term of exactly that word, made if need be; NONE without memory. */
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

		(void)words_each(span_cut(&line, '#'), join_group, &g);
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
	(void)words_each(title, add_word, &a);
	a.weight = WEIGHT_KEYWORD;
	(void)words_each(keywords, add_word, &a);
	a.weight = WEIGHT_BODY;
	(void)words_each(body, add_word, &a);
	r->total += r->lengths[a.section];
	return a.bad ? err_set(err, ST_NOMEM, "out of memory") : ST_OK;
}

/* The distinct terms of a question; unknown ones are only counted. */
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
		/* "-c" comes beside "c": only plain words count as unknown. */
		q->unknown += strchr("-/@", word[0]) == NULL;
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

	(void)words_each(question, ask_word, &q);
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
