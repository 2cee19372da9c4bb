#include "app/html.h"

#include <md4c.h>
#include <string.h>

#include "base/ascii.h"
#include "text/safe.h"

enum {
	HEADING_SHIFT = 2, /* the page and the speaker stand above */
	HEADING_MAX = 6,
	LANG_MAX = 32,
	SPANS_MAX = 64, /* inside each other; deeper ones are left out */
};

/* One text being rendered. */
struct page {
	struct buf *out;
	/* Spans that are open. md4c 0.4.8 now and then leaves one that it never
	 * entered; what is closed here is what was opened here. */
	MD_SPANTYPE spans[SPANS_MAX];
	size_t spans_n;
	size_t beyond; /* spans that did not fit */
	int images; /* we are inside so many of them: alternative text */
	bool in_link;
	bool open; /* an <a> was written for the link */
	struct buf url; /* of that link */
	struct buf text; /* what the link says */
};

void html_escape(struct span s, struct buf *out)
{
	size_t start = 0;
	size_t i;

	for (i = 0; i < s.n; i++) {
		const char *word = s.p[i] == '&' ? "&amp;"
			: s.p[i] == '<'		 ? "&lt;"
			: s.p[i] == '>'		 ? "&gt;"
			: s.p[i] == '"'		 ? "&quot;"
			: s.p[i] == '\''	 ? "&#39;"
						 : NULL;

		if (word == NULL)
			continue;
		buf_add(out, s.p + start, i - start);
		buf_str(out, word);
		start = i + 1;
	}
	buf_add(out, s.p + start, s.n - start);
}

/* "&name;" or "&#123;" and nothing else. */
static bool is_entity(struct span s)
{
	size_t i;

	if (s.n < 3 || s.p[0] != '&' || s.p[s.n - 1] != ';')
		return false;
	for (i = 1; i + 1 < s.n; i++) {
		char c = s.p[i];

		if (!ascii_is_alnum(c) && !(c == '#' && i == 1))
			return false;
	}
	return true;
}

/* Whether the scheme is followed by something. */
static bool begins(const struct buf *b, const char *scheme)
{
	return b->len > strlen(scheme) &&
		span_casestarts(buf_view(b), span_str(scheme));
}

/*
 * An address that may be linked: http or https, of printable ASCII and
 * characters beyond it, and without entities, which could hide what it is; "&"
 * written as an entity is the one exception.
 */
static bool get_url(const MD_ATTRIBUTE *a, struct buf *ret)
{
	size_t i;

	buf_reset(ret);
	for (i = 0; a->substr_offsets[i] < a->size; i++) {
		MD_OFFSET at = a->substr_offsets[i];
		struct span part = span_of(
			a->text + at, a->substr_offsets[i + 1] - at);

		if (a->substr_types[i] == MD_TEXT_NORMAL)
			buf_span(ret, part);
		else if (a->substr_types[i] == MD_TEXT_ENTITY &&
			span_is(part, "&amp;"))
			buf_char(ret, '&');
		else
			return false;
	}
	for (i = 0; i < ret->len; i++)
		if ((unsigned char)ret->p[i] <= ' ' || ret->p[i] == 0x7f)
			return false;
	return !ret->bad && (begins(ret, "http://") || begins(ret, "https://"));
}

static void open_link(struct page *p, const MD_ATTRIBUTE *href)
{
	p->open = get_url(href, &p->url);
	if (!p->open)
		return;
	buf_str(p->out, "<a rel=\"noopener noreferrer nofollow\" href=\"");
	html_escape(buf_view(&p->url), p->out);
	buf_str(p->out, "\">");
}

/* Closes a link, behind which the address is shown unless its text is the
 * address. */
static void close_link(struct page *p)
{
	if (!p->open)
		return;
	buf_str(p->out, "</a>");
	if (!span_eq(buf_view(&p->text), buf_view(&p->url))) {
		buf_str(p->out, " <span class=\"where\">(");
		html_escape(buf_view(&p->url), p->out);
		buf_str(p->out, ")</span>");
	}
	p->open = false;
}

static int heading(const void *detail)
{
	unsigned level = ((const MD_BLOCK_H_DETAIL *)detail)->level;

	return level + HEADING_SHIFT > HEADING_MAX ? HEADING_MAX
						   : (int)level + HEADING_SHIFT;
}

