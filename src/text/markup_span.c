/*
 * Inline marks of one line, after CommonMark's own algorithm: code spans and
 * autolinks bind first, then links, then emphasis by a stack of delimiter
 * runs. The same scan runs on the line so far, to find how much of it no later
 * text can change, and at its end.
 */
#include <string.h>

#include "base/utf8.h"
#include "text/link.h"
#include "text/markup_scan.h"
#include "text/markup_syntax.h"

void inlines_init(struct inlines *l)
{
	memset(l, 0, sizeof(*l));
	buf_init(&l->hold, SPAN_HOLD);
	l->limit = MARKUP_PHRASE;
}

void inlines_release(struct inlines *l)
{
	buf_release(&l->hold);
}

size_t inl_run(const struct scan *s, size_t i)
{
	size_t j = i;

	while (j < s->n && s->p[j] == s->p[i])
		j++;
	return j - i;
}

void inl_mark(struct scan *s, size_t from, size_t to, uint32_t attr)
{
	for (; from < to; from++)
		s->l->attr[from] |= attr;
}

/* Adds a pair; pairs with the same beginning are one. Without room the last one
 * grows, which only holds more back. */
static void add_pair(struct scan *s, size_t from, size_t to)
{
	struct inlines *l = s->l;
	struct span_pair *p = l->n_pairs > 0 ? &l->pairs[l->n_pairs - 1] : NULL;

	if (p == NULL || (p->from != from && l->n_pairs < SPAN_PAIRS)) {
		p = &l->pairs[l->n_pairs++];
		p->from = from;
		p->to = to;
		return;
	}
	if (from < p->from)
		p->from = from;
	if (to > p->to)
		p->to = to;
}

void inl_stop(struct scan *s, size_t i)
{
	if (i < s->open)
		s->open = i;
	s->i = s->n;
}

static uint32_t scan_at(const struct scan *s, size_t i)
{
	uint32_t cp;
	size_t len;

	if (i >= s->n)
		return ' ';
	(void)utf8_decode(s->p + i, s->n - i, &cp, &len);
	return cp;
}

uint32_t inl_before(const struct scan *s, size_t i)
{
	size_t from = i;

	if (i == 0)
		return s->l->before != 0 ? s->l->before : ' ';
	do
		from--;
	while (from > 0 && ((unsigned char)s->p[from] & 0xc0) == 0x80);
	return scan_at(s, from);
}

static bool is_alnum(uint32_t cp)
{
	return cp < 0x80 && (utf8_is_letter(cp) || utf8_is_digit(cp));
}

/*
 * Emphasis
 */

/* Tells whether a run between these two characters may open and close, by the
 * rules of left- and right-flanking runs. */
static void flank(struct span_delim *d, uint32_t before, uint32_t after)
{
	bool space_before = utf8_is_space(before);
	bool space_after = utf8_is_space(after);
	bool punct_before = utf8_is_punct(before);
	bool punct_after = utf8_is_punct(after);
	bool left = !space_after &&
		(!punct_after || space_before || punct_before);
	bool right = !space_before &&
		(!punct_before || space_after || punct_after);

	d->open = left;
	d->close = right;
	if (d->c == '_') {
		d->open = left && (!right || punct_before);
		d->close = right && (!left || punct_after);
	} else if (d->c == '*' && is_alnum(before) && is_alnum(after)) {
		d->open = false;
	}
}

static void scan_delim(struct scan *s)
{
	char c = s->p[s->i];
	size_t run = inl_run(s, s->i);
	uint32_t after = scan_at(s, s->i + run);
	struct span_delim *d;

	if (s->i + run == s->n && !s->final) {
		inl_stop(s, s->i);
		return;
	}
	/* With a combining mark behind it, the run's last character is a
	 * letter. */
	if (utf8_class(after) != UTF8_MARK && (c != '~' || run == 2) &&
		s->l->n_delims < SPAN_DELIMS) {
		d = &s->l->delims[s->l->n_delims++];
		d->at = s->i;
		d->n = d->whole = run;
		d->c = c;
		flank(d, inl_before(s, s->i), after);
	}
	s->i += run;
}

