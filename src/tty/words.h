/*
 * The candidates of one completion, for readline.
 */
#ifndef ATL_TTY_WORDS_H
#define ATL_TTY_WORDS_H

#include <stddef.h>

#include "base/buf.h"

struct edit_words {
	char **words; /* each the whole line up to the end of the candidate */
	size_t n;
	size_t cap;
	char append;
};

/* Puts before each candidate what stands before the word, so that readline can
 * replace the whole line: its idea of a word is not ours. */
void words_prefix(struct edit_words *w, struct span before);
void words_release(struct edit_words *w);

#endif
