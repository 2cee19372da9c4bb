/*
 * The promises of text/markup.h as a function, for the unit test and the fuzz
 * target.
 */
#ifndef ATL_TESTS_MARKUP_RULES_H
#define ATL_TESTS_MARKUP_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/safe_rules.h"
#include "text/markup.h"
#include "tool/markup_text.h"

/* The text without SGR strings; NULL, or what is wrong with them. */
static const char *markup_strip(
	const struct markup_theme *theme, struct span s, struct buf *ret)
{
	bool on = false;
	size_t i = 0;

	while (i < s.n) {
		size_t n = 0;
		int k;

		if (s.p[i] == '\n' && on)
			return "a style crosses a line feed";
		if (s.p[i] != '\033') {
			buf_char(ret, s.p[i++]);
			continue;
		}
		/* The longest: some begin with another. */
		for (k = 0; k < MARKUP_STYLES; k++) {
			const char *sgr = theme->sgr[k];

			if (sgr != NULL && strlen(sgr) > n &&
				span_starts(span_of(s.p + i, s.n - i), sgr))
				n = strlen(sgr);
		}
		if (n > 0) {
			on = true;
		} else if (span_starts(span_of(s.p + i, s.n - i), "\033[0m")) {
			on = false;
			n = 4;
		} else {
			return "an escape that is not the theme's came out";
		}
		i += n;
	}
	return on ? "a style stays on at the end" : NULL;
}

/* Whether the text from there on, styles aside, is the address. */
static bool markup_reads(const struct buf *text, size_t from, struct span url)
{
	size_t k = 0;

	while (from < text->len) {
		if (text->p[from] == '\033') {
			while (text->p[from] != 'm')
				from++;
			from++;
			continue;
		}
		if (k == url.n || text->p[from++] != url.p[k++])
			return false;
	}
	return k == url.n;
}

/* The text without hyperlinks; NULL, or what is wrong with them. */
static const char *markup_unlink(struct span s, struct buf *ret)
{
	static const char open[] = "\033]8;;http";
	static const char close[] = "\033]8;;\033\\";
	const size_t intro = sizeof("\033]8;;") - 1;
	struct span url = {NULL, 0};
	size_t from = 0;
	size_t i = 0;

	while (i < s.n) {
		struct span rest = span_of(s.p + i, s.n - i);
		size_t n = intro;

		if (s.p[i] == '\n' && url.p != NULL)
			return "a hyperlink crosses a line feed";
		if (!span_starts(rest, "\033]")) {
			buf_char(ret, s.p[i++]);
			continue;
		}
		if (url.p != NULL) {
			if (!span_starts(rest, close))
				return "a hyperlink begins in another";
			if (!markup_reads(ret, from, url))
				return "a hyperlink does not read as it leads";
			url = span_of(NULL, 0);
			i += sizeof(close) - 1;
			continue;
		}
		if (!span_starts(rest, open))
			return "a hyperlink is not one of http";
		while (n < rest.n && rest.p[n] > ' ' && rest.p[n] < 0x7f)
			n++;
		if (!span_starts(span_of(rest.p + n, rest.n - n), "\033\\"))
			return "a hyperlink has what no address has";
		url = span_of(rest.p + intro, n - intro);
		from = ret->len;
		i += n + 2;
	}
	return url.p != NULL ? "a hyperlink stays on at the end" : NULL;
}

static void markup_in_pieces(
	struct markup *m, struct span in, uint32_t cuts, struct buf *out)
{
	while (in.n > 0) {
		size_t n;
		char *copy;

		cuts = cuts * 1664525u + 1013904223u;
		n = cuts >> 24 & 15;
		if (n > in.n)
			n = in.n;
		copy = malloc(n + 1);
		if (copy == NULL)
			abort();
		memcpy(copy, in.p, n);
		markup_feed(m, span_of(copy, n), out);
		free(copy);
		in.p += n;
		in.n -= n;
	}
	markup_finish(m, out);
}

static const char *markup_promise_broken(
	struct span in, size_t width, uint32_t cuts)
{
	const struct markup_theme *theme = markup_theme(
		(enum markup_colors)(cuts % (MARKUP_MONO + 1)),
		(cuts & 4) != 0 ? MARKUP_LIGHT : MARKUP_ANY_BACKGROUND);
	unsigned words = (cuts & 8) != 0 ? MARKUP_WORDS : 0;
	struct markup *m = markup_new(theme, width, words);
	const char *why = NULL;
	struct buf one;
	struct buf two;
	struct buf text;

	if (m == NULL)
		abort();
	buf_init(&one, BUF_LARGE);
	buf_init(&two, BUF_LARGE);
	buf_init(&text, BUF_LARGE);
	markup_text(theme, width, words, in, &one);
	markup_in_pieces(m, in, cuts, &two);
	if (one.bad || two.bad)
		why = "the output is marked bad";
	if (!span_eq(buf_view(&one), buf_view(&two)))
		why = "the result depends on how the text is cut";
	/* The object is as new. */
	buf_reset(&two);
	markup_in_pieces(m, in, cuts + 1, &two);
	if (!span_eq(buf_view(&one), buf_view(&two)))
		why = "the second text is rendered unlike the first";
	if (one.len > 0 && one.p[one.len - 1] != '\n')
		why = "no line feed at the end";
	if (why == NULL)
		why = markup_strip(theme, buf_view(&one), &text);
	if (why == NULL && safe_rules_broken(buf_view(&text)) >= 0)
		why = "a forbidden code point came out";
	buf_reset(&two);
	safe_text(buf_view(&text), &two);
	if (why == NULL && !span_eq(buf_view(&text), buf_view(&two)))
		why = "the filter changes the output";
	buf_reset(&two);
	markup_text(theme, width, words | MARKUP_PLAIN, in, &two);
	if (why == NULL && !span_eq(buf_view(&text), buf_view(&two)))
		why = "plain output is another text";
	/* Hyperlinks change nothing else. */
	buf_reset(&two);
	markup_free(m);
	m = markup_new(theme, width, words | MARKUP_LINKS);
	if (m == NULL)
		abort();
	markup_in_pieces(m, in, cuts, &two);
	buf_reset(&text);
	if (why == NULL)
		why = markup_unlink(buf_view(&two), &text);
	if (why == NULL && !span_eq(buf_view(&text), buf_view(&one)))
		why = "with hyperlinks it is another text";
	markup_free(m);
	buf_release(&one);
	buf_release(&two);
	buf_release(&text);
	return why;
}

#endif
