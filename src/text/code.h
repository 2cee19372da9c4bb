/*
 * Syntax colouring of code, for the fenced blocks of a reply.
 *
 * A lexer of our own, driven by tables (code_langs.c). Of what Debian has,
 * source-highlight and KSyntaxHighlighting are C++ libraries, GtkSourceView is
 * C but colours a text widget, libtree-sitter comes without grammars, and all
 * of them want the whole text or redraw what they coloured before; a reply
 * comes in pieces and what is written stays. A few dozen rows per language are
 * enough for what helps reading: words, strings, numbers and comments. It is no
 * parser: where only a parser could tell, code is plain.
 *
 * Promises, each held by a test: every byte comes out, once, in order and
 * unchanged; the result does not depend on how the text is cut; not more than
 * CODE_HOLD bytes are held back (a word that may be a keyword, the beginning of
 * a comment or of a string), and none past the end of the line.
 *
 * Blanks have the style of what is before them, to save changes of colour; the
 * styles must look right on blanks.
 *
 * No memory but the struct; fit for threads.
 */
#ifndef ATL_TEXT_CODE_H
#define ATL_TEXT_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Bytes of a word; a longer one has no meaning. */
#define CODE_WORD 48
/* Bytes held back: a word, and what its meaning depends on. */
#define CODE_HOLD (2 * CODE_WORD)
/* Objects and arrays of JSON inside each other whose keys are told apart. */
#define CODE_DEPTH 64

enum code_style {
	CODE_TEXT = 0,
	CODE_KEYWORD,
	CODE_TYPE,
	CODE_STRING,
	CODE_NUMBER,
	CODE_COMMENT,
	CODE_META, /* preprocessor, decorators, sections, headers of diffs */
	CODE_NAME, /* keys, attributes, variables with a mark */
	CODE_ADDED,
	CODE_REMOVED,
	CODE_STYLES
};

struct code_lang;
struct code_region;

/* Takes a piece of a line; never empty, not always whole characters. */
typedef void code_sink(struct span s, enum code_style style, void *payload);

struct code {
	code_sink *sink;
	void *payload;
	const struct code_lang *lang; /* NULL: all is text */
	const struct code_lang *outer; /* the language around this one */
	const char *leave; /* what ends this one */
	/* the region (string, comment) under way */
	const struct code_region *region;
	enum code_style region_style;
	unsigned depth; /* of nested comments */
	bool in_class; /* inside the [] of a regular expression */
	/* the token under way */
	bool in_word;
	enum code_style word_style;
	bool in_number;
	bool hex;
	/* what came before */
	char before; /* the last byte of the line; NUL: none */
	bool blank; /* only blanks so far on the line */
	bool keyed; /* no key may begin here */
	enum code_style last; /* style */
	char prev; /* the last byte that is not blank, of any line */
	bool prev_keyword;
	bool directive; /* the next word belongs to a "#" */
	/* JSON: bit k tells whether level k is an object */
	uint64_t objects;
	unsigned level;
	/* here-documents */
	char tag[CODE_WORD];
	size_t n_tag;
	bool heredoc; /* begins on the next line */
	bool in_heredoc;
	/* block scalars of YAML */
	size_t indent; /* of the line */
	size_t block_indent; /* of the line that began one */
	bool block_mark; /* the line may end in one */
	bool in_block;
	/* HTML */
	bool in_tag;
	const struct code_lang *inner; /* begins with the end of the tag */
	char hold[CODE_HOLD];
	size_t n_hold;
};

/* Finds the language named by the info string of a fence ("c++", "Python x=1",
 * "{.js}"); NULL when there is none. Static. */
const struct code_lang *code_find(struct span info);

/* sink and payload are borrowed. */
void code_init(struct code *c, code_sink *sink, void *payload);
/* Begins a text in lang; NULL: no language. */
void code_start(struct code *c, const struct code_lang *lang);
/* Takes a part of a line, without newlines. */
void code_feed(struct code *c, struct span s);
/* Ends the line: what is held back comes out. */
void code_line_end(struct code *c);

#endif
