/*
 * One step of the lexer of text/code, and what its files share.
 */
#ifndef ATL_TEXT_CODE_STEP_H
#define ATL_TEXT_CODE_STEP_H

#include "text/code_lang.h"

/*
 * Takes the next bytes of the window (not empty; `final`: the line ends behind
 * it), sets their style and returns how many they are; 0 when the bytes behind
 * the window decide. What a step takes as a whole, and what it looks at beyond,
 * is shorter than CODE_HOLD. The end of the window changes only how much of a
 * string or a comment it takes.
 */
size_t code_step(
	struct code *c, struct span w, bool final, enum code_style *ret);
/* To be called at the end of a line. */
void code_next_line(struct code *c);

/* code_step.c: the rest of a word whose style is known, in c->word_style; and
 * a run of blanks. */
size_t code_rest_of_word(struct code *c, struct span w, enum code_style *ret);
size_t code_blanks(struct code *c, struct span w, enum code_style *ret);

/* code_region.c: whether the window begins with the mark. */
enum begins {
	BEGINS_NO = 0,
	BEGINS_YES,
	BEGINS_MORE,
};

enum begins code_begins(struct span w, const char *mark, bool final);
/* A region begins, whose mark was taken; a region ends. */
void code_enter(struct code *c, const struct code_region *r);
void code_leave(struct code *c);
/* Steps: the opening of a region (0: none, SIZE_MAX: not known), and the inside
 * of the one under way (0: not known). */
size_t code_begin_region(
	struct code *c, struct span w, bool final, enum code_style *ret);
size_t code_in_region(
	struct code *c, struct span w, bool final, enum code_style *ret);

/* code_tags.c: a step of a language with tags (0: not known); and the change
 * from one language to another (0: none, SIZE_MAX: not known), which may change
 * c->lang and take nothing. */
size_t code_tags_step(
	struct code *c, struct span w, bool final, enum code_style *ret);
size_t code_change_lang(
	struct code *c, struct span w, bool final, enum code_style *ret);

/* code_word.c: whether c is a blank; one of a set (NUL never is); */
bool code_is_blank(char c);
bool code_in(const char *set, char c);
/* whether c is a part of words, and whether it begins one. */
bool code_in_word(const struct code_lang *lang, char c);
bool code_begins_word(const struct code_lang *lang, char c);
/* The style of a whole word; next is the byte behind it, NUL at the end of the
 * line. */
enum code_style code_word_style(
	const struct code *c, struct span word, char next);
/* A key and its mark: the bytes of the key; 0: none, or SIZE_MAX: not known
 * before more bytes come. */
size_t code_key(const struct code *c, struct span w, bool final);
/* The opening of a here-document, in the same way; its tag in *ret. */
size_t code_heredoc(
	const struct code *c, struct span w, bool final, struct span *ret);

#endif
