/*
 * What the files answer*.c share: the meaning of short words and numbers. Pure.
 */
#ifndef ATL_SERVE_ANSWER_PRIV_H
#define ATL_SERVE_ANSWER_PRIV_H

#include "serve/answer.h"

/* Rows of a list at the end of an answer. */
enum { LISTED_MAX = 9 };

enum said {
	SAID_QUESTION = 0,
	SAID_TOUR,
	SAID_NEXT,
	SAID_BACK,
	SAID_MORE,
	SAID_TOPICS,
};

/* The words in lower case and without marks at the end, written to `said`,
 * whose maximum is small; empty when they are too long to be one of these. */
struct span answer_plain(struct span words, struct buf *said);

/* The section that a short word or a number asks for. NULL when it asks for
 * none; *said is SAID_QUESTION when the words have to be searched for. */
const struct section *answer_open_short(const struct manual *m,
	const struct turn *turns, size_t n, struct span said_words,
	enum said *said);

/* The number in "Tour N: ..." at the beginning of s, else 0. */
size_t answer_tour_number(struct span s);
/* The section of that step; NULL when there is none. */
const struct section *answer_tour_step(const struct manual *m, size_t number);
/* The step that the guide showed last; 0: none. */
size_t answer_last_step(const struct turn *turns, size_t n);

#endif
