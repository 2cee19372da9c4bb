#include "tty/render.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "text/fill.h"
#include "text/markup.h"
#include "text/safe.h"

#define ERASE_LINE "\r\033[K"
#define DIM_ON "\033[2m"
#define DIM_OFF "\033[22m"
#define STYLES_OFF "\033[0m"

enum { INDENT = 2 }; /* of the lines of a notice after the first */

enum section { SECTION_NONE = 0, SECTION_TEXT, SECTION_REASONING };

struct render {
	int fd;
	struct render_options o;
	bool styled; /* SGR may be used */
	struct buf out; /* not yet written */
	struct safe safe;
	struct markup *markup; /* NULL: the filter alone */
	struct fill *fill; /* lines of reasoning; NULL with --raw */
	struct buf filtered; /* reasoning on its way */
	struct buf filled;
	enum section section;
	bool reasoned; /* this reply has shown reasoning */
	bool line_start; /* the text is at the start of a line, styles aside */
	bool dimmed;
	size_t summed; /* words of reasoning that the summary counts */
	bool summed_word; /* the reasoning so far ends inside a word */
	int64_t summed_since_ms;
	struct buf status;
	bool status_due; /* to be shown by the next flush */
	bool status_shown;
	enum status failed;
	struct err failure;
};

static enum markup_colors colors(enum term_colour colour)
{
	switch (colour) {
	case TERM_COLOUR_NONE: return MARKUP_MONO;
	case TERM_COLOUR_16: return MARKUP_16;
	case TERM_COLOUR_256: return MARKUP_256;
	case TERM_COLOUR_TRUE: return MARKUP_TRUE_COLOR;
	}
	return MARKUP_MONO;
}

static enum markup_background behind(enum term_background background)
{
	switch (background) {
	case TERM_DARK: return MARKUP_DARK;
	case TERM_LIGHT: return MARKUP_LIGHT;
	case TERM_ANY_BACKGROUND: break;
	}
	return MARKUP_ANY_BACKGROUND;
}

struct render *render_new(int fd, const struct render_options *options)
{
	struct render *r = calloc(1, sizeof(*r));
	bool words;

	if (r == NULL)
		return NULL;
	r->fd = fd;
	r->o = *options;
	r->styled = !r->o.plain && !r->o.dumb;
	r->line_start = true;
	buf_init(&r->out, 2 * BUF_LARGE);
	buf_init(&r->filtered, 2 * BUF_LARGE);
	buf_init(&r->filled, 2 * BUF_LARGE);
	buf_init(&r->status, BUF_SMALL);
	safe_init(&r->safe, 0);
	if (!r->o.markdown || r->o.raw || r->o.unsafe)
		return r;
	words = r->o.accessible || !r->styled ||
		r->o.colour == TERM_COLOUR_NONE;
	r->fill = fill_new(r->o.width > 0 ? (size_t)r->o.width : 0);
	r->markup = markup_new(
		markup_theme(colors(r->o.colour), behind(r->o.background)),
		r->o.width > 0 ? (size_t)r->o.width : 0,
		(r->styled ? 0 : MARKUP_PLAIN) |
			(r->styled && r->o.links ? MARKUP_LINKS : 0) |
			(words ? MARKUP_WORDS : 0));
	if (r->markup == NULL || r->fill == NULL) {
		render_free(r);
		return NULL;
	}
	return r;
}

void render_free(struct render *r)
{
	if (r == NULL)
		return;
	markup_free(r->markup);
	fill_free(r->fill);
	buf_release(&r->out);
	buf_release(&r->filtered);
	buf_release(&r->filled);
	buf_release(&r->status);
	free(r);
}

void render_resize(struct render *r, int width)
{
	r->o.width = width;
	if (r->markup != NULL)
		markup_resize(r->markup, width > 0 ? (size_t)width : 0);
	if (r->fill != NULL)
		fill_resize(r->fill, width > 0 ? (size_t)width : 0);
}

/* Removes the status before anything is appended. */
static void begin(struct render *r)
{
	r->status_due = false;
	if (!r->status_shown)
		return;
	buf_str(&r->out, ERASE_LINE);
	r->status_shown = false;
}

static void note_end(struct render *r, size_t from)
{
	if (r->out.len > from)
		r->line_start = r->out.p[r->out.len - 1] == '\n';
}

static void put_line(struct render *r, const char *words)
{
	buf_str(&r->out, words);
	buf_char(&r->out, '\n');
	r->line_start = true;
}

/* Appends filtered text dimmed; the style never crosses the end of a line, so
 * that scrolling and copying carry none of it. */
