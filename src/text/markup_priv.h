/*
 * What the files of the Markdown renderer share; see markup.h for what it does.
 *
 *   bytes -> safe -> block (markup_block.c: what is this line?)
 *         -> span  (markup_span.c: emphasis, code, links in one line)
 *         -> guard -> flow (flow.c: words, wrapping, SGR) -> out
 *
 * Taking marks out of filtered text can put side by side what the filter saw
 * apart (combining marks on both sides of a "**"), so text passes a second
 * filter, the guard, behind the marks.
 */
#ifndef ATL_TEXT_MARKUP_PRIV_H
#define ATL_TEXT_MARKUP_PRIV_H

#include <stdint.h>

#include "text/code.h"
#include "text/flow.h"
#include "text/markup.h"
#include "text/safe.h"

/*
 * Span: inline marks of one line
 */

#define SPAN_DELIMS 96
#define SPAN_BRACKETS 32
#define SPAN_PAIRS 192
#define SPAN_HOLD (MARKUP_LINK + 64)

/* The attributes of a byte of the hold: styles of inline text, and these. */
#define SPAN_SKIP (1u << 16) /* a mark, not shown */
#define SPAN_GAP (1u << 17) /* a space goes before it */
#define SPAN_ENTITY (1u << 18) /* begins an entity; the rest is skipped */
#define SPAN_TARGET (1u << 19) /* begins an address */
#define SPAN_PART (1u << 20) /* belongs to an address */
#define SPAN_RAW (1u << 21) /* the address has no escapes */
#define SPAN_BARE (1u << 22) /* the address stands in running text */
#define SPAN_BREAK (1u << 23) /* the line ends here; the rest is skipped */

struct span_delim {
	size_t at; /* the first byte that is left */
	size_t n; /* bytes left */
	size_t whole; /* bytes at first */
	char c;
	bool open;
	bool close;
};

struct span_bracket {
	size_t at;
	size_t delims; /* how many stood before it */
	bool image;
	bool active;
};

/* Two places that are decided together. */
struct span_pair {
	size_t from;
	size_t to;
};

struct inlines {
	struct buf hold; /* text from the first undecided mark on */
	uint32_t before; /* the character before hold; 0: line start */
	size_t literal; /* bytes of hold known to be no mark */
	size_t limit; /* of hold, before its first mark is given up */
	bool words; /* ~~ and ` are shown */
	bool cell; /* of a table: <br> is the end of a line */
	bool eager; /* look again with every character */
	bool in_url; /* hold ends inside an address in running text */
	bool special; /* the last character was one of the marks */
	/* made by one scan */
	uint32_t attr[SPAN_HOLD];
	struct span_delim delims[SPAN_DELIMS];
	size_t n_delims;
	struct span_bracket brackets[SPAN_BRACKETS];
	size_t n_brackets;
	struct span_pair pairs[SPAN_PAIRS];
	size_t n_pairs;
};

void inlines_init(struct inlines *l);
void inlines_release(struct inlines *l);
/*
 * Scans hold and fills attr. Returns how many bytes of it are decided; all when
 * the line ends here (final). A backslash that ends the line sets
 * *ret_backslash and is not shown.
 */
size_t inlines_scan(struct inlines *l, bool final, bool *ret_backslash);

/*
 * Block: lines
 */

#define BLOCK_DEPTH 24 /* quotes and list items inside each other */
#define BLOCK_PREFIX 256 /* bytes after which a line is text */
#define BLOCK_INFO 96 /* bytes of a fence line that are shown */

struct container {
	char kind; /* '>', or the list's "-", "*", "+", "." or ")" */
	bool fresh; /* its marker was not written yet */
	size_t offset; /* columns of source to the item's content */
	size_t cols; /* columns of the marker as written */
	int64_t number;
};

enum leaf {
	LEAF_NONE = 0,
	LEAF_PARA,
	LEAF_HEAD,
	LEAF_CODE, /* indented */
	LEAF_FENCE,
	LEAF_TABLE,
};

