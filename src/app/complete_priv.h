/*
 * What the files of completion share: complete.c has the first word, @words and
 * paths, complete_args.c the words behind a command.
 */
#ifndef ATL_APP_COMPLETE_PRIV_H
#define ATL_APP_COMPLETE_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct edit_words;
struct repl;

/* Where the last word of the text begins, at `from` or behind it. A blank
 * behind a backslash belongs to the word. */
size_t complete_last_word(struct span text, size_t from);
/* Offers mark and name when what was typed is their beginning. */
void complete_offer(struct edit_words *words, const char *mark,
	struct span name, struct span typed);
void complete_commands(
	struct edit_words *words, const char *mark, struct span typed);
/* Offers the files whose paths begin with `typed`, an @word or the word of a
 * command. */
void complete_files(struct span typed, bool mention, struct edit_words *words);
/* Completes behind the command that `text` begins with; the cursor is at its
 * end. Returns where the word begins that is replaced. */
size_t complete_args(
	struct repl *r, struct span text, struct edit_words *words);

#endif
