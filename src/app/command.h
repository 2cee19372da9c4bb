/*
 * The commands of the chat: rows of one table, from which help and completion
 * are made too.
 */
#ifndef ATL_APP_COMMAND_H
#define ATL_APP_COMMAND_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct repl;

/* What the loop does next. */
enum next {
	NEXT_STAY = 0, /* prompt again */
	NEXT_REPLY, /* a reply is under way */
	NEXT_QUIT,
};

struct command {
	const char *name;
	/* Separated by spaces; may be "". An alias that ends in ! runs the
	 * command with r->force: it does not ask. */
	const char *aliases;
	const char *args; /* as shown in help; "" for none */
	const char *help; /* one sentence */
	const char *example;
	/* Arguments are trimmed. On failure err has one line for the user. */
	enum status (*run)(struct repl *r, struct span args, enum next *next,
		struct err *err);
};

extern const struct command commands[];
extern const size_t commands_n;

/* By name or alias, without regard to case; NULL when unknown. */
const struct command *command_find(struct span name);
/* Runs it; ST_USAGE, with the nearest name, when there is no such command. */
enum status command_run(struct repl *r, struct span name, struct span args,
	enum next *next, struct err *err);

#endif
