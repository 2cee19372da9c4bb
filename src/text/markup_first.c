/*
 * Inline marks that bind first: escapes, code spans, addresses, tags and
 * entities. What is inside of one is nothing else.
 */
#include "base/utf8.h"
#include "text/markup_scan.h"
#include "text/markup_syntax.h"

void inl_backslash(struct scan *s)
{
	if (s->i + 1 == s->n) {
		if (!s->final) {
			inl_stop(s, s->i);
			return;
		}
		inl_mark(s, s->i, s->n, SPAN_SKIP);
		s->backslash = true;
		s->i = s->n;
		return;
	}
	if (utf8_is_punct((unsigned char)s->p[s->i + 1]) &&
		(unsigned char)s->p[s->i + 1] < 0x80) {
		inl_mark(s, s->i, s->i + 1, SPAN_SKIP);
		s->i += 2;
		return;
	}
	s->i++;
}

static void mark_code(struct scan *s, size_t open, size_t close, size_t run)
{
	size_t from = open + run;
	size_t to = close;
	size_t k = from;

	if (s->l->words) {
		inl_mark(s, open, close + run, MARKUP_BIT(MARKUP_CODE));
		return;
	}
	while (k < to && s->p[k] == ' ')
		k++;
	if (k < to && to - from >= 2 && s->p[from] == ' ' &&
		s->p[to - 1] == ' ') {
		inl_mark(s, from, from + 1, SPAN_SKIP);
		inl_mark(s, to - 1, to, SPAN_SKIP);
	}
	inl_mark(s, from, to, MARKUP_BIT(MARKUP_CODE));
	inl_mark(s, open, from, SPAN_SKIP);
	inl_mark(s, close, close + run, SPAN_SKIP);
}

void inl_code(struct scan *s)
{
	size_t run = inl_run(s, s->i);
	size_t j = s->i + run;

	while (j < s->n) {
		size_t r;

		if (s->p[j] != '`') {
			j++;
			continue;
		}
		r = inl_run(s, j);
		if (r == run && (s->final || j + r < s->n)) {
			mark_code(s, s->i, j, run);
			s->i = j + r;
			return;
		}
		j += r;
	}
	if (s->final)
		s->i += run;
	else
		inl_stop(s, s->i);
}

/* Whether the tag is <br>, the only way to have several lines in a cell. */
static bool is_br(struct span tag)
{
	struct span name = span_of(tag.p + 1, tag.n - 2);

	if (name.n > 2 && name.p[name.n - 1] == '/')
		name.n--;
	return span_caseis(span_trim(name), "br");
}

void inl_angle(struct scan *s)
{
	struct span rest = span_of(s->p + s->i, s->n - s->i);
	size_t len = 0;
	enum syntax link = syntax_autolink(rest, &len);
	enum syntax tag;

	if (link == SYNTAX_YES) {
		inl_mark(s, s->i, s->i + 1, SPAN_SKIP);
		inl_mark(s, s->i + 1, s->i + 2,
			SPAN_TARGET | SPAN_RAW | MARKUP_BIT(MARKUP_LINK_TEXT) |
				MARKUP_BIT(MARKUP_URL));
		inl_mark(s, s->i + 2, s->i + len - 1, SPAN_PART | SPAN_SKIP);
		inl_mark(s, s->i + len - 1, s->i + len, SPAN_SKIP);
		s->i += len;
		return;
	}
	tag = syntax_tag(rest, &len);
	if (tag == SYNTAX_YES && s->l->cell && is_br(span_of(rest.p, len))) {
		inl_mark(s, s->i, s->i + 1, SPAN_BREAK);
		inl_mark(s, s->i + 1, s->i + len, SPAN_SKIP);
		s->i += len;
	} else if (tag == SYNTAX_YES) {
		/* It is shown as it is; marks in it do not count. */
		s->i += len;
	} else if (!s->final && (link == SYNTAX_MORE || tag == SYNTAX_MORE)) {
		s->l->eager = true;
		inl_stop(s, s->i);
	} else {
		s->i++;
	}
}

void inl_entity(struct scan *s)
{
	size_t n = 0;
	uint32_t cp;
	enum syntax is = syntax_entity(
		span_of(s->p + s->i, s->n - s->i), &n, &cp);

	if (is == SYNTAX_YES) {
		inl_mark(s, s->i, s->i + 1, SPAN_ENTITY);
		inl_mark(s, s->i + 1, s->i + n, SPAN_SKIP);
		s->i += n;
	} else if (is == SYNTAX_MORE && !s->final) {
		s->l->eager = true;
		inl_stop(s, s->i);
	} else {
		s->i++;
	}
}

void inl_url(struct scan *s)
{
	const uint32_t styles = MARKUP_BIT(MARKUP_LINK_TEXT) |
		MARKUP_BIT(MARKUP_URL);
	struct span rest = span_of(s->p + s->i, s->n - s->i);
	size_t len = 0;
	enum syntax is = SYNTAX_NO;

	/* Not inside the text of a link. */
	if (s->l->n_brackets == 0 && syntax_url_may_begin(inl_before(s, s->i)))
		is = syntax_url(rest, s->final, &len);
	if (is == SYNTAX_YES) {
		inl_mark(s, s->i, s->i + 1, SPAN_TARGET | SPAN_BARE | styles);
		inl_mark(s, s->i + 1, s->i + len, SPAN_PART | SPAN_SKIP);
		s->i += len;
	} else if (is == SYNTAX_MORE) {
		/* From here on only its end matters. */
		s->l->in_url = rest.n > sizeof("https://");
		s->l->eager = !s->l->in_url;
		if (s->l->in_url)
			s->l->limit = MARKUP_LINK;
		inl_stop(s, s->i);
	} else {
		s->i++;
	}
}
