/*
 * The terminal filter: foreign text in, text that cannot act on a terminal out.
 *
 * Everything that atllama did not write itself (replies, titles, names, errors
 * of servers, file names, old history) goes through here on its way to a
 * terminal. It works on decoded code points and never removes "escape
 * sequences": the introducer is made visible and what follows is inert text.
 *
 *   ill-formed UTF-8           U+FFFD for each maximal bad part
 *   LF, TAB                    kept; CR LF becomes LF
 *   other C0, lone CR, DEL     ^[ ^M ^?
 *   C1                         <U+009B>
 *   bidi controls              <U+202E>; see SAFE_RTL
 *   invisible, separators,     <U+200B>
 *   private, noncharacters
 *   ZWJ, ZWNJ                  one is kept after emoji and in the scripts that
 *                              write with them, else visible
 *   variation selectors        one is kept after a base that has variants
 *   tag characters             kept in the flags of England, Scotland and
 *                              Wales, else [hidden text: "decoded"]
 *   combining marks            at most SAFE_MARKS on a base, none without one
 *
 * Promises, each held by a test: the output does not depend on how the input
 * is cut; filtering the output again changes nothing; no code point that the
 * table forbids comes out. A reader sees the colour and the links of atllama
 * only, never those of a model.
 *
 * No memory of its own beyond the struct; fit for threads.
 */
#ifndef ATL_TEXT_SAFE_H
#define ATL_TEXT_SAFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/utf8.h"

/* Combining marks on one base. */
#define SAFE_MARKS 8
/* Decoded tag characters shown of one run; the rest is counted. */
#define SAFE_HIDDEN_MAX 200
/* Isolates open at once with SAFE_RTL; more are made visible. */
#define SAFE_ISOLATES 16

enum safe_flags {
	/* Keeps the marks 200E, 200F and 061C and the isolates 2066-2069,
	 * which are closed at the end of each line and of the text. Embeddings
	 * and overrides (202A-202E) stay visible. */
	SAFE_RTL = 1 << 0,
	/* One line: LF becomes ^J and TAB a space. */
	SAFE_ONE_LINE = 1 << 1,
};

struct safe {
	unsigned flags;
	uint32_t prev; /* the last code point that was kept, 0 for none */
	uint8_t near; /* enum near_kind in safe.c: what a joiner may follow */
	uint8_t marks; /* on the present base */
	bool based; /* a mark may follow */
	bool cr; /* a CR is held back */
	uint8_t isolates; /* open */
	uint8_t n_part; /* bytes in part */
	uint8_t n_tags; /* tag characters held back behind a black flag */
	char part[UTF8_MAX]; /* the beginning of a character */
	char tags[8];
	bool hidden; /* inside [hidden text: "..."] */
	size_t n_hidden; /* tag characters of this run */
};

void safe_init(struct safe *s, unsigned flags);
/*
 * Filters more of the text. At most a CR, the beginning of a character or of
 * the tags of a flag is held back. A failed append shows in out->bad.
 */
void safe_feed(struct safe *s, struct span in, struct buf *out);
/* The text ends: writes what is held back; the filter is as new. */
void safe_finish(struct safe *s, struct buf *out);
/* Forgets what is held back; the flags stay. */
void safe_reset(struct safe *s);

/* A whole text at once. */
void safe_text(struct span in, struct buf *out);
/* One line, for titles, names, errors and logs. */
void safe_line(struct span in, struct buf *out);

#endif
