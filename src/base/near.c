#include "base/near.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

struct word {
	uint32_t cp[NEAR_LEN_MAX];
	size_t n;
};

/* Sets the word to the code points in lower case; false when there are too
 * many. */
static bool word_set(struct word *w, struct span s)
{
	size_t i = 0;

	w->n = 0;
	while (i < s.n) {
		uint32_t cp;
		size_t len;

		if (w->n == NEAR_LEN_MAX)
			return false;
		(void)utf8_decode(s.p + i, s.n - i, &cp, &len);
		w->cp[w->n++] = utf8_lower(cp);
		i += len;
	}
	return true;
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Needs three rows of the matrix: a swap looks two rows back. */
static size_t word_distance(const struct word *a, const struct word *b)
{
	size_t rows[3][NEAR_LEN_MAX + 1];
	size_t *before = rows[0];
	size_t *above = rows[1];
	size_t *row = rows[2];
	size_t i;
	size_t j;

	for (j = 0; j <= b->n; j++)
		above[j] = before[j] = j;
	for (i = 1; i <= a->n; i++) {
		size_t *spare = before;

		row[0] = i;
		for (j = 1; j <= b->n; j++) {
			size_t differs = a->cp[i - 1] != b->cp[j - 1];

			row[j] = min3(above[j] + 1, row[j - 1] + 1,
				above[j - 1] + differs);
			if (i > 1 && j > 1 && a->cp[i - 1] == b->cp[j - 2] &&
				a->cp[i - 2] == b->cp[j - 1] &&
				before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		before = above;
		above = row;
		row = spare;
	}
	return above[b->n];
}

static bool begins(const struct word *w, const struct word *name)
{
	return w->n >= 2 && w->n < name->n &&
		memcmp(w->cp, name->cp, w->n * sizeof(w->cp[0])) == 0;
}

/* The largest distance at which a name is still close. */
static size_t limit_of(size_t len)
{
	size_t limit = len / 3;

	if (len < 2)
		return 0;
	return limit < 1 ? 1 : limit > 3 ? 3 : limit;
}

void near_init(struct near *n, struct span word)
{
	n->word = word;
	n->best = span_str(NULL);
	n->distance = SIZE_MAX;
}

void near_offer(struct near *n, struct span name)
{
	struct word w;
	struct word x;
	size_t d;

	if (!word_set(&w, n->word) || !word_set(&x, name) || w.n == 0)
		return;
	d = word_distance(&w, &x);
	if (d > 1 && begins(&w, &x))
		d = 1;
	if (d > limit_of(w.n) || d >= n->distance)
		return;
	n->distance = d;
	n->best = name;
}

struct span near_best(const struct near *n)
{
	return n->best;
}

const char *near_name(struct span word, const char *const *names, size_t n)
{
	struct near near;
	size_t i;

	near_init(&near, word);
	for (i = 0; i < n; i++)
		near_offer(&near, span_str(names[i]));
	return near_best(&near).p;
}
