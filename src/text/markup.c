#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/link.h"
#include "text/markup_priv.h"
#include "text/markup_syntax.h"

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define ITALIC "\033[3m"
#define UNDERLINE "\033[4m"
#define STRUCK "\033[9m"

/* What differs between the themes: inline code, addresses, the headings of the
 * first and second level, code blocks, bullets; and the colours of code:
 * keywords, types, strings, numbers, comments, directives, names, added and
 * removed lines. */
#define THEME(code, url, head1, head2, block, bullet, ...)                     \
	{                                                                      \
		{BOLD, ITALIC, STRUCK, code, UNDERLINE, url, head1, head2,     \
			BOLD, block, DIM, DIM, bullet, DIM, BOLD,              \
			__VA_ARGS__},                                          \
			"\xe2\x80\xa2", ">", "\xe2\x94\x80", "\xe2\x94\x82",   \
			true, false                                            \
	}

#define RGB(r, g, b) "\033[38;2;" #r ";" #g ";" #b "m"
#define PALETTE(n) "\033[38;5;" #n "m"

/* True colour has none that would be better. */
#define ANY_THEME                                                              \
	THEME(PALETTE(130), PALETTE(31), "\033[1;4;38;5;99m",                  \
		"\033[1;38;5;99m", NULL, PALETTE(130), PALETTE(133),           \
		PALETTE(30), PALETTE(28), PALETTE(130), PALETTE(243),          \
		PALETTE(132), PALETTE(31), PALETTE(28), PALETTE(161))

static const struct markup_theme no_color = {
	{NULL}, "-", ">", "-", "|", true, true};
static const struct markup_theme mono = THEME(NULL, NULL, "\033[1;4m", BOLD,
	NULL, NULL, NULL, NULL, NULL, NULL, DIM, NULL, NULL, NULL, NULL);

/*
 * By number of colours, then by background. Against white and black the colours
 * for either have a contrast of 4.5 and more, and those for any one of 4 on
 * both (WCAG 2), except where the terminal decides what its 16 colours look
 * like: there, those for any background and for a light one keep to what is
 * readable in xterm's.
 */
static const struct markup_theme themes[][3] = {
	{THEME("\033[35m", NULL, "\033[1;4;35m", "\033[1;35m", NULL, "\033[31m",
		 "\033[35m", "\033[35m", "\033[31m", "\033[31m", DIM,
		 "\033[35m", NULL, BOLD, "\033[31m"),
		THEME("\033[36m", "\033[36m", "\033[1;4;35m", "\033[1;35m",
			NULL, "\033[33m", "\033[35m", "\033[36m", "\033[32m",
			"\033[33m", DIM, "\033[36m", "\033[94m", "\033[32m",
			"\033[31m"),
		THEME("\033[34m", "\033[34m", "\033[1;4;35m", "\033[1;35m",
			NULL, "\033[31m", "\033[35m", "\033[34m", "\033[31m",
			"\033[31m", DIM, "\033[35m", "\033[34m", "\033[34m",
			"\033[31m")},
	{ANY_THEME,
		THEME(PALETTE(180), PALETTE(110), "\033[1;4;38;5;147m",
			"\033[1;38;5;147m", PALETTE(252), PALETTE(179),
			PALETTE(176), PALETTE(80), PALETTE(114), PALETTE(173),
			PALETTE(246), PALETTE(139), PALETTE(110), PALETTE(114),
			PALETTE(203)),
		THEME(PALETTE(94), PALETTE(25), "\033[1;4;38;5;54m",
			"\033[1;38;5;54m", PALETTE(236), PALETTE(130),
			PALETTE(90), PALETTE(24), PALETTE(22), PALETTE(94),
			PALETTE(241), PALETTE(89), PALETTE(25), PALETTE(22),
			PALETTE(124))},
	{ANY_THEME,
		THEME(RGB(229, 192, 123), RGB(97, 175, 239),
			"\033[1;4;38;2;198;160;246m",
			"\033[1;38;2;198;160;246m", RGB(205, 211, 222),
			RGB(224, 175, 104), RGB(209, 140, 232),
			RGB(86, 182, 194), RGB(152, 195, 121),
			RGB(209, 154, 102), RGB(146, 153, 166),
			RGB(198, 146, 190), RGB(97, 175, 239),
			RGB(152, 195, 121), RGB(240, 113, 120)),
		THEME(RGB(138, 90, 0), RGB(9, 92, 160),
			"\033[1;4;38;2;98;54;160m", "\033[1;38;2;98;54;160m",
			RGB(45, 50, 58), RGB(166, 84, 0), RGB(135, 35, 145),
			RGB(0, 100, 118), RGB(40, 105, 32), RGB(146, 76, 0),
			RGB(96, 102, 110), RGB(120, 62, 120), RGB(9, 92, 160),
			RGB(30, 105, 40), RGB(178, 30, 40))},
};