static void open_code(struct page *p, const MD_BLOCK_CODE_DETAIL *code)
{
	MD_SIZE i;

	buf_str(p->out, "<pre><code");
	for (i = 0; i < code->lang.size; i++) {
		char c = code->lang.text[i];

		if (!ascii_is_alnum(c) && c != '+' && c != '-')
			break;
	}
	if (i > 0 && i == code->lang.size && i <= LANG_MAX)
		buf_fmt(p->out, " class=\"language-%.*s\"", (int)i,
			code->lang.text);
	buf_char(p->out, '>');
}

static void open_item(struct page *p, const MD_BLOCK_LI_DETAIL *li)
{
	buf_str(p->out, "<li>");
	if (li->is_task)
		buf_str(p->out,
			li->task_mark == ' ' ? "\xe2\x98\x90 "
					     : "\xe2\x98\x91 ");
}

static void open_cell(struct page *p, const char *tag, const void *detail)
{
	static const char *const aligns[] = {
		[MD_ALIGN_DEFAULT] = "",
		[MD_ALIGN_LEFT] = " class=\"left\"",
		[MD_ALIGN_CENTER] = " class=\"center\"",
		[MD_ALIGN_RIGHT] = " class=\"right\"",
	};

	buf_fmt(p->out, "<%s%s>", tag,
		aligns[((const MD_BLOCK_TD_DETAIL *)detail)->align]);
}

/* The tag of a block that needs nothing else; NULL for others. */
static const char *plain_tag(MD_BLOCKTYPE type)
{
	switch (type) {
	case MD_BLOCK_QUOTE: return "blockquote";
	case MD_BLOCK_UL: return "ul";
	case MD_BLOCK_P: return "p";
	case MD_BLOCK_TABLE: return "table";
	case MD_BLOCK_THEAD: return "thead";
	case MD_BLOCK_TBODY: return "tbody";
	case MD_BLOCK_TR: return "tr";
	case MD_BLOCK_DOC:
	case MD_BLOCK_OL:
	case MD_BLOCK_LI:
	case MD_BLOCK_HR:
	case MD_BLOCK_H:
	case MD_BLOCK_CODE:
	case MD_BLOCK_HTML:
	case MD_BLOCK_TH:
	case MD_BLOCK_TD: break;
	}
	return NULL;
}

/* The tag of a span; NULL for links and images, and for spans that md4c is not
 * asked for. */
static const char *span_tag(MD_SPANTYPE type)
{
	switch (type) {
	case MD_SPAN_EM: return "em";
	case MD_SPAN_STRONG: return "strong";
	case MD_SPAN_CODE: return "code";
	case MD_SPAN_DEL: return "del";
	case MD_SPAN_A:
	case MD_SPAN_IMG:
	case MD_SPAN_LATEXMATH:
	case MD_SPAN_LATEXMATH_DISPLAY:
	case MD_SPAN_WIKILINK:
	case MD_SPAN_U: break;
	}
	return NULL;
}

static void open_span(struct page *p, MD_SPANTYPE type, void *detail)
{
	const char *tag = span_tag(type);

	p->spans[p->spans_n++] = type;
	if (type == MD_SPAN_A) {
		p->in_link = true;
		buf_reset(&p->text);
		open_link(p, &((MD_SPAN_A_DETAIL *)detail)->href);
	} else if (type == MD_SPAN_IMG) {
		p->images = 1;
		/* Inside a link only the text of an image is shown. */
		if (!p->in_link) {
			buf_reset(&p->text);
			open_link(p, &((MD_SPAN_IMG_DETAIL *)detail)->src);
		}
		buf_str(p->out, "[image: ");
	} else if (tag != NULL) {
		buf_fmt(p->out, "<%s>", tag);
	}
}

static void close_span(struct page *p)
{
	MD_SPANTYPE type = p->spans[--p->spans_n];
	const char *tag = span_tag(type);

	if (type == MD_SPAN_A) {
		close_link(p);
		p->in_link = false;
	} else if (type == MD_SPAN_IMG) {
		p->images = 0;
		buf_char(p->out, ']');
		buf_reset(&p->text);
		if (!p->in_link)
			close_link(p);
	} else if (tag != NULL) {
		buf_fmt(p->out, "</%s>", tag);
	}
}

static void close_spans(struct page *p)
{
	p->beyond = 0;
	while (p->spans_n > 0)
		close_span(p);
}

static bool is_open(const struct page *p, MD_SPANTYPE type)
{
	size_t i;

	for (i = 0; i < p->spans_n; i++)
		if (p->spans[i] == type)
			return true;
	return false;
}

static int enter_span(MD_SPANTYPE type, void *detail, void *payload)
{
	struct page *p = payload;

	/* The text of an image is plain: no tags in it. */
	if (p->images > 0)
		p->images += type == MD_SPAN_IMG;
	else if (p->spans_n == SPANS_MAX)
		p->beyond++;
	else if (type != MD_SPAN_A || !p->in_link)
		open_span(p, type, detail);
	return p->out->bad;
}

