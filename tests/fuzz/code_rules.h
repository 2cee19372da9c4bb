/*
 * The promises of text/code.h as a function, for the unit test and the fuzz
 * target.
 */
#ifndef ATL_TESTS_CODE_RULES_H
#define ATL_TESTS_CODE_RULES_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/code_lang.h"

/* What came out: the bytes, and the style of each as a letter. */
struct code_seen {
	struct buf text;
	struct buf styles;
};

static void code_see(struct span s, enum code_style style, void *payload)
{
	struct code_seen *seen = payload;
	size_t i;

	buf_span(&seen->text, s);
	for (i = 0; i < s.n; i++)
		buf_char(&seen->styles, ".ktsncmiad"[style]);
	if (s.n == 0)
		seen->text.bad = true;
}

/* Feeds the text, lines ended as a block of code ends them. cuts 0: in one
 * piece each line. Says what promise it breaks. */
static const char *code_lex(const struct code_lang *lang, struct span in,
	uint32_t cuts, struct code_seen *seen)
{
	const char *why = NULL;
	struct code c;
	size_t given = 0;

	buf_init(&seen->text, BUF_LARGE);
	buf_init(&seen->styles, BUF_LARGE);
	code_init(&c, code_see, seen);
	code_start(&c, lang);
	while (in.n > 0) {
		const char *lf = memchr(in.p, '\n', in.n);
		size_t n = lf != NULL ? (size_t)(lf - in.p) : in.n;
		size_t cut = n;
		char *copy;

		if (n == 0) {
			code_line_end(&c);
			if (seen->text.len != given)
				why = "a line ends and something is held back";
			buf_char(&seen->text, '\n');
			buf_char(&seen->styles, '\n');
			given++;
			in.p++;
			in.n--;
			continue;
		}
		if (cuts != 0) {
			cuts = cuts * 1664525u + 1013904223u;
			cut = 1 + (cuts >> 24) % 7;
			if (cut > n)
				cut = n;
		}
		copy = malloc(cut);
		if (copy == NULL)
			abort();
		memcpy(copy, in.p, cut);
		code_feed(&c, span_of(copy, cut));
		free(copy);
		given += cut;
		if (given - seen->text.len > CODE_HOLD)
			why = "too much is held back";
		in.p += cut;
		in.n -= cut;
	}
	code_line_end(&c);
	return why;
}

static const char *code_promise_broken(
	const struct code_lang *lang, struct span in, uint32_t cuts)
{
	struct code_seen one;
	struct code_seen two;
	const char *why = code_lex(lang, in, 0, &one);
	const char *why2 = code_lex(lang, in, cuts, &two);

	if (why == NULL)
		why = why2;
	if (!span_eq(buf_view(&one.text), in) || one.text.bad)
		why = "the code has changed";
	if (!span_eq(buf_view(&two.text), in) || two.text.bad)
		why = "the code has changed, in pieces";
	if (!span_eq(buf_view(&one.styles), buf_view(&two.styles)))
		why = "the styles depend on how the text is cut";
	buf_release(&one.text);
	buf_release(&one.styles);
	buf_release(&two.text);
	buf_release(&two.styles);
	return why;
}

#endif