const struct markup_theme *markup_theme(
	enum markup_colors colors, enum markup_background background)
{
	switch (colors) {
	case MARKUP_16: return &themes[0][background];
	case MARKUP_256: return &themes[1][background];
	case MARKUP_TRUE_COLOR: return &themes[2][background];
	case MARKUP_MONO: return &mono;
	case MARKUP_NO_COLOR: break;
	}
	return &no_color;
}

static unsigned shown_styles(const struct markup *m)
{
	unsigned shown = 0;
	int i;

	if ((m->flags & MARKUP_PLAIN) == 0)
		for (i = 0; i < MARKUP_STYLES; i++)
			if (m->theme->sgr[i] != NULL)
				shown |= MARKUP_BIT(i);
	if ((m->flags & MARKUP_LINKS) != 0 && (m->flags & MARKUP_PLAIN) == 0)
		shown |= FLOW_LINK;
	return shown;
}

struct markup *markup_new(
	const struct markup_theme *theme, size_t width, unsigned flags)
{
	unsigned safe_flags = (flags & MARKUP_RTL) != 0 ? SAFE_RTL : 0;
	struct markup *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->theme = theme;
	m->marks = (flags & MARKUP_WORDS) != 0 ? &no_color : theme;
	m->flags = flags;
	safe_init(&m->safe, safe_flags);
	safe_init(&m->guard, safe_flags);
	buf_init(&m->clean, BUF_LARGE);
	buf_init(&m->guarded, BUF_LARGE);
	buf_init(&m->line, BUF_SMALL);
	buf_init(&m->tail, BUF_SMALL);
	inlines_init(&m->inl);
	m->inl.words = (flags & MARKUP_WORDS) != 0;
	flow_init(&m->page);
	table_init(&m->table);
	m->page.sgr = m->table.flow.sgr = theme->sgr;
	m->page.shown = m->table.flow.shown = shown_styles(m);
	m->colours = (m->page.shown & ~FLOW_LINK) >> MARKUP_KEYWORD != 0;
	code_init(&m->code, block_code, m);
	m->page.width = width;
	m->page.prefix = block_prefix;
	m->page.payload = m;
	m->flow = &m->page;
	return m;
}

void markup_free(struct markup *m)
{
	if (m == NULL)
		return;
	buf_release(&m->clean);
	buf_release(&m->guarded);
	buf_release(&m->line);
	buf_release(&m->tail);
	inlines_release(&m->inl);
	flow_release(&m->page);
	table_release(&m->table);
	free(m);
}

void markup_resize(struct markup *m, size_t width)
{
	m->page.width = width;
}

/*
 * Inline text
 */

/* Writes the line breaks before what comes next. */
static void put_breaks(struct markup *m)
{
	for (; m->breaks > 0; m->breaks--) {
		buf_reset(&m->guarded);
		safe_finish(&m->guard, &m->guarded);
		flow_text(m->flow, buf_view(&m->guarded), m->style);
		safe_reset(&m->guard);
		flow_break(m->flow);
	}
}

static void put(struct markup *m, struct span s, unsigned style)
{
	put_breaks(m);
	buf_reset(&m->guarded);
	safe_feed(&m->guard, s, &m->guarded);
	flow_text(m->flow, buf_view(&m->guarded), style | m->style);
}

void markup_put_backslash(struct markup *m)
{
	if (m->backslash)
		put(m, span_str(m->backslash_gap ? " \\" : "\\"), 0);
	m->backslash = false;
}

/* Writes the entity at s; what it stands for goes through the guard. */
static void put_entity(struct markup *m, struct span s, unsigned style)
{
	char bytes[UTF8_MAX + 1];
	struct buf b;
	uint32_t cp = UTF8_BAD;
	size_t len;

	(void)syntax_entity(s, &len, &cp);
	if (cp == '\n' || cp == '\r' || cp == '\t')
		cp = ' ';
	buf_init(&b, sizeof(bytes));
	utf8_put(&b, cp);
	put(m, buf_view(&b), style);
	buf_release(&b);
}