/* What happens to the bytes up to the end of the line. */
enum line_mode {
	MODE_START = 0, /* the kind of the line is not known yet */
	MODE_TEXT,
	MODE_CODE,
	MODE_ROW,
	MODE_SKIP,
};

#define TABLE_COLUMNS 32

struct table {
	struct buf rows; /* raw lines, each with its line feed */
	struct buf cell;
	struct buf heads; /* the first line, once the shape is decided */
	bool head; /* rows holds a line that may be a table's first */
	bool in_para; /* if it is not, it belongs to a paragraph */
	size_t n; /* columns; 0 while there is no table */
	char align[TABLE_COLUMNS]; /* 'l', 'r', 'c' */
	bool frozen; /* the widths are fixed, rows come one by one */
	bool records; /* each cell has a line of its own */
	size_t cols[TABLE_COLUMNS];
	size_t words[TABLE_COLUMNS]; /* the longest word of each */
	struct buf cells[TABLE_COLUMNS];
	struct flow flow; /* inside a cell */
};

struct markup {
	const struct markup_theme *theme;
	const struct markup_theme *marks; /* whose marks are shown */
	unsigned flags;
	struct safe safe;
	struct safe guard;
	struct buf clean;
	struct buf guarded;
	struct flow page;
	struct flow *flow; /* page, or a table cell */
	struct inlines inl;
	unsigned style; /* of the line */

	struct container conts[BLOCK_DEPTH];
	size_t n_conts;
	enum leaf leaf;
	enum line_mode mode;
	struct buf line; /* MODE_START: the line so far */
	struct buf tail; /* end of a heading that may be closing #s */
	bool started; /* something was written */
	bool nl; /* a line feed is due */
	bool backslash; /* the line ended with a backslash */
	bool backslash_gap; /* the backslash followed a blank */
	size_t blanks; /* blank lines before what comes next */
	size_t breaks; /* line breaks before it, within a cell */
	char fence; /* ` or ~ */
	size_t fence_len;
	size_t fence_indent;
	bool fence_holds; /* labelled markdown: may contain other fences */
	size_t fence_inside;
	struct code code; /* of the fence */
	bool colours; /* the theme has colours for code */
	unsigned code_style; /* of the last piece of code */
	struct table table;
};

/* markup.c: text through the guard to the flow. */
void markup_inline(struct markup *m, struct span s);
/* Writes the backslash that ended the line, which is no line break. */
void markup_put_backslash(struct markup *m);
void markup_inline_end(struct markup *m);
/* markup_block.c */
void block_feed(struct markup *m, struct span clean);
void block_finish(struct markup *m);
/* Begins a line of output: newline, blank lines, prefix. `goes_on`: within the
 * same paragraph. `code`: with quote marks alone before it. */
void block_begin(struct markup *m, bool goes_on, bool code);
/* Takes a piece of code: the sink of the lexer; payload is the markup. */
void block_code(struct span s, enum code_style style, void *payload);
/* Writes the prefix alone, for wrapped lines; payload is the markup. */
void block_prefix(void *payload);
/* markup_table.c: takes a whole line that begins with "|" (`cut`: the text ends
 * in it); ends a table, if there is one. */
void table_line(struct markup *m, struct span row, bool cut);
void table_flush(struct markup *m);
/* Takes the next cell off the row; false at its end. The last column that
 * there is room for takes all that is left. */
bool table_next_cell(struct span *row, size_t column, struct span *ret);
/* Writes the cell's text, with its marks, to where text goes now. */
void table_put_cell(struct markup *m, struct span cell, bool head);
void table_init(struct table *t);
void table_release(struct table *t);
/* markup_record.c: writes rows of a table that is too wide, each cell on a line
 * of its own behind the head of its column. `begins`: these are the first rows;
 * without any, the heads are written alone. */
void record_put(struct markup *m, struct span rows, bool begins);

#endif
