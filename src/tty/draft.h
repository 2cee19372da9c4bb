/*
 * What the editor knows of a message under way beyond its characters: which of
 * them were pasted, which pastes stand in it as a label, and where its blocks
 * in three quotes are.
 *
 * The line editor tells nothing about its changes, so draft_note() compares the
 * line with the one before and moves the literal parts along. A text that comes
 * back as a whole (undo, history) gets its literal parts back.
 *
 * Pure; the texts are those of tty/edit. Offsets are bytes.
 */
#ifndef ATL_TTY_DRAFT_H
#define ATL_TTY_DRAFT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "text/line.h"

/* Literal parts of one line; further ones are joined. */
#define DRAFT_PARTS_MAX 64
/* Texts whose literal parts are remembered. */
#define DRAFT_MEMORIES_MAX 32
/* Blocks in one message. */
#define DRAFT_BLOCKS_MAX 64
#define DRAFT_PASTES_MAX 16
#define DRAFT_LABEL_MAX 96
/* Bytes and lines up to which a paste is shown in the line. */
#define DRAFT_INLINE_MAX ((size_t)2048)
#define DRAFT_INLINE_LINES 20
/* Bytes of all pastes kept. */
#define DRAFT_TOTAL_MAX ((size_t)32 * 1024 * 1024)

struct draft_parts {
	struct line_range r[DRAFT_PARTS_MAX];
	size_t n;
};

struct draft_memory {
	struct buf text;
	struct draft_parts parts;
};

struct draft_paste {
	struct buf text;
	char label[DRAFT_LABEL_MAX];
};

struct draft {
	/* The message of draft_take(). */
	struct buf text;
	struct line_range *literal;
	size_t n_literal;
	size_t cap_literal;
	/* The line it was made from. */
	struct buf shown;
	/* private */
	struct buf seen;
	size_t cursor;
	struct draft_parts parts;
	struct draft_memory memories[DRAFT_MEMORIES_MAX];
	size_t next_memory;
	struct draft_paste pastes[DRAFT_PASTES_MAX];
	unsigned n_pastes; /* ever made: the number in the label */
};

void draft_init(struct draft *d);
void draft_release(struct draft *d);
/* A new line; memories and pastes stay. */
void draft_reset(struct draft *d);

/*
 * Notes the present line and cursor. True when a deletion tore a label:
 * *ret_torn is what is left of it in the line, for the caller to delete too.
 */
bool draft_note(struct draft *d, struct span line, size_t cursor,
	struct line_range *ret_torn);
/* Notes that n bytes of a paste were inserted at `at` since the last note. */
void draft_inserted(struct draft *d, size_t at, size_t n);
/* Makes the whole line literal. */
void draft_all_literal(struct draft *d);

/*
 * Takes a paste: CR LF and CR become LF, NUL is dropped, ill-formed UTF-8
 * becomes U+FFFD. *shown is what to show. True: that is the paste itself, which
 * the caller reports by draft_inserted(); false: it is a label that stands for
 * it.
 */
bool draft_paste(struct draft *d, struct span raw, bool cut, struct buf *shown);
/* Whether a terminal may get the text as it is. */
bool draft_clean(struct span text);

/* Whether Enter at the end of the line inserts a newline: a block is open. */
bool draft_open(const struct draft *d, struct span line);
/* Whether the line ends with a typed backslash, which continues it. */
bool draft_continued(const struct draft *d, struct span line);

/* Appends the line with pastes in place of their labels. *ret_literal:
 * something was pasted. */
void draft_expand(const struct draft *d, struct span line, struct buf *out,
	bool *ret_literal);
/* Makes d->text and d->literal from the line. False without memory. */
bool draft_take(struct draft *d, struct span line) ATTR_MUST_CHECK;

/* For the files of this module: appends text as well-formed UTF-8. */
void draft_put_valid(struct buf *out, struct span text);
/* Keeps the literal parts of a text for when it comes back. */
void draft_remember(
	struct draft *d, struct span text, const struct draft_parts *parts);
/* Offset of a paste's label in the line; line.n when it is not there. */
size_t draft_find_label(const struct draft_paste *p, struct span line);

#endif