/* Appends an address without its escapes and entities. */
static void unescape(struct span s, struct buf *out)
{
	size_t i = 0;

	while (i < s.n) {
		size_t len = 1;
		uint32_t cp;

		if (s.p[i] == '&' &&
			syntax_entity(span_of(s.p + i, s.n - i), &len, &cp) ==
				SYNTAX_YES) {
			utf8_put(out, cp);
			i += len;
			continue;
		}
		if (s.p[i] == '\\' && i + 1 < s.n &&
			(unsigned char)s.p[i + 1] < 0x80 &&
			utf8_is_punct((unsigned char)s.p[i + 1]))
			i++;
		buf_char(out, s.p[i++]);
	}
}

/* Whether a click may open the address: the reader sees all of it, and nothing
 * has to be said about it. */
static bool may_link(const struct markup *m, struct span address)
{
	size_t i;

	if ((m->flags & MARKUP_LINKS) == 0 || m->flow != &m->page ||
		(!span_starts(address, "https://") &&
			!span_starts(address, "http://")) ||
		address.n > MARKUP_LINK || link_is_odd(address))
		return false;
	/* What the guard holds back would be written with the address. */
	if (m->guard.n_tags > 0 || m->guard.hidden)
		return false;
	for (i = 0; i < address.n; i++)
		if (address.p[i] <= ' ' || address.p[i] >= 0x7f)
			return false;
	return true;
}

/* Writes the address s of a link; attr are the marks of its first byte. */
static void put_target(struct markup *m, struct span s, uint32_t attr)
{
	unsigned style = attr & (SPAN_SKIP - 1);
	struct buf address;
	struct buf shown;

	buf_init(&address, BUF_SMALL);
	buf_init(&shown, BUF_SMALL);
	if ((attr & SPAN_RAW) != 0)
		buf_span(&address, s);
	else
		unescape(s, &address);
	if ((attr & SPAN_BARE) != 0)
		buf_span(&shown, buf_view(&address));
	else
		link_show(buf_view(&address), &shown);
	if (address.bad || shown.bad)
		m->guarded.bad = true;
	if (may_link(m, buf_view(&address))) {
		flow_link(m->flow, buf_view(&address));
		style |= FLOW_LINK;
	}
	put(m, buf_view(&shown), style);
	buf_release(&address);
	buf_release(&shown);
}

/* Writes the first n bytes of the hold as the scan has marked them. */
static void put_marked(struct markup *m, size_t n)
{
	const uint32_t styles = SPAN_SKIP - 1;
	struct inlines *l = &m->inl;
	size_t i = 0;

	while (i < n) {
		uint32_t attr = l->attr[i];
		struct span s = {l->hold.p + i, 1};

		if ((attr & SPAN_SKIP) != 0) {
			i++;
			continue;
		}
		if ((attr & SPAN_BREAK) != 0) {
			m->breaks++;
			i++;
			continue;
		}
		if ((attr & SPAN_GAP) != 0)
			put(m, span_str(" "), attr & styles);
		if ((attr & SPAN_ENTITY) != 0) {
			s.n = n - i;
			put_entity(m, s, attr & styles);
			i++;
			continue;
		}
		if ((attr & SPAN_TARGET) != 0) {
			while (i + s.n < n && (l->attr[i + s.n] & SPAN_PART))
				s.n++;
			put_target(m, s, attr);
			i += s.n;
			continue;
		}
		while (i + s.n < n && l->attr[i + s.n] == (attr & styles))
			s.n++;
		put(m, s, attr & styles);
		i += s.n;
	}
}

static uint32_t last_char(struct span s)
{
	size_t from = s.n;
	uint32_t cp;
	size_t len;

	do
		from--;
	while (from > 0 && ((unsigned char)s.p[from] & 0xc0) == 0x80);
	(void)utf8_decode(s.p + from, s.n - from, &cp, &len);
	return cp;
}

/* Scans the hold and writes what is settled. Beyond the limit, its first mark
 * becomes text. */
