/*
 * The nearest name: "did you mean ...?".
 *
 * Distance is the number of insertions, deletions, replacements and swaps of
 * neighbours (Damerau-Levenshtein, optimal string alignment) between code
 * points, without regard to case. A name is close when the distance is at most
 * a third of the word's length (at least 1, at most 3) and less than its
 * length; a name that the word (two letters or more) begins counts as one step
 * away. Pure; fit for threads.
 */
#ifndef ATL_BASE_NEAR_H
#define ATL_BASE_NEAR_H

#include <stddef.h>

#include "base/buf.h"

/* Code points of a word; a longer one is near to nothing. */
#define NEAR_LEN_MAX 48

struct near {
	struct span word; /* borrowed while the struct is used */
	struct span best; /* borrowed from the caller of near_offer() */
	size_t distance; /* of best; above the limit when there is none */
};

void near_init(struct near *n, struct span word);
/* Among equally near names the first offered stays. */
void near_offer(struct near *n, struct span name);
/* The nearest name; p is NULL when none is close. */
struct span near_best(const struct near *n);

/* The same over an array of `n` strings. NULL when nothing is close. */
const char *near_name(struct span word, const char *const *names, size_t n);

#endif
