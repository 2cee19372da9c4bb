/*
 * Finds words and phrases in texts, without regard to case.
 *
 * Case is that of the simple lower-case mapping of Unicode, with the final
 * sigma taken as a sigma and a sharp s as two s. A term of ASCII alone is also
 * found in Latin letters with marks, in either form ("muller" in "Müller"); a
 * term with marks is found with the same marks only. Terms are composed (NFC)
 * first; texts are taken as they are, see match_text(); ill-formed bytes in
 * them match nothing. A word is found inside other words too.
 *
 * Pure; a struct match that does not change is fit for threads.
 */
#ifndef ATL_TEXT_MATCH_H
#define ATL_TEXT_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define MATCH_TERMS_MAX 16
/* Characters of one term, a sharp s counted twice; a text that matches it has
 * at most UTF8_MAX times as many bytes. */
#define MATCH_TERM_MAX 128

struct match_term {
	uint32_t cp[MATCH_TERM_MAX]; /* folded */
	size_t n;
	bool plain; /* ASCII alone */
	/* Two of its ASCII characters and their offsets, by which candidate
	 * places are found eight at a time; n_ascii 0: none. */
	size_t n_ascii;
	size_t at[2];
	uint64_t want[2];
	uint64_t mask[2]; /* the bit of the case, for letters */
	/* Otherwise: what its first two bytes may be. */
	uint8_t byte[256];
};

struct match {
	struct match_term *term; /* NULL while there are none */
	size_t n;
	size_t cap;
	bool wide; /* some term has a character that is not ASCII */
};

void match_init(struct match *m);
void match_release(struct match *m);
/*
 * Adds the words of a line, separated by blanks; double quotes make a phrase.
 * ST_USAGE for an unclosed quote, a term that is too long, too many terms, or
 * text that is not UTF-8.
 */
enum status match_words(struct match *m, struct span line, struct err *err);
/* Adds one phrase as it is, without blanks around it; an empty one adds
 * nothing. */
enum status match_phrase(struct match *m, struct span phrase, struct err *err);

/* The text to search: `text` itself or, when a term could be found in it only
 * after composing, a composed copy in *tmp. */
struct span match_text(
	const struct match *m, struct span text, struct buf *tmp);
/* Finds term i at or behind `from`; *ret_end is just behind it. */
bool match_find(const struct match *m, size_t i, struct span text, size_t from,
	size_t *ret_at, size_t *ret_end);
/* Whether every term is in the text. */
bool match_all(const struct match *m, struct span text);

#endif
