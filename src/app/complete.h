/*
 * Tab completion in the chat: commands and their arguments, agents, files.
 */
#ifndef ATL_APP_COMPLETE_H
#define ATL_APP_COMPLETE_H

#include "base/buf.h"

struct edit_words;

/* An edit_complete_fn; the payload is the repl. */
size_t complete_line(struct span text, size_t cursor, struct edit_words *words,
	void *payload);

#endif
