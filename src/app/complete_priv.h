/*
 * Completion inside: complete.c has the first word, @words and files,
 * complete_args.c what follows a command.
 */
#ifndef ATL_APP_COMPLETE_PRIV_H
#define ATL_APP_COMPLETE_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct edit_words;
struct repl;

/* Offers mark and name when that is what was begun to be typed. */
void complete_offer(struct edit_words *words, const char *mark,
	struct span name, struct span typed);
void complete_commands(
	struct edit_words *words, const char *mark, struct span typed);
/* Files that go on with `typed`, an @word or the word of a command. */
void complete_files(struct span typed, bool mention, struct edit_words *words);
/* The words behind the command that `text` begins with, up to the cursor at its
 * end; returns where the word begins that is replaced. */
size_t complete_args(
	const struct repl *r, struct span text, struct edit_words *words);

#endif