static bool delims_match(
	const struct span_delim *open, const struct span_delim *close)
{
	if (open->c != close->c || !open->open || open->n == 0)
		return false;
	/* The rule of three of CommonMark. */
	return !((open->close || close->open) &&
		(open->whole + close->whole) % 3 == 0 &&
		(open->whole % 3 != 0 || close->whole % 3 != 0));
}

/* Takes the innermost marks of both runs for one span. */
static void join_delims(struct scan *s, size_t o, size_t c)
{
	struct span_delim *open = &s->l->delims[o];
	struct span_delim *close = &s->l->delims[c];
	size_t use = open->n >= 2 && close->n >= 2 ? 2 : 1;
	uint32_t style = use == 2 ? MARKUP_BIT(MARKUP_STRONG)
				  : MARKUP_BIT(MARKUP_EMPH);
	size_t from = open->at + open->n - use;
	size_t k;

	if (open->c == '~')
		style = MARKUP_BIT(MARKUP_STRIKE);
	if (open->c != '~' || !s->l->words) {
		inl_mark(s, from, from + use, SPAN_SKIP);
		inl_mark(s, close->at, close->at + use, SPAN_SKIP);
	}
	inl_mark(s, from + use, close->at, style);
	/* Up to the end of the run, which is never cut. */
	add_pair(s, open->at, close->at + close->n);
	open->n -= use;
	close->at += use;
	close->n -= use;
	for (k = o + 1; k < c; k++)
		s->l->delims[k].open = false;
}

/* Pairs the delimiters from `bottom` up to `top`. */
static void pair_delims(struct scan *s, size_t bottom, size_t top)
{
	struct span_delim *d = s->l->delims;
	size_t c = bottom;

	while (c < top) {
		size_t o = c;
		bool found = false;

		if (!d[c].close || d[c].n == 0) {
			c++;
			continue;
		}
		while (o > bottom && !found) {
			o--;
			found = delims_match(&d[o], &d[c]);
		}
		if (found)
			join_delims(s, o, c);
		else
			c++;
	}
}

/*
 * Links
 */

static void scan_open_bracket(struct scan *s, bool image)
{
	struct span_bracket *b;

	if (s->l->n_brackets < SPAN_BRACKETS) {
		b = &s->l->brackets[s->l->n_brackets++];
		b->at = s->i;
		b->delims = s->l->n_delims;
		b->image = image;
		b->active = true;
	}
	s->i += image ? 2 : 1;
}

/* Whether the text tells where the link leads, or it leads nowhere. */
static bool same_text(const struct scan *s, size_t from, size_t to,
	const struct syntax_target *t)
{
	static const char mailto[] = "mailto:";
	struct span text = span_of(s->p + from, to - from);
	struct span url = span_of(s->p + t->from, t->to - t->from);

	if (span_starts(url, mailto)) {
		url.p += sizeof(mailto) - 1;
		url.n -= sizeof(mailto) - 1;
	}
	if (url.n == 0)
		return true;
	/* What the address means may differ from its bytes. */
	return span_eq(text, url) && !link_is_odd(url) &&
		memchr(url.p, '&', url.n) == NULL &&
		memchr(url.p, '\\', url.n) == NULL;
}

static void mark_link(struct scan *s, const struct span_bracket *b,
	size_t close, const struct syntax_target *t)
{
	size_t text = b->at + (b->image ? 2 : 1);
	size_t paren = close + 1;
	size_t k;

	inl_mark(s, b->at, text, SPAN_SKIP);
	inl_mark(s, text, close, MARKUP_BIT(MARKUP_LINK_TEXT));
	inl_mark(s, close, t->end, SPAN_SKIP);
	add_pair(s, b->at, t->end);
	if (same_text(s, text, close, t))
		return;
	/* The address shows behind the text, in the link's own brackets. */
	s->l->attr[paren] = MARKUP_BIT(MARKUP_URL) |
		(close > text ? SPAN_GAP : 0);
	s->l->attr[t->from] = SPAN_TARGET | MARKUP_BIT(MARKUP_URL);
	for (k = t->from + 1; k < t->to; k++)
		s->l->attr[k] = SPAN_PART | SPAN_SKIP;
	s->l->attr[t->end - 1] = MARKUP_BIT(MARKUP_URL);
}