static void settle(struct markup *m, bool final)
{
	struct inlines *l = &m->inl;

	while (l->hold.len > 0) {
		bool backslash = false;
		size_t n = inlines_scan(l, final, &backslash);

		if (backslash) {
			size_t at = l->hold.len - 1;

			m->backslash = true;
			m->backslash_gap = at > 0 ? l->hold.p[at - 1] == ' '
						  : l->before == ' ';
		}
		if (n > 0) {
			put_marked(m, n);
			l->before = last_char(span_of(l->hold.p, n));
			buf_consume(&l->hold, n);
			l->literal = l->literal > n ? l->literal - n : 0;
		}
		if (l->hold.len < l->limit)
			break;
		/* The mark at the start: a run of one character. */
		do
			l->literal++;
		while (l->literal < l->hold.len &&
			l->hold.p[l->literal] == l->hold.p[0]);
	}
}

static bool is_special(char c)
{
	switch (c) {
	case '\\':
	case '`':
	case '*':
	case '_':
	case '~':
	case '[':
	case ']':
	case '<':
	case '&':
	case '!': return true;
	default: return false;
	}
}

/* Whether an address may begin at s.p[n], from what there is of it. */
static bool may_begin_url(const struct inlines *l, struct span s, size_t n)
{
	static const char http[] = "http";
	size_t k = s.n - n < sizeof(http) - 1 ? s.n - n : sizeof(http) - 1;

	if (s.p[n] != 'h' || memcmp(s.p + n, http, k) != 0)
		return false;
	/* The scan looks at the character before it. */
	return n > 0 ? (unsigned char)s.p[n - 1] >= 0x80 ||
			syntax_url_may_begin((unsigned char)s.p[n - 1])
		     : syntax_url_may_begin(l->before);
}

/* Whether this character may settle some of the hold. */
static bool is_due(const struct inlines *l, char c, uint32_t cp, bool special)
{
	if (l->hold.len >= l->limit)
		return true;
	if (l->in_url)
		return !syntax_url_goes_on(cp);
	return special || l->special || l->eager || c == ')';
}

void markup_inline(struct markup *m, struct span s)
{
	struct inlines *l = &m->inl;

	while (s.n > 0) {
		bool special;
		size_t n = 0;
		uint32_t cp;

		if (l->hold.len == 0) {
			while (n < s.n && !is_special(s.p[n]) &&
				!may_begin_url(l, s, n))
				n++;
			if (n > 0) {
				put(m, span_of(s.p, n), 0);
				l->before = last_char(span_of(s.p, n));
				s.p += n;
				s.n -= n;
				continue;
			}
		}
		(void)utf8_decode(s.p, s.n, &cp, &n);
		buf_add(&l->hold, s.p, n);
		special = is_special(s.p[0]);
		if (l->hold.len == n && s.p[0] == 'h')
			l->eager = true; /* for may_begin_url() */
		if (is_due(l, s.p[0], cp, special))
			settle(m, false);
		l->special = special;
		s.p += n;
		s.n -= n;
	}
}

void markup_inline_end(struct markup *m)
{
	struct inlines *l = &m->inl;

	settle(m, true);
	l->before = 0;
	l->literal = 0;
	l->special = false;
	l->eager = false;
	l->in_url = false;
	l->limit = MARKUP_PHRASE;
	buf_reset(&m->guarded);
	safe_finish(&m->guard, &m->guarded);
	flow_text(m->flow, buf_view(&m->guarded), m->style);
}

/*
 * The whole
 */

/* Makes out bad when memory ran out inside. */
static void check_bufs(const struct markup *m, struct buf *out)
{
	if (m->clean.bad || m->guarded.bad || m->line.bad || m->inl.hold.bad ||
		m->page.word.bad || m->table.rows.bad || m->table.cell.bad ||
		m->table.heads.bad)
		out->bad = true;
}

void markup_feed(struct markup *m, struct span in, struct buf *out)
{
	m->page.out = out;
	buf_reset(&m->clean);
	safe_feed(&m->safe, in, &m->clean);
	block_feed(m, buf_view(&m->clean));
	check_bufs(m, out);
	m->page.out = NULL;
}

void markup_finish(struct markup *m, struct buf *out)
{
	m->page.out = out;
	buf_reset(&m->clean);
	safe_finish(&m->safe, &m->clean);
	block_feed(m, buf_view(&m->clean));
	block_finish(m);
	check_bufs(m, out);
	m->page.out = NULL;
}
