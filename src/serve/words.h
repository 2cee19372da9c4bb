/*
 * The words of a text as serve/rank compares them.
 *
 * A word is a run of letters, digits and underscores in lower case, cut to a
 * stem by a few English endings. A run that starts with - / or @, as options
 * and commands do, is given once more as it stands. Question words and other
 * words without content are left out. Pure; fit for threads.
 */
#ifndef ATL_SERVE_WORDS_H
#define ATL_SERVE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define WORDS_LEN_MAX 64 /* bytes; longer words are cut */

/* False ends the walk. `word` is valid during the call. */
typedef bool word_fn(const char *word, void *payload);

/* Calls fn for each word of s, which may be any bytes; false when fn ended
 * it. */
bool words_each(struct span s, word_fn *fn, void *payload);

#endif
