#include "tty/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "tty/draft.h"
#include "tty/edit.h"

void edit_offer(struct edit_words *w, struct span word)
{
	char *copy;

	if (word.n == 0 || w->n >= EDIT_WORDS_MAX ||
		memchr(word.p, '\n', word.n) != NULL ||
		memchr(word.p, '\t', word.n) != NULL || !draft_clean(word))
		return;
	if (!vec_grow(&w->words, &w->cap, w->n + 1, sizeof(*w->words),
		    EDIT_WORDS_MAX))
		return;
	copy = mem_dup(word.p, word.n);
	if (copy != NULL)
		w->words[w->n++] = copy;
}

void edit_append(struct edit_words *w, char c)
{
	w->append = c;
}

void words_prefix(struct edit_words *w, struct span before)
{
	size_t kept = 0;
	size_t i;

	for (i = 0; i < w->n; i++) {
		size_t n = strlen(w->words[i]);
		char *all = malloc(before.n + n + 1);

		if (all != NULL) {
			if (before.n > 0)
				memcpy(all, before.p, before.n);
			memcpy(all + before.n, w->words[i], n + 1);
		}
		free(w->words[i]);
		if (all != NULL)
			w->words[kept++] = all;
	}
	w->n = kept;
}

void words_release(struct edit_words *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		free(w->words[i]);
	free(w->words);
	w->words = NULL;
	w->n = 0;
	w->cap = 0;
}
