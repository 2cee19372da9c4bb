/*
 * The tables of text/code: what the tokens of a language look like. Private to
 * the lexer and its test.
 */
#ifndef ATL_TEXT_CODE_LANG_H
#define ATL_TEXT_CODE_LANG_H

#include "text/code.h"

enum code_region_flags {
	REGION_LINES = 1 << 0, /* goes on over the end of the line */
	REGION_ESCAPE = 1 << 1, /* a backslash hides what follows */
	REGION_NEST = 1 << 2, /* may hold others of its kind */
	REGION_JOIN = 1 << 3, /* goes on when the line ends in a backslash */
	/* where it may begin */
	REGION_COLUMN0 = 1 << 4, /* at the very start of the line */
	REGION_FIRST = 1 << 5, /* behind blanks only */
	REGION_SPACED = 1 << 6, /* behind a blank, a bracket or a ";" */
	REGION_APART = 1 << 7, /* not behind a letter or digit */
	REGION_CLASS = 1 << 8, /* does not end inside [] */
};

/* A stretch of text from one mark to another: a string, a comment. */
struct code_region {
	const char *open;
	const char *close; /* NULL: the end of the line */
	enum code_style style;
	unsigned flags;
};

enum code_lang_flags {
	LANG_NOCASE = 1 << 0, /* keywords in any case */
	LANG_UPPER = 1 << 1, /* CamelCase words are types */
	LANG_SUFFIX_T = 1 << 2, /* and so are words in _t */
	LANG_HASH = 1 << 3, /* a "#" that comes first begins a directive */
	LANG_REGEX = 1 << 4, /* has /regular expressions/ */
	LANG_TICKS = 1 << 5, /* numbers may hold a ' */
	LANG_LIFETIME = 1 << 6, /* 'a is a lifetime, 'a' a character */
	LANG_BACKSLASH = 1 << 7, /* hides a quote outside of strings, too */
	LANG_JSON = 1 << 8, /* strings may be keys */
	LANG_CALLS = 1 << 9, /* a word before "(" is a command */
	LANG_KEY_FIRST = 1 << 10, /* keys are the first words of lines */
	LANG_KEY_SPACE = 1 << 11, /* and have a blank behind their mark */
	LANG_BLOCKS = 1 << 12, /* YAML's block scalars */
	LANG_TAGS = 1 << 13, /* text with <tags> */
	LANG_PROSE = 1 << 14, /* everything but its regions is text */
	LANG_PAGE = 1 << 15, /* may be inside a page, as PHP is */
};

struct code_words {
	const char *const *p; /* in order of bytes */
	size_t n;
};

struct code_lang {
	const char *names; /* "c h": what a fence calls it */
	struct code_words keywords;
	struct code_words types;
	const struct code_region *regions; /* open NULL ends them */
	const char *letters; /* parts of words beside letters, digits, _ */
	const char *sigils; /* may begin a word: $ @ # */
	const char *keys; /* marks behind a key; NULL: no keys */
	const char *heredoc; /* "<<" */
	const char *leave; /* ends this language inside another */
	unsigned flags;
};

extern const struct code_lang code_programs[];
extern const size_t code_n_programs;
extern const struct code_lang code_formats[];
extern const size_t code_n_formats;

#endif
