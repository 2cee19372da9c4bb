/*
 * Puts styled text onto lines of a width: words, wrapping, and the SGR
 * sequences of the styles. For text/markup and text/fill; the text is filtered
 * already.
 */
#ifndef ATL_TEXT_FLOW_H
#define ATL_TEXT_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "text/markup.h"

/* What text is set with: any of these together, and FLOW_LINK. */
#define MARKUP_BIT(style) (1u << (style))

/* A style that is not SGR: the terminal opens an address (OSC 8). */
#define FLOW_LINK (1u << 31)

struct flow {
	struct buf *out; /* set by whoever feeds it */
	const char *const *sgr;
	unsigned shown; /* the styles that have an SGR string */
	size_t width; /* 0: no wrapping */
	bool hard; /* break words of every kind, also URLs */
	bool whole; /* break none */
	unsigned on; /* styles switched on at the end of out */
	struct buf link; /* what FLOW_LINK opens */
	size_t col; /* columns used on the line */
	size_t indent; /* columns of its prefix */
	/* Written before each line that wrapping begins. */
	void (*prefix)(void *payload);
	void *payload;
	/* the cluster under way */
	uint32_t prev; /* 0: none */
	int32_t cluster;
	int cluster_cols;
	bool wide; /* the last cluster is two columns wide */
	/* spaces that a wrap swallows */
	struct buf spaces;
	unsigned spaces_style;
	/* the word under way */
	bool in_word;
	bool held; /* its bytes wait in word */
	uint8_t url; /* bytes of "://" that were seen */
	struct buf word; /* with the SGR strings inside it */
	size_t word_cols;
	unsigned word_first; /* styles at the beginning of the word */
	unsigned word_on; /* styles at its end */
};

void flow_init(struct flow *f);
void flow_release(struct flow *f);
/* Adds text of one line, in whole characters; a newline in it is a blank. */
void flow_text(struct flow *f, struct span s, unsigned style);
/* Sets the address of FLOW_LINK: visible ASCII. */
void flow_link(struct flow *f, struct span address);
/* Adds bytes that are never wrapped: code. */
void flow_verbatim(struct flow *f, struct span s, unsigned style);
/* Adds a mark of our own that counts as the line's prefix. */
void flow_mark(struct flow *f, struct span s, unsigned style);
/* Ends the line within its paragraph, as wrapping does. */
void flow_break(struct flow *f);
/* Ends the word and drops trailing blanks; styles go off. */
void flow_end(struct flow *f);
void flow_newline(struct flow *f);

#endif
