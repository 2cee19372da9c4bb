/*
 * A line typed at the prompt, taken apart.
 *
 *   /command args    LINE_COMMAND; so are exit and quit alone on the line
 *   //text           text that begins with one slash
 *   !command         LINE_SHELL; with a blank before it, text
 *   anything else    LINE_TEXT with its @words (see mention.h)
 *
 * Names at the start of a text are addressees and leave the text, with a comma
 * or a colon behind them; an unknown one is an error that sends nothing. A
 * known name further on addresses too and stays in the text, as do files,
 * earlier messages and conversations; unknown names there are text. "@@" is
 * written as "@".
 *
 * What was pasted or piped is literal: nothing in it acts.
 * Whether a command exists is the business of the command table.
 */
#ifndef ATL_TEXT_LINE_H
#define ATL_TEXT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "text/mention.h"

/* Agents that one line may address; files, messages and chats that it may
 * name. */
#define LINE_NAMES_MAX 16
#define LINE_REFS_MAX 256

enum line_kind {
	LINE_EMPTY = 0, /* nothing but spaces */
	LINE_COMMAND, /* word: the name, rest: the arguments */
	LINE_SHELL, /* rest: the command line behind the ! */
	LINE_TEXT, /* text may be empty when somebody is addressed */
	LINE_ERROR, /* nothing is sent */
};

/* A file, earlier messages or a conversation named in the text. */
struct line_ref {
	enum mention_kind kind; /* FILE, LAST, RANGE or CHAT */
	struct span word; /* the path, ready to open, or the ID; else empty */
	int64_t first; /* as in struct mention */
	int64_t last;
	size_t at; /* where the @word stands in text, and its length */
	size_t len;
};

struct line {
	enum line_kind kind;
	struct span word; /* LINE_COMMAND, without the slash */
	struct span rest; /* trimmed */
	struct buf text; /* LINE_TEXT: what is sent */
	struct span *names; /* addressees, each once, in order, as the table
			       spells them */
	size_t n_names;
	struct line_ref *refs; /* in order */
	size_t n_refs;
	/* private */
	struct buf words;
	size_t cap_names;
	size_t cap_refs;
};

/* Bytes from..to (excluded) of the line. */
struct line_range {
	size_t from;
	size_t to;
};

enum line_flags {
	LINE_LITERAL = 1 << 0, /* all of the line was pasted or piped */
};

/* What the parser must know; everything is borrowed for the call, but the
 * bytes of the names must live as long as the line is used. */
struct line_names {
	const struct span *names; /* of the agents */
	size_t n_names;
	const struct line_range *literal; /* pasted parts, in order */
	size_t n_literal;
	unsigned flags;
};

void line_init(struct line *l);
void line_release(struct line *l);

/*
 * Fills *l, which is emptied first and may be used again and again. Spans in it
 * belong to the line, except for those of names, which are the table's; `in` is
 * not needed afterwards. `known` may be NULL: no agents. ST_USAGE with a
 * message for the user when a name at the start is unknown or a limit is
 * exceeded, ST_NOMEM; kind is then LINE_ERROR.
 */
enum status line_parse(struct line *l, struct span in,
	const struct line_names *known, struct err *err) ATTR_MUST_CHECK;

#endif