static int leave_span(MD_SPANTYPE type, void *detail, void *payload)
{
	struct page *p = payload;

	(void)detail;
	if (p->images > 1) {
		p->images -= type == MD_SPAN_IMG;
	} else if (p->images == 1 && type != MD_SPAN_IMG) {
		return p->out->bad;
	} else if (p->beyond > 0) {
		p->beyond--;
	} else if (is_open(p, type)) {
		while (p->spans[p->spans_n - 1] != type)
			close_span(p);
		close_span(p);
	}
	return p->out->bad;
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *payload)
{
	struct page *p = payload;
	const char *tag = plain_tag(type);

	close_spans(p);
	if (tag != NULL)
		buf_fmt(p->out, "<%s>", tag);
	else if (type == MD_BLOCK_OL)
		buf_fmt(p->out, "<ol start=\"%u\">",
			((const MD_BLOCK_OL_DETAIL *)detail)->start);
	else if (type == MD_BLOCK_LI)
		open_item(p, detail);
	else if (type == MD_BLOCK_HR)
		buf_str(p->out, "<hr>\n");
	else if (type == MD_BLOCK_H)
		buf_fmt(p->out, "<h%d>", heading(detail));
	else if (type == MD_BLOCK_CODE)
		open_code(p, detail);
	else if (type == MD_BLOCK_TH)
		open_cell(p, "th", detail);
	else if (type == MD_BLOCK_TD)
		open_cell(p, "td", detail);
	return p->out->bad;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *payload)
{
	struct page *p = payload;
	const char *tag = plain_tag(type);

	close_spans(p);
	if (tag != NULL)
		buf_fmt(p->out, "</%s>\n", tag);
	else if (type == MD_BLOCK_OL)
		buf_str(p->out, "</ol>\n");
	else if (type == MD_BLOCK_LI)
		buf_str(p->out, "</li>\n");
	else if (type == MD_BLOCK_H)
		buf_fmt(p->out, "</h%d>\n", heading(detail));
	else if (type == MD_BLOCK_CODE)
		buf_str(p->out, "</code></pre>\n");
	else if (type == MD_BLOCK_TH)
		buf_str(p->out, "</th>");
	else if (type == MD_BLOCK_TD)
		buf_str(p->out, "</td>");
	return p->out->bad;
}

static int text(MD_TEXTTYPE type, const MD_CHAR *s, MD_SIZE n, void *payload)
{
	struct page *p = payload;
	struct span t = span_of(s, n);

	if (p->open)
		buf_span(&p->text, t);
	switch (type) {
	case MD_TEXT_NULLCHAR: buf_str(p->out, "\xef\xbf\xbd"); break;
	case MD_TEXT_BR: buf_str(p->out, p->images > 0 ? " " : "<br>\n"); break;
	case MD_TEXT_SOFTBR: buf_char(p->out, '\n'); break;
	case MD_TEXT_ENTITY:
		if (is_entity(t))
			buf_span(p->out, t);
		else
			html_escape(t, p->out);
		break;
	case MD_TEXT_NORMAL:
	case MD_TEXT_CODE:
	case MD_TEXT_HTML:
	case MD_TEXT_LATEXMATH: html_escape(t, p->out); break;
	}
	return p->out->bad;
}

enum status html_markdown(struct span source, struct buf *out, struct err *err)
{
	static const MD_PARSER parser = {
		.flags = MD_FLAG_NOHTML | MD_FLAG_TABLES |
			MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS,
		.enter_block = enter_block,
		.leave_block = leave_block,
		.enter_span = enter_span,
		.leave_span = leave_span,
		.text = text,
	};
	struct page p = {.out = out};
	struct buf clean;
	int rc;
	enum status st;

	buf_init(&clean, 8 * BUF_LARGE);
	buf_init(&p.url, BUF_LARGE);
	buf_init(&p.text, BUF_LARGE);
	safe_text(source, &clean);
	st = buf_check(&clean, "message", err);
	if (st == ST_OK) {
		/* At most 512 MiB, so that it fits MD_SIZE. */
		rc = md_parse(clean.p, (MD_SIZE)clean.len, &parser, &p);
		st = buf_check(out, "page", err);
		if (st == ST_OK && rc != 0)
			st = err_nomem(err);
	}
	buf_release(&clean);
	buf_release(&p.url);
	buf_release(&p.text);
	return st;
}
