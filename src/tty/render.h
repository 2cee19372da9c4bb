/*
 * Shows a reply. Foreign text passes text/safe and, if asked for, text/markup;
 * everything given since the last flush leaves in one write(2).
 *
 * Output is append-only: the cursor is never moved up and its position never
 * asked for. The one exception is the status line (a spinner, a countdown),
 * which is erased before anything else is written, and which exists only on a
 * terminal that is neither dumb nor accessible.
 *
 * Not thread-safe. Memory is bounded by what comes between two flushes, at most
 * RENDER_PENDING_MAX; text beyond that is flushed on the way.
 */
#ifndef ATL_TTY_RENDER_H
#define ATL_TTY_RENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "tty/term.h"

/* Bytes held before a flush is made on the way. */
#define RENDER_PENDING_MAX ((size_t)1024 * 1024)

struct render;

/* What becomes of a model's reasoning on a terminal. */
enum render_reasoning {
	RENDER_SHOWN = 0, /* dimmed */
	RENDER_HIDDEN,
	RENDER_SUMMED, /* a line that says how long it was */
};

struct render_options {
	bool terminal; /* fd is a terminal: needed for status and styles */
	bool dumb; /* no control sequence of any kind */
	bool plain; /* no SGR */
	bool raw; /* no Markdown, whatever `markdown` says */
	bool markdown;
	bool unsafe; /* the exact bytes: piped output, or --unsafe */
	bool accessible; /* words instead of dimming and spinners */
	enum render_reasoning reasoning;
	enum term_background background;
	bool links; /* addresses are hyperlinks */
	enum term_colour colour;
	int width; /* columns; 0: do not wrap */
	/* Takes what would be written to fd, one flush at a time; for a
	 * pager. */
	enum status (*write)(struct span text, void *payload, struct err *err);
	void *payload;
};

/* fd is borrowed and must outlive it; options are copied. NULL without
 * memory. */
struct render *render_new(
	int fd, const struct render_options *options) ATTR_MUST_CHECK;
void render_free(struct render *r);

/* The terminal's new width, from the next line on. */
void render_resize(struct render *r, int width);

/* Shows pieces of the answer as they come, cut anywhere. When fd is not a
 * terminal, only these are written: no reasoning, notices or status. */
void render_text(struct render *r, struct span text);
/* Shows pieces of the model's reasoning: dimmed, or in words on an accessible
 * terminal; or nothing; or one line before the text that follows. A change
 * between reasoning and text starts a line. */
void render_reasoning(struct render *r, struct span text);
/* Shows a line of atllama's own by itself, made one line by text/safe and
 * broken between words where the width demands it. Ends the text before it, as
 * render_end() does. */
void render_notice(struct render *r, struct span line);

/*
 * Shows `line` as the status in place of the one before; an empty one removes
 * it. It is shown with the next flush and gone with the next text. Cut to the
 * width; nothing where there can be no status line.
 */
void render_status(struct render *r, struct span line);

/*
 * Writes what is pending with one write(2), and more only after a short write
 * or when the descriptor is full. ST_IO with err.sys EPIPE when the reader has
 * gone; ST_STOPPED when SIGTERM or SIGHUP came while the terminal is stuck.
 * After an error, everything is dropped and the same error returned.
 */
enum status render_flush(struct render *r, struct err *err) ATTR_MUST_CHECK;

/*
 * Ends the reply: shows what filters hold back, turns styles off, removes the
 * status and, if anything was shown, ends the line. Then it flushes. The
 * renderer is ready for another reply.
 */
enum status render_end(struct render *r, struct err *err) ATTR_MUST_CHECK;

#endif