static void scan_close_bracket(struct scan *s)
{
	struct inlines *l = s->l;
	struct span_bracket *b;
	struct syntax_target t = {0};
	size_t k;
	enum syntax is = SYNTAX_NO;

	if (l->n_brackets == 0) {
		s->i++;
		return;
	}
	b = &l->brackets[l->n_brackets - 1];
	if (s->i + 1 == s->n && !s->final) {
		inl_stop(s, b->at);
		return;
	}
	if (b->active && s->i + 1 < s->n && s->p[s->i + 1] == '(')
		is = syntax_target(
			span_of(s->p + s->i + 1, s->n - s->i - 1), &t);
	if (is == SYNTAX_MORE && !s->final) {
		l->limit = MARKUP_LINK;
		inl_stop(s, b->at);
		return;
	}
	l->n_brackets--;
	if (is != SYNTAX_YES) {
		s->i++;
		return;
	}
	t.from += s->i + 1;
	t.to += s->i + 1;
	t.end += s->i + 1;
	pair_delims(s, b->delims, l->n_delims);
	l->n_delims = b->delims;
	mark_link(s, b, s->i, &t);
	if (!b->image)
		for (k = 0; k < l->n_brackets; k++)
			if (!l->brackets[k].image)
				l->brackets[k].active = false;
	s->i = t.end;
}

/*
 * The scan
 */

static void scan_bang(struct scan *s)
{
	if (s->i + 1 == s->n && !s->final)
		inl_stop(s, s->i);
	else if (s->i + 1 < s->n && s->p[s->i + 1] == '[')
		scan_open_bracket(s, true);
	else
		s->i++;
}

static void scan_marks(struct scan *s)
{
	while (s->i < s->n) {
		switch (s->p[s->i]) {
		case '\\': inl_backslash(s); break;
		case '`': inl_code(s); break;
		case '<': inl_angle(s); break;
		case '&': inl_entity(s); break;
		case 'h': inl_url(s); break;
		case '!': scan_bang(s); break;
		case '[': scan_open_bracket(s, false); break;
		case ']': scan_close_bracket(s); break;
		case '*':
		case '_':
		case '~': scan_delim(s); break;
		default: s->i++; break;
		}
	}
}

/* Moves s->open to before everything that is not settled. */
static void find_open(struct scan *s)
{
	struct inlines *l = s->l;
	size_t k;
	bool moved = true;

	for (k = 0; k < l->n_brackets; k++)
		if (l->brackets[k].active && l->brackets[k].at < s->open)
			s->open = l->brackets[k].at;
	for (k = 0; k < l->n_delims; k++)
		if (l->delims[k].open && l->delims[k].n > 0 &&
			l->delims[k].at < s->open)
			s->open = l->delims[k].at;
	while (moved) {
		moved = false;
		for (k = 0; k < l->n_pairs; k++) {
			if (l->pairs[k].to <= s->open ||
				l->pairs[k].from >= s->open)
				continue;
			s->open = l->pairs[k].from;
			moved = true;
		}
	}
}

size_t inlines_scan(struct inlines *l, bool final, bool *ret_backslash)
{
	struct scan s = {l, l->hold.p, l->hold.len, l->literal, final, false,
		l->hold.len};
	size_t top;
	size_t k;

	memset(l->attr, 0, s.n * sizeof(l->attr[0]));
	l->n_delims = 0;
	l->n_brackets = 0;
	l->n_pairs = 0;
	l->eager = false;
	l->in_url = false;
	l->limit = MARKUP_PHRASE;
	scan_marks(&s);
	top = l->n_delims;
	/* Behind a bracket that may begin a link, no pair is settled. */
	for (k = 0; !final && k < l->n_brackets; k++)
		if (l->brackets[k].active && l->brackets[k].delims < top)
			top = l->brackets[k].delims;
	pair_delims(&s, 0, top);
	if (!final)
		find_open(&s);
	*ret_backslash = s.backslash;
	return s.open;
}
