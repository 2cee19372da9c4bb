/*
 * Markdown on a terminal, as it streams in.
 *
 * Raw foreign text goes in and is filtered by text/safe first; what comes out
 * is that text, set by its Markdown, with no control sequence in it but the
 * SGR strings of the style table (and with MARKUP_LINKS OSC 8). The output is
 * append-only: no cursor movement, nothing is ever redrawn, and it does not
 * depend on how the input is cut. Styles never cross a line feed.
 *
 * What is held back, and until when:
 *   the beginning of a line     until its kind is known
 *   emphasis, code and links    from the opening mark until the span is
 *                               complete or can no longer be one: at most
 *                               MARKUP_PHRASE bytes (MARKUP_LINK with a link's
 *                               target), and never past the end of the line.
 *                               So a mark that nothing closes stays as it is
 *                               and no character is ever lost
 *   a word                      only within MARKUP_ROOM columns of the width,
 *                               until it is known on which line it fits
 *   a table                     until its end, so that its columns line up;
 *                               past MARKUP_TABLE bytes the widths stay and
 *                               rows appear one by one
 *   a line feed                 until something follows it
 *   code that is coloured       at most CODE_HOLD bytes, see text/code.h
 *
 * Differences from CommonMark, all on purpose: line breaks of the source are
 * kept; a * between ASCII letters or digits opens nothing (2*3*4); emphasis,
 * code spans and links end with the line; an underlined (setext) heading is
 * text over a rule; HTML is shown as it stands, and Markdown inside of it acts;
 * reference links and their definitions are shown as they stand; a fence in a
 * list item is not ended by lesser indentation; a fence labelled markdown may
 * hold others. From GFM: tables whose rows begin with a "|" and
 * ~~strikethrough~~. A link shows its target behind its text, as text/link has
 * it; an http or https address in running text stands as it came, styled as a
 * link. Each example of the
 * specification whose text comes out otherwise is named, with the reason, in
 * tests/golden/commonmark/differences.
 *
 * Not for use by two threads at once.
 */
#ifndef ATL_TEXT_MARKUP_H
#define ATL_TEXT_MARKUP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define MARKUP_PHRASE 160
#define MARKUP_LINK 1024
#define MARKUP_ROOM 32
#define MARKUP_TABLE ((size_t)32 * 1024)

enum markup_style {
	MARKUP_STRONG = 0,
	MARKUP_EMPH,
	MARKUP_STRIKE,
	MARKUP_CODE, /* `inline` */
	MARKUP_LINK_TEXT,
	MARKUP_URL,
	MARKUP_HEAD1,
	MARKUP_HEAD2,
	MARKUP_HEAD3, /* and deeper */
	MARKUP_BLOCK, /* a line of a code block */
	MARKUP_FENCE, /* the fences and the language */
	MARKUP_QUOTE, /* the mark before a quoted line */
	MARKUP_BULLET, /* bullets and numbers of lists */
	MARKUP_RULE, /* rules, and the lines of tables */
	MARKUP_TABLE_HEAD,
	/* The styles of text/code, in its order without CODE_TEXT, which is
	 * MARKUP_BLOCK. Not for inline text. */
	MARKUP_KEYWORD,
	MARKUP_TYPE,
	MARKUP_STRING,
	MARKUP_NUMBER,
	MARKUP_COMMENT,
	MARKUP_META,
	MARKUP_NAME,
	MARKUP_ADDED,
	MARKUP_REMOVED,
	MARKUP_STYLES
};

/* A style is a whole SGR sequence ("\033[1m") or NULL for none. The marks are
 * printable text; "" leaves them out, and then the line where it is all. */
struct markup_theme {
	const char *sgr[MARKUP_STYLES];
	const char *bullet; /* "-" */
	const char *quote; /* ">" */
	const char *rule; /* one column, repeated */
	const char *bar; /* between the columns of a table */
	bool fences; /* show the ``` lines of code blocks */
	bool hashes; /* show the # of headings */
};

enum markup_colors {
	MARKUP_NO_COLOR = 0, /* no SGR at all; structure by its marks */
	MARKUP_16,
	MARKUP_256,
	MARKUP_TRUE_COLOR,
	MARKUP_MONO, /* bold, italic, ... but no colour */
};

/* What is behind the colours. */
enum markup_background {
	MARKUP_ANY_BACKGROUND = 0, /* unknown: readable on both */
	MARKUP_DARK,
	MARKUP_LIGHT,
};

enum markup_flags {
	MARKUP_PLAIN = 1 << 0, /* no SGR, whatever the theme says */
	MARKUP_RTL = 1 << 1, /* as SAFE_RTL */
	/* What would be told by a style alone keeps its marks, as struck text,
	 * inline code and the levels of headings; marks are of ASCII. */
	MARKUP_WORDS = 1 << 3,
	/* Addresses open with a click: OSC 8 around those that are shown, http
	 * and https of visible ASCII, outside of tables. */
	MARKUP_LINKS = 1 << 2,
};

struct markup;

/* A built-in theme. Static. */
const struct markup_theme *markup_theme(
	enum markup_colors colors, enum markup_background background);

/* Makes a renderer. width in columns, 0: no wrapping. theme is borrowed and has
 * to outlive it. NULL without memory. */
struct markup *markup_new(const struct markup_theme *theme, size_t width,
	unsigned flags) ATTR_MUST_CHECK;
void markup_free(struct markup *m);

/* Renders more of the text. Lack of memory shows in out->bad. */
void markup_feed(struct markup *m, struct span in, struct buf *out);
/*
 * The text ends here: writes what is held back, switches styles off and, when
 * anything was written, ends the last line with a line feed. The object is as
 * new, ready for the next text.
 */
void markup_finish(struct markup *m, struct buf *out);
/* The terminal has another width; holds for what is written from now on. */
void markup_resize(struct markup *m, size_t width);

#endif
