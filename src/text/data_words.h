/*
 * The words with which an answer states a figure of a column, in the languages
 * of Llama 3.3 that use Latin letters. Lists are words or phrases separated by
 * commas, in lower case. Case is only ignored in ASCII, so that a word which
 * may begin with another letter is listed twice. Pure; fit for threads.
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
	/* Words by which the language is recognised. Single letters are markers
	 * of charts and lists as often as words. */
	const char *common;
	const char *stats[DATA_STATS];
	/* After these, a figure is about some of the rows, or about something
	 * derived from them. */
	const char *parts;
	/* These follow a number. */
	const char *thousands;
	const char *millions;
	const char *billions; /* 1e9 */
	bool spaced; /* 1 234,5 is one number */
};

/* The words of a text's language; English where that is not clear. */
const struct data_words *data_words_of(struct span text);

#endif
