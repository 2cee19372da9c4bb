/*
 * Markdown as HTML: whatever the text, only our own tags come out, in pairs,
 * and no address but http and https.
 */
#include <stdlib.h>
#include <string.h>

#include "app/html.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool is_ours(struct span name)
{
	static const char *const names[] = {"p", "em", "strong", "code", "del",
		"a", "span", "ul", "ol", "li", "hr", "h3", "h4", "h5", "h6",
		"pre", "blockquote", "table", "thead", "tbody", "tr", "th",
		"td", "br"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is(name, names[i]))
			return true;
	return false;
}

/* A scheme may be in any case. */
static void check_scheme(struct span rest)
{
	(void)span_cut(&rest, '=');
	(void)span_cut(&rest, '=');
	if (rest.n < 6 || strncasecmp(rest.p, "\"http", 5) != 0)
		abort();
}

static void check_tag(struct span tag)
{
	struct span rest = tag;
	struct span name = span_cut(&rest, ' ');

	if (name.n > 0 && name.p[0] == '/')
		name = span_of(name.p + 1, name.n - 1);
	if (!is_ours(name) || memchr(tag.p, '\n', tag.n) != NULL)
		abort();
	if (rest.n == 0)
		return;
	if (span_is(name, "a")) {
		if (!span_starts(rest, "rel=\"noopener "))
			abort();
		check_scheme(rest);
	} else if (!span_starts(rest, "class=\"") &&
		!span_starts(rest, "start=\"")) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf out;
	size_t i;
	size_t opened = 0;
	size_t closed = 0;

	buf_init(&out, BUF_LARGE);
	if (html_markdown(span_of(data, n), &out, NULL) != ST_OK)
		goto done;
	for (i = 0; i < out.len; i++) {
		const char *end;

		if (out.p[i] == '>')
			abort();
		if (out.p[i] != '<')
			continue;
		end = memchr(out.p + i, '>', out.len - i);
		if (end == NULL)
			abort();
		check_tag(
			span_of(out.p + i + 1, (size_t)(end - out.p) - i - 1));
		if (out.p[i + 1] == '/')
			closed++;
		else if (memcmp(out.p + i, "<br", 3) != 0 &&
			memcmp(out.p + i, "<hr", 3) != 0)
			opened++;
		i = (size_t)(end - out.p);
	}
	if (opened != closed)
		abort();
done:
	buf_release(&out);
	return 0;
}