static void put_dimmed(struct render *r, struct span text)
{
	while (text.n > 0) {
		struct span rest = text;
		struct span line = span_cut(&rest, '\n');
		bool ended = line.n < text.n;

		if (line.n > 0 && r->styled && !r->dimmed) {
			buf_str(&r->out, DIM_ON);
			r->dimmed = true;
		}
		buf_span(&r->out, line);
		if (ended && r->dimmed) {
			buf_str(&r->out, DIM_OFF);
			r->dimmed = false;
		}
		if (ended)
			buf_char(&r->out, '\n');
		r->line_start = ended;
		text = rest;
	}
}

/* Filtered reasoning, in lines that break between words. last: nothing
 * follows. */
static void put_reasoning(struct render *r, bool last)
{
	if (r->fill == NULL) {
		put_dimmed(r, buf_view(&r->filtered));
		return;
	}
	buf_reset(&r->filled);
	fill_feed(r->fill, buf_view(&r->filtered), &r->filled);
	if (last)
		fill_finish(r->fill, &r->filled);
	put_dimmed(r, buf_view(&r->filled));
	if (r->filled.bad)
		r->out.bad = true;
}

/* Shows what filters hold back of the present section, and ends its line. */
static void finish_section(struct render *r)
{
	size_t from = r->out.len;

	switch (r->section) {
	case SECTION_NONE: return;
	case SECTION_TEXT:
		if (r->markup != NULL)
			markup_finish(r->markup, &r->out);
		else if (!r->o.unsafe)
			safe_finish(&r->safe, &r->out);
		note_end(r, from);
		break;
	case SECTION_REASONING:
		buf_reset(&r->filtered);
		safe_finish(&r->safe, &r->filtered);
		put_reasoning(r, true);
		if (r->dimmed)
			buf_str(&r->out, DIM_OFF);
		r->dimmed = false;
		break;
	}
	r->section = SECTION_NONE;
	if (!r->line_start)
		put_line(r, "");
}

/* Counts words; in scripts without blanks, characters. */
static void sum_up(struct render *r, struct span text)
{
	size_t i = 0;

	if (r->summed == 0)
		r->summed_since_ms = clock_mono_ms();
	while (i < text.n) {
		uint32_t cp;
		size_t len;
		bool space;

		(void)utf8_decode(text.p + i, text.n - i, &cp, &len);
		space = utf8_is_space(cp);
		if (!space && (!r->summed_word || utf8_width(cp) == 2))
			r->summed++;
		r->summed_word = !space;
		i += len;
	}
}

/* Shows the line in place of the reasoning. */
static void put_summary(struct render *r)
{
	int64_t seconds = (clock_mono_ms() - r->summed_since_ms) / 1000;
	struct buf line;

	if (r->summed == 0)
		return;
	begin(r);
	finish_section(r);
	buf_init(&line, BUF_SMALL);
	buf_fmt(&line, "Reasoning: %zu word%s", r->summed,
		r->summed == 1 ? "" : "s");
	if (seconds > 0)
		buf_fmt(&line, ", %lld s", (long long)seconds);
	buf_char(&line, '\n');
	put_dimmed(r, buf_view(&line));
	buf_release(&line);
	r->summed = 0;
	r->summed_word = false;
}

/* Begins a section. Styles tell reasoning from answer, or words where there are
 * no styles. */
static void enter(struct render *r, enum section section)
{
	bool words = r->o.accessible || !r->styled;

	put_summary(r);
	begin(r);
	if (r->section == section)
		return;
	finish_section(r);
	r->section = section;
	if (section == SECTION_REASONING) {
		if (words)
			put_line(r, "Reasoning:");
		r->reasoned = true;
	} else if (r->reasoned) {
		put_line(r, words ? "Answer:" : "");
		r->reasoned = false;
	}
}

static void fail(struct render *r, enum status st)
{
	r->failed = st;
	buf_release(&r->out);
}

/* Waits until a descriptor that does not block can take more. */
static bool wait_writable(const struct render *r)
{
	struct pollfd p = {.fd = r->fd, .events = POLLOUT};

	while (poll(&p, 1, -1) < 0)
		if (errno != EINTR || term_ending())
			return false;
	return true;
}

static enum status write_pending(struct render *r)
{
	size_t done = 0;

