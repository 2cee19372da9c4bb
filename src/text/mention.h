/*
 * The grammar of @words, for the line parser and for completion.
 *
 *   @name            a run of letters, digits, "_", "-" and "."
 *   @@               a literal @
 *   @./path ../path /path ~/path   a file; spaces by backslash or in quotes,
 *                    which open behind the @ or behind a slash:
 *                    @./my\ file  @"./my file"  @./"my file"
 *   @last @3 @3-5    earlier messages, counted from 1
 *   @chat:ID[/N]     an earlier conversation, or one message of it
 *
 * An @ begins a word at the start of the text, behind a space or behind an
 * opening bracket, a quote, a comma, a colon or a semicolon; elsewhere, as in
 * an e-mail address, it is text, and so is a name that runs into "/" or "@"
 * (@scope/package, @user@host). Punctuation that ends a sentence does not
 * belong to the word. Whether a name is known is not decided here.
 * Pure; fit for threads.
 */
#ifndef ATL_TEXT_MENTION_H
#define ATL_TEXT_MENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define MENTION_NUMBER_MAX 999999999

enum mention_kind {
	MENTION_NONE = 0, /* the @ is text */
	MENTION_NAME,
	MENTION_AT, /* "@@" */
	MENTION_FILE,
	MENTION_LAST,
	MENTION_RANGE, /* @3 is the range 3 to 3 */
	MENTION_CHAT,
};

struct mention {
	enum mention_kind kind;
	size_t len; /* bytes from the @ to the end of the word */
	/* Borrowed from the text: the name, the path as written (see
	 * mention_path) or the ID. */
	struct span word;
	int64_t first; /* MENTION_RANGE; MENTION_CHAT: the message, 0 for all */
	int64_t last;
};

/*
 * Parses the @ at text.p[pos]. What stands before pos decides whether a word
 * may begin. True, with *ret filled, when it is an @word.
 */
bool mention_at(struct span text, size_t pos, struct mention *ret);

/* Writes the path of a MENTION_FILE without its quotes and backslashes. */
void mention_path(struct span word, struct buf *out);
/* Writes `path` as an @word that mention_at() reads back; for completion. */
void mention_put_path(struct span path, struct buf *out);

/* Whether two names are the same: the case of letters is ignored. */
bool mention_same(struct span a, struct span b);
/* Index of a name in the array; -1: none. */
ptrdiff_t mention_find(struct span name, const struct span *names, size_t n);

#endif
