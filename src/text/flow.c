#include "text/flow.h"

#include <string.h>

#include "base/utf8.h"

/* Blanks in a row that are kept. */
#define SPACES_MAX 1024

/* Hyperlinks as VTE and iTerm2 have agreed on (OSC 8). */
#define LINK_BEGIN "\033]8;;%s\033\\"
#define LINK_END "\033]8;;\033\\"

void flow_init(struct flow *f)
{
	memset(f, 0, sizeof(*f));
	buf_init(&f->spaces, SPACES_MAX);
	buf_init(&f->word, BUF_LARGE);
	buf_init(&f->link, MARKUP_LINK);
}

void flow_release(struct flow *f)
{
	buf_release(&f->spaces);
	buf_release(&f->word);
	buf_release(&f->link);
}

/* Appends what changes the styles from *on to `want`. */
static void put_style(
	const struct flow *f, struct buf *b, unsigned *on, unsigned want)
{
	unsigned more;
	size_t i;

	want &= f->shown;
	if (*on == want)
		return;
	if ((*on & ~want & FLOW_LINK) != 0)
		buf_str(b, LINK_END);
	if ((want & ~*on & FLOW_LINK) != 0)
		buf_fmt(b, LINK_BEGIN, f->link.p);
	*on = (*on & ~FLOW_LINK) | (want & FLOW_LINK);
	if ((*on & ~want) != 0) {
		buf_str(b, "\033[0m");
		*on &= FLOW_LINK;
	}
	more = want & ~*on;
	for (i = 0; more != 0; i++, more >>= 1)
		if ((more & 1) != 0)
			buf_str(b, f->sgr[i]);
	*on = want;
}

static size_t spaces_cols(const struct flow *f)
{
	size_t col = f->col;
	size_t i;

	for (i = 0; i < f->spaces.len; i++)
		col = f->spaces.p[i] == '\t' ? col - col % 8 + 8 : col + 1;
	return col - f->col;
}

static void put_spaces(struct flow *f)
{
	if (f->spaces.len == 0)
		return;
	put_style(f, f->out, &f->on, f->spaces_style);
	f->col += spaces_cols(f);
	buf_span(f->out, buf_view(&f->spaces));
	buf_reset(&f->spaces);
}

static void wrap(struct flow *f)
{
	uint32_t prev = f->prev;

	put_style(f, f->out, &f->on, 0);
	buf_char(f->out, '\n');
	buf_reset(&f->spaces);
	f->col = 0;
	if (f->prefix != NULL)
		f->prefix(f->payload);
	f->indent = f->col;
	f->prev = prev;
}

static bool word_fits(const struct flow *f, size_t more)
{
	return f->col + spaces_cols(f) + f->word_cols + more <= f->width;
}

/* Writes the held word, on the next line if with `more` columns it does not fit
 * here. */
static void release_word(struct flow *f, size_t more)
{
	if (!f->held)
		return;
	if (!word_fits(f, more))
		wrap(f);
	f->held = false;
	put_spaces(f);
	put_style(f, f->out, &f->on, f->word_first);
	buf_span(f->out, buf_view(&f->word));
	f->on = f->word_on;
	f->col += f->word_cols;
	buf_reset(&f->word);
	f->word_cols = 0;
}

static void end_word(struct flow *f)
{
	release_word(f, 0);
	f->in_word = false;
	f->wide = false;
	f->url = 0;
}

/* Begins a word. Far from the margin it is written as it comes, near it it
 * waits. A word that is never broken always waits, since it may be of any
 * length. */
static void begin_word(struct flow *f, unsigned style)
{
	f->in_word = true;
	f->url = 0;
	f->held = f->width > 0 && f->col > f->indent &&
		(f->whole || f->col + spaces_cols(f) + MARKUP_ROOM > f->width);
	if (f->held) {
		/* A link is opened inside the word, since there may be another
		 * one when the word is written. */
		f->word_first = style & f->shown & ~FLOW_LINK;
		f->word_on = f->word_first;
	} else {
		put_spaces(f);
	}
}

static void note_url(struct flow *f, char c)
{
	static const char sign[] = "://";

	if (f->url == 3)
		return;
	f->url = c == sign[f->url] ? (uint8_t)(f->url + 1) : c == ':' ? 1 : 0;
}

/* Whether the present word may be broken. */
static bool breakable(const struct flow *f, unsigned style)
{
	return f->hard ||
		(f->url < 3 && !f->whole &&
			(style & MARKUP_BIT(MARKUP_URL)) == 0);
}

/* Adds bytes to the word, `cols` columns wide. `starts`: a cluster begins here,
 * so that a line may begin here too; `need` is the room it takes. */
static void put_piece(struct flow *f, struct span s, size_t cols, size_t need,
	bool starts, unsigned style)
{
	if (f->held && (!starts || word_fits(f, need))) {
		put_style(f, &f->word, &f->word_on, style);
		buf_span(&f->word, s);
		f->word_cols += cols;
		return;
	}
	release_word(f, need);
	if (f->width > 0 && starts && f->col > f->indent &&
		f->col + need > f->width && breakable(f, style))
		wrap(f);
	put_style(f, f->out, &f->on, style);
	buf_span(f->out, s);
	f->col += cols;
}

/* Closing punctuation stays with what is before it. */
static bool is_closing(uint32_t cp)
{
	switch (cp) {
	case 0x3001: /* ideographic comma and full stop */
	case 0x3002:
	case 0x3009: /* closing brackets */
	case 0x300b:
	case 0x300d:
	case 0x300f:
	case 0x3011:
	case 0xff01: /* full-width ! ) , : ; ? */
	case 0xff09:
	case 0xff0c:
	case 0xff1a:
	case 0xff1b:
	case 0xff1f: return true;
	default: return false;
	}
}

