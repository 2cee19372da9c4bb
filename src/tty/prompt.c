#include "tty/prompt.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define INVISIBLE_START '\001'
#define INVISIBLE_END '\002'

enum { TAB = 8 };

/* The name of the active agent, readable on its background. */
static const char *name_sgr(
	enum term_colour colour, enum term_background background)
{
	switch (background) {
	case TERM_DARK: return "\033[1;36m";
	case TERM_LIGHT: return "\033[1;34m";
	case TERM_ANY_BACKGROUND: break;
	}
	return colour == TERM_COLOUR_16 ? "\033[1;35m" : "\033[1;38;5;31m";
}

static const char *sgr(enum edit_style style, enum term_colour colour,
	enum term_background background)
{
	bool colours = colour != TERM_COLOUR_NONE;

	switch (style) {
	case EDIT_PLAIN: return "";
	case EDIT_BOLD: return "\033[1m";
	case EDIT_DIM: return "\033[2m";
	case EDIT_NAME:
		return colours ? name_sgr(colour, background) : "\033[1m";
	}
	return "";
}

static void put_invisible(struct buf *out, const char *s)
{
	buf_char(out, INVISIBLE_START);
	buf_str(out, s);
	buf_char(out, INVISIBLE_END);
}

void prompt_make(const struct edit_piece *pieces, size_t n, bool styled,
	enum term_colour colour, enum term_background background,
	struct buf *out)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const char *on = styled
			? sgr(pieces[i].style, colour, background)
			: "";

		if (*on != '\0')
			put_invisible(out, on);
		buf_str(out, pieces[i].text);
		if (*on != '\0')
			put_invisible(out, "\033[0m");
	}
}

/* Columns of a character that starts in `column`; readline shows control
 * characters as ^X. */
static int width_at(uint32_t cp, int column)
{
	if (cp == '\t')
		return TAB - column % TAB;
	if (cp < 0x20 || cp == 0x7f)
		return 2;
	return utf8_width(cp);
}

struct place {
	int row;
	int column;
	bool filled; /* the row before this one ends at the edge */
};

static void advance(struct place *p, struct span text, int columns)
{
	bool hidden = false;
	size_t i = 0;

	while (i < text.n) {
		uint32_t cp;
		size_t len;
		int width;

		(void)utf8_decode(text.p + i, text.n - i, &cp, &len);
		i += len;
		if (cp == INVISIBLE_START || cp == INVISIBLE_END) {
			hidden = cp == INVISIBLE_START;
			continue;
		}
		if (hidden)
			continue;
		if (cp == '\n') {
			p->row++;
			p->column = 0;
			p->filled = false;
			continue;
		}
		width = width_at(cp, p->column);
		if (p->column + width > columns) {
			p->row++;
			p->column = 0;
		}
		p->column += width;
		p->filled = p->column == columns;
		if (p->filled) {
			p->row++;
			p->column = 0;
		}
	}
}

int prompt_row(
	struct span prompt, struct span text, int columns, bool *ret_filled)
{
	struct place p = {0, 0, false};

	advance(&p, prompt, columns);
	advance(&p, text, columns);
	*ret_filled = p.filled;
	return p.row;
}

static size_t line_start(struct span text, size_t at)
{
	while (at > 0 && text.p[at - 1] != '\n')
		at--;
	return at;
}

static size_t line_end(struct span text, size_t at)
{
	while (at < text.n && text.p[at] != '\n')
		at++;
	return at;
}

bool prompt_move(struct span text, size_t at, bool forward, size_t *ret_at)
{
	size_t start = line_start(text, at);
	size_t want = utf8_columns(span_of(text.p + start, at - start));
	size_t end;
	size_t i;

	if (forward) {
		end = line_end(text, at);
		if (end == text.n)
			return false;
		start = end + 1;
	} else {
		if (start == 0)
			return false;
		start = line_start(text, start - 1);
	}
	end = line_end(text, start);
	for (i = start; i < end;) {
		uint32_t cp;
		size_t len;

		(void)utf8_decode(text.p + i, end - i, &cp, &len);
		if (utf8_columns(span_of(text.p + start, i + len - start)) >
			want)
			break;
		i += len;
	}
	*ret_at = i;
	return true;
}

bool prompt_reflows(void)
{
	const char *type = getenv("TERM");

	return getenv("XTERM_VERSION") == NULL &&
		(type == NULL || strncmp(type, "linux", 5) != 0);
}
