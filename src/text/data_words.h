/*
 * The words by which an answer tells a figure of a column, in the languages of
 * Llama 3.3 that are written in Latin letters. Lists are words or phrases
 * between commas, in lower case; case counts beyond ASCII only, so that a word
 * which may begin with such a letter stands there twice. Pure; fit for threads.
 */
#ifndef ATL_TEXT_DATA_WORDS_H
#define ATL_TEXT_DATA_WORDS_H

#include "base/buf.h"

enum data_stat {
	DATA_MEAN,
	DATA_MEDIAN,
	DATA_MIN,
	DATA_MAX,
	DATA_SUM,
	DATA_SD,
};

#define DATA_STATS (DATA_SD + 1)

struct data_words {
	/* By which the language is known. Single letters are marks of charts
	 * and lists as often as words. */
	const char *common;
	const char *stats[DATA_STATS];
	/* After which a figure is that of some of the rows, or of something
	 * made of them. */
	const char *parts;
	/* Behind a number. */
	const char *thousands;
	const char *millions;
	const char *billions; /* 1e9 */
	bool spaced; /* 1 234,5 is one number */
};

/* Those of the language of a text; English where that is not plain. */
const struct data_words *data_words_of(struct span text);

#endif
