/* Reads web pages that come instead of an answer. */
#include "wire/fail_text.h"

#include <string.h>

#include "base/utf8.h"

/* Characters that pages write by name. */
static const struct {
	const char *name;
	const char *text;
} entities[] = {
	{"amp;", "&"},
	{"lt;", "<"},
	{"gt;", ">"},
	{"quot;", "\""},
	{"#39;", "'"},
	{"nbsp;", " "},
};

/* Elements whose content is not text of the page. */
static const char *const silent[] = {"script", "style", "title", "svg"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool starts_case(struct span s, const char *word)
{
	size_t n = strlen(word);

	return s.n >= n && span_caseis(span_of(s.p, n), word);
}

static struct span skip(struct span s, size_t n)
{
	if (n > s.n)
		n = s.n;
	return span_of(s.p + n, s.n - n);
}

/* What follows the tag that s begins with; nothing when the tag does not
 * end. */
static struct span past_tag(struct span s)
{
	const char *at = memchr(s.p, '>', s.n);

	return at != NULL ? skip(s, (size_t)(at - s.p) + 1) : skip(s, s.n);
}

/* What begins with "<name" or "</name"; the end when there is none. */
static struct span find_tag(struct span s, const char *open, const char *name)
{
	size_t n = strlen(open);

	for (; s.n > 0; s = skip(s, 1)) {
		const char *at = memchr(s.p, '<', s.n);

		if (at == NULL)
			break;
		s = skip(s, (size_t)(at - s.p));
		if (span_starts(s, open) && starts_case(skip(s, n), name))
			return s;
	}
	return skip(s, s.n);
}

/* Appends one character of text, runs of space as one; returns its bytes. */
static size_t put_text(struct span s, struct buf *out)
{
	size_t i;

	if (*s.p == ' ' || *s.p == '\t' || *s.p == '\n' || *s.p == '\r') {
		if (out->len > 0 && out->p[out->len - 1] != ' ')
			buf_char(out, ' ');
		return 1;
	}
	if (*s.p == '&')
		for (i = 0; i < COUNT(entities); i++)
			if (span_starts(skip(s, 1), entities[i].name)) {
				buf_str(out, entities[i].text);
				return 1 + strlen(entities[i].name);
			}
	buf_char(out, *s.p);
	return 1;
}

/* What follows an element that is not text, or the tag alone. */
static struct span past_element(struct span s)
{
	size_t i;

	if (span_starts(s, "<!--")) {
		while (s.n > 0 && !span_starts(s, "-->"))
			s = skip(s, 1);
		return skip(s, 3);
	}
	for (i = 0; i < COUNT(silent); i++)
		if (starts_case(skip(s, 1), silent[i]))
			return past_tag(find_tag(past_tag(s), "</", silent[i]));
	return past_tag(s);
}

static void put_title(struct span html, struct buf *out)
{
	struct span s = past_tag(find_tag(html, "<", "title"));

	while (s.n > 0 && *s.p != '<' && out->len <= FAIL_PAGE_MAX)
		s = skip(s, put_text(s, out));
	buf_truncate(out, utf8_floor(buf_view(out), FAIL_PAGE_MAX));
	buf_truncate(out, span_trim(buf_view(out)).n);
}

void fail_page(struct span html, struct buf *text)
{
	struct buf body;
	struct buf title;

	buf_init(&title, BUF_SMALL);
	buf_init(&body, BUF_SMALL);
	put_title(html, &title);
	while (html.n > 0 && body.len <= FAIL_PAGE_MAX) {
		if (*html.p != '<') {
			html = skip(html, put_text(html, &body));
			continue;
		}
		html = past_element(html);
		if (body.len > 0 && body.p[body.len - 1] != ' ')
			buf_char(&body, ' ');
	}
	buf_truncate(&body, utf8_floor(buf_view(&body), FAIL_PAGE_MAX));
	buf_truncate(&body, span_trim(buf_view(&body)).n);
	if (title.len > 0 && !span_starts(buf_view(&body), title.p)) {
		buf_span(text, buf_view(&title));
		if (body.len > 0)
			buf_str(text, ": ");
	}
	buf_span(text, buf_view(&body));
	if (title.bad || body.bad)
		text->bad = true;
	buf_release(&title);
	buf_release(&body);
}
