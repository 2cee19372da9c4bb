/*
 * Ranks sections of a text by how well they answer a question: BM25 over words.
 *
 * Words are those of serve/words, each replaced by the first of its synonym
 * group. Words of a title or of the keywords weigh more than the body's.
 * Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25
 * and Beyond" (2009), with k1 = 1.2 and b = 0.75.
 *
 * Pure; a rank that no longer changes may be asked by several threads.
 */
#ifndef ATL_SERVE_RANK_H
#define ATL_SERVE_RANK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define RANK_SECTIONS_MAX ((size_t)16 * 1024)
#define RANK_TERMS_MAX ((size_t)256 * 1024)
#define RANK_SYNONYMS_MAX ((size_t)4096) /* words in all groups */
#define RANK_QUESTION_MAX 64 /* distinct words of a question that count */

struct rank;

struct rank *rank_new(void);
void rank_free(struct rank *r);

/*
 * Reads groups of words that mean the same: one group a line, words separated
 * by blanks; # starts a comment. A word in two groups stays in the first. Call
 * it before the first rank_add().
 */
enum status rank_synonyms(struct rank *r, struct span text, struct err *err);
/* Adds the next section; the first has number 0. The texts are not kept. */
enum status rank_add(struct rank *r, struct span title, struct span keywords,
	struct span body, struct err *err);

struct rank_hit {
	size_t section;
	double score;
	double cover; /* share of the question's weight that it covers */
	bool titled; /* a word of the question is in its title or keywords */
};

/*
 * Finds the best sections, best first; equal scores stay in the order of
 * adding. *ret_n of the `max` rows are filled: none when no word of the
 * question is known.
 */
enum status rank_find(const struct rank *r, struct span question,
	struct rank_hit *hits, size_t max, size_t *ret_n, struct err *err);

#endif