static bool is_regional(uint32_t cp)
{
	return cp >= 0x1f1e6 && cp <= 0x1f1ff;
}

/* Whether a cluster that begins with cp may become two columns wide: emoji,
 * flags, and letters of scripts whose vowel signs have a width. */
static bool may_grow(uint32_t cp)
{
	return utf8_is_pictographic(cp) || is_regional(cp) ||
		utf8_is_joining(cp) || (cp >= 0xe00 && cp <= 0xeff);
}

/* Adds cp to the cluster before it; returns the columns it adds, as
 * utf8_columns() counts. */
static size_t grow_cluster(struct flow *f, uint32_t cp)
{
	int cols = utf8_cluster_columns(f->cluster_cols, f->prev, cp);
	int more = cols - f->cluster_cols;

	if (more <= 0)
		return 0;
	f->cluster_cols = cols;
	return (size_t)more;
}

/* Adds a character that is not a blank and not in a run of ASCII. */
static void put_char(struct flow *f, struct span s, uint32_t cp, unsigned style)
{
	bool starts;
	size_t cols;
	size_t need;

	if (f->prev == 0)
		f->cluster = 0; /* the text before was another one */
	starts = f->prev == 0 || utf8_breaks(f->prev, cp, &f->cluster);
	if (starts) {
		int w = utf8_width(cp);

		/* Between ideographs a line may break. */
		if (f->in_word && (w == 2 || f->wide) && !is_closing(cp))
			end_word(f);
		f->cluster_cols = w;
		f->wide = w == 2;
		cols = (size_t)w;
	} else {
		cols = grow_cluster(f, cp);
	}
	need = starts && may_grow(cp) ? 2 : cols;
	f->prev = cp;
	if (!f->in_word)
		begin_word(f, style);
	note_url(f, '\0');
	put_piece(f, s, cols, need, starts, style);
}

/* Adds a run of ASCII without blanks. */
static void put_ascii(struct flow *f, struct span s, unsigned style)
{
	while (s.n > 0) {
		size_t n = s.n;
		size_t i;

		if (f->in_word && f->wide)
			end_word(f);
		f->wide = false;
		if (!f->in_word)
			begin_word(f, style);
		if (f->width > 0) {
			size_t used = f->col +
				(f->held ? spaces_cols(f) + f->word_cols : 0);
			size_t room = used < f->width ? f->width - used : 0;

			if (n > room)
				n = room > 0 ? room : 1;
		}
		for (i = 0; i < n; i++)
			note_url(f, s.p[i]);
		put_piece(f, span_of(s.p, n), n, n, true, style);
		f->prev = (unsigned char)s.p[n - 1];
		f->cluster = 0;
		f->cluster_cols = 1;
		s.p += n;
		s.n -= n;
	}
}

static void put_space(struct flow *f, char c, unsigned style)
{
	end_word(f);
	f->prev = ' ';
	f->cluster = 0;
	f->cluster_cols = 1;
	if (f->col <= f->indent && f->spaces.len == 0)
		return; /* no line begins with a blank */
	if (f->spaces.len == 0)
		f->spaces_style = style;
	if (f->spaces.len < SPACES_MAX)
		buf_char(&f->spaces, c == '\t' ? '\t' : ' ');
}

/* A combining mark on a blank ties the blank to the word. */
static void tie_spaces(struct flow *f, unsigned style)
{
	struct buf tied = f->spaces;

	buf_init(&f->spaces, SPACES_MAX);
	begin_word(f, style);
	if (tied.len == 0)
		buf_char(&tied, ' ');
	put_piece(f, buf_view(&tied), tied.len, tied.len, true, style);
	buf_release(&tied);
}

void flow_text(struct flow *f, struct span s, unsigned style)
{
	size_t i = 0;

	while (i < s.n) {
		size_t from = i;
		uint32_t cp;
		size_t len;

		while (i < s.n && s.p[i] > ' ' && s.p[i] < 0x7f)
			i++;
		if (i > from) {
			put_ascii(f, span_of(s.p + from, i - from), style);
			continue;
		}
		if (s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\n') {
			put_space(f, s.p[i++], style);
			continue;
		}
		(void)utf8_decode(s.p + i, s.n - i, &cp, &len);
		if (f->prev == ' ') {
			int32_t state = 0;

			if (!utf8_breaks(' ', cp, &state))
				tie_spaces(f, style);
		}
		put_char(f, span_of(s.p + i, len), cp, style);
		i += len;
	}
}

void flow_break(struct flow *f)
{
	end_word(f);
	wrap(f);
}

void flow_link(struct flow *f, struct span address)
{
	/* The link before ends with its own text. */
	if (f->held)
		put_style(f, &f->word, &f->word_on, f->word_on & ~FLOW_LINK);
	else
		put_style(f, f->out, &f->on, f->on & ~FLOW_LINK);
	buf_set(&f->link, address);
}

void flow_verbatim(struct flow *f, struct span s, unsigned style)
{
	put_style(f, f->out, &f->on, style);
	buf_span(f->out, s);
	f->col += s.n;
	f->prev = 0;
}

void flow_mark(struct flow *f, struct span s, unsigned style)
{
	put_style(f, f->out, &f->on, style);
	buf_span(f->out, s);
	f->col += utf8_columns(s);
	f->indent = f->col;
	f->prev = 0;
}

void flow_end(struct flow *f)
{
	end_word(f);
	buf_reset(&f->spaces);
	put_style(f, f->out, &f->on, 0);
	f->prev = 0;
}

void flow_newline(struct flow *f)
{
	flow_end(f);
	buf_char(f->out, '\n');
	f->col = 0;
	f->indent = 0;
}