	if (r->failed != ST_OK)
		return r->failed;
	if (r->out.bad) {
		fail(r, err_nomem(&r->failure));
		return r->failed;
	}
	if (r->o.write != NULL && r->out.len > 0) {
		enum status st = r->o.write(
			buf_view(&r->out), r->o.payload, &r->failure);

		if (st != ST_OK)
			fail(r, st);
		else
			buf_reset(&r->out);
		return st;
	}
	while (done < r->out.len) {
		ssize_t n = write(r->fd, r->out.p + done, r->out.len - done);
		bool wait = n < 0 && errno == EAGAIN;

		if (n >= 0) {
			done += (size_t)n;
			continue;
		}
		if (wait ? wait_writable(r) : errno == EINTR && !term_ending())
			continue;
		if (term_ending())
			fail(r, err_set(&r->failure, ST_STOPPED, "terminated"));
		else
			fail(r,
				err_sys(&r->failure, ST_IO,
					"cannot write the answer"));
		return r->failed;
	}
	buf_reset(&r->out);
	return ST_OK;
}

static void relieve(struct render *r)
{
	if (r->out.len > RENDER_PENDING_MAX)
		(void)write_pending(r);
}

void render_text(struct render *r, struct span text)
{
	size_t from;

	if (text.n == 0 || r->failed != ST_OK)
		return;
	enter(r, SECTION_TEXT);
	from = r->out.len;
	if (r->markup != NULL)
		markup_feed(r->markup, text, &r->out);
	else if (r->o.unsafe)
		buf_span(&r->out, text);
	else
		safe_feed(&r->safe, text, &r->out);
	note_end(r, from);
	relieve(r);
}

void render_reasoning(struct render *r, struct span text)
{
	if (text.n == 0 || r->failed != ST_OK || !r->o.terminal ||
		r->o.reasoning == RENDER_HIDDEN)
		return;
	if (r->o.reasoning == RENDER_SUMMED) {
		sum_up(r, text);
		return;
	}
	enter(r, SECTION_REASONING);
	buf_reset(&r->filtered);
	if (r->o.unsafe)
		buf_span(&r->filtered, text);
	else
		safe_feed(&r->safe, text, &r->filtered);
	put_reasoning(r, false);
	relieve(r);
}

void render_notice(struct render *r, struct span line)
{
	struct buf filled;

	if (r->failed != ST_OK || !r->o.terminal)
		return;
	put_summary(r);
	begin(r);
	finish_section(r);
	buf_init(&filled, BUF_LARGE);
	buf_reset(&r->filtered);
	safe_line(line, &r->filtered);
	fill_line(
		buf_view(&r->filtered), (size_t)r->o.width, 0, INDENT, &filled);
	buf_char(&filled, '\n');
	put_dimmed(r, buf_view(&filled));
	if (filled.bad)
		r->out.bad = true;
	buf_release(&filled);
}

static bool may_status(const struct render *r)
{
	return r->o.terminal && !r->o.dumb && !r->o.accessible;
}

/* The part of a line that fits on the terminal without wrapping. */
static size_t fitting(struct span line, size_t columns)
{
	size_t used = 0;
	size_t i = 0;

	while (i < line.n) {
		uint32_t cp;
		size_t len;

		(void)utf8_decode(line.p + i, line.n - i, &cp, &len);
		used += (size_t)utf8_width(cp);
		if (used > columns)
			break;
		i += len;
	}
	return i;
}

void render_status(struct render *r, struct span line)
{
	size_t columns = r->o.width > 1 ? (size_t)r->o.width - 1 : 79;

	if (!may_status(r) || r->failed != ST_OK)
		return;
	buf_reset(&r->status);
	safe_line(line, &r->status);
	buf_truncate(&r->status, fitting(buf_view(&r->status), columns));
	r->status_due = true;
}

/* Shows the status, only at the start of a line: in the middle of one it would
 * erase text. */
static void put_status(struct render *r)
{
	bool show = r->status.len > 0 && r->line_start;

	if (!r->status_due)
		return;
	begin(r);
	if (!show)
		return;
	buf_fmt(&r->out, "%s%s%s", r->styled ? DIM_ON : "", r->status.p,
		r->styled ? DIM_OFF : "");
	r->status_shown = true;
}

enum status render_flush(struct render *r, struct err *err)
{
	enum status st;

	if (r->failed == ST_OK)
		put_status(r);
	st = write_pending(r);
	if (st != ST_OK && err != NULL)
		*err = r->failure;
	return st;
}

enum status render_end(struct render *r, struct err *err)
{
	if (r->failed == ST_OK) {
		bool any = r->section != SECTION_NONE;

		put_summary(r);
		begin(r);
		finish_section(r);
		if (any && r->styled && r->o.terminal && r->o.unsafe)
			buf_str(&r->out, STYLES_OFF);
		r->reasoned = false;
		buf_reset(&r->status);
	}
	return render_flush(r, err);
}
