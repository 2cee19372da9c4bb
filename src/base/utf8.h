/*
 * UTF-8 and the properties of code points, from the Unicode data of utf8proc.
 *
 * Decoding follows the Unicode standard, section 3.9: each maximal part of an
 * ill-formed sequence becomes one U+FFFD. Pure; fit for threads.
 */
#ifndef ATL_BASE_UTF8_H
#define ATL_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define UTF8_BAD 0xfffdu /* what ill-formed bytes decode to */
#define UTF8_MAX 4 /* bytes of the longest character */

enum utf8_result {
	UTF8_OK = 0,
	UTF8_ILL, /* ill-formed: *ret_cp is UTF8_BAD */
	UTF8_MORE, /* the bytes end inside a well-formed beginning */
};

/*
 * Decodes the first character of n > 0 bytes. *ret_len is how many bytes it
 * took: for UTF8_ILL the maximal ill-formed part, for UTF8_MORE all n.
 */
enum utf8_result utf8_decode(
	const void *p, size_t n, uint32_t *ret_cp, size_t *ret_len);
/* Appends; surrogates and values above 10FFFF are written as U+FFFD. */
void utf8_put(struct buf *out, uint32_t cp);
bool utf8_valid(struct span s);
/* The longest prefix of s of at most n bytes that cuts no character. */
size_t utf8_floor(struct span s, size_t n);
/* Appends s as one line of at most max bytes: runs of white space and controls
 * become a blank, and go at the ends. */
void utf8_one_line(struct span s, size_t max, struct buf *out);

/* Columns on a terminal: 0, 1 or 2; unassigned and control characters 1. */
int utf8_width(uint32_t cp);
/* Columns of a grapheme cluster that has `cols` when cp comes behind prev:
 * marks with a width of their own add to it (wcwidth() of glibc, and so tmux,
 * counts the vowel signs of Indic scripts and the Thai am), while emoji with
 * joiners and modifiers, flags and Hangul stay as terminals that know them draw
 * them. */
int utf8_cluster_columns(int cols, uint32_t prev, uint32_t cp);
/* Columns of a whole text, by its grapheme clusters. */
size_t utf8_columns(struct span s);
/* Simple lower-case mapping, and the canonical composition (NFC). */
uint32_t utf8_lower(uint32_t cp);
/* The ASCII letters in lower case that people write for a Latin letter when
 * they leave its marks out: e for é, o for ø, two for ß and æ. 0: it is no such
 * letter. */
size_t utf8_plain(uint32_t cp, char ret[2]);
enum status utf8_nfc(struct span s, struct buf *out, struct err *err);
/* Whether that might change the text: quick, and never wrong with "no". */
bool utf8_may_compose(struct span s);

enum utf8_class {
	UTF8_OTHER = 0, /* letters, digits, punctuation, spaces, symbols */
	UTF8_MARK, /* Mn, Me */
	UTF8_UNASSIGNED,
	UTF8_PRIVATE,
	UTF8_SURROGATE,
	UTF8_FORMAT, /* Cf */
	UTF8_CONTROL, /* Cc */
	UTF8_SEPARATOR, /* Zl, Zp */
};

enum utf8_class utf8_class(uint32_t cp);
bool utf8_is_letter(uint32_t cp); /* L* and M* */
bool utf8_is_digit(uint32_t cp); /* Nd */
bool utf8_is_space(uint32_t cp);
bool utf8_is_punct(uint32_t cp); /* P* and S* */
/* Extended_Pictographic: what an emoji can be made of. */
bool utf8_is_pictographic(uint32_t cp);
/* A Han ideograph, unified or for compatibility. */
bool utf8_is_ideograph(uint32_t cp);
/* Letters and marks of the scripts whose spelling needs ZWJ and ZWNJ: Arabic,
 * the Indic scripts, Tibetan, Myanmar, Khmer and Mongolian. */
bool utf8_is_joining(uint32_t cp);
/* Prepended_Concatenation_Mark: format characters that are drawn. */
bool utf8_is_prepended(uint32_t cp);
/* True between a and b where a grapheme cluster ends; *state starts at 0. */
bool utf8_breaks(uint32_t a, uint32_t b, int32_t *state);

#endif
