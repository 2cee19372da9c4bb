/*
 * What filtered text must never hold, written a second time and apart from
 * the filter: for the unit test and the fuzz targets.
 */
#ifndef ATL_TESTS_SAFE_RULES_H
#define ATL_TESTS_SAFE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/utf8.h"
#include "text/safe.h"

static bool rules_emoji_base(uint32_t cp)
{
	return utf8_is_pictographic(cp) || (cp >= 0x1f3fb && cp <= 0x1f3ff);
}

/* The index of the first code point that must not be there, -1 for none. */
static long safe_rules_broken(struct span s)
{
	uint32_t prev = 0;
	uint32_t base = 0;
	int marks = 0;
	int joiners = 0;
	size_t i = 0;

	while (i < s.n) {
		uint32_t cp;
		size_t len;
		bool bad = false;

		if (utf8_decode(s.p + i, s.n - i, &cp, &len) != UTF8_OK)
			return (long)i;
		switch (utf8_class(cp)) {
		case UTF8_CONTROL: bad = cp != '\n' && cp != '\t'; break;
		case UTF8_PRIVATE:
		case UTF8_SURROGATE:
		case UTF8_SEPARATOR: bad = true; break;
		case UTF8_FORMAT:
			bad = !utf8_is_prepended(cp);
			if (!bad) {
				base = cp;
				marks = 0;
				joiners = 0;
			}
			if (cp == 0x200c || cp == 0x200d)
				bad = joiners++ > 0 ||
					!(rules_emoji_base(base) ||
						utf8_is_joining(base));
			if (cp >= 0xe0020 && cp <= 0xe007f)
				bad = prev != 0x1f3f4 &&
					!(prev >= 0xe0020 && prev <= 0xe007e);
			break;
		case UTF8_MARK:
			marks++;
			bad = base == 0 || marks > SAFE_MARKS;
			if (cp == 0x34f || (cp >= 0x180b && cp <= 0x180f) ||
				(cp >= 0xfe00 && cp <= 0xfe0d))
				bad = true;
			break;
		case UTF8_OTHER:
		case UTF8_UNASSIGNED:
			bad = cp == 0x115f || cp == 0x1160 || cp == 0x3164 ||
				cp == 0xffa0 || cp == 0x2065 ||
				(cp >= 0xfff0 && cp <= 0xfff8) ||
				(cp & 0xfffe) == 0xfffe ||
				(cp >= 0xfdd0 && cp <= 0xfdef) ||
				(cp >= 0xe0000 && cp <= 0xe0fff);
			base = cp;
			marks = 0;
			joiners = 0;
			break;
		}
		if (cp == '\n' || cp == '\t')
			base = 0;
		if (bad)
			return (long)i;
		prev = cp;
		i += len;
	}
	return -1;
}

/* Filters `in` cut at places that `cuts` (never 0) decides. */
ATTR_UNUSED static void safe_in_pieces(
	struct span in, unsigned flags, uint32_t cuts, struct buf *out)
{
	struct safe s;

	safe_init(&s, flags);
	while (in.n > 0) {
		size_t n;
		char *copy;

		cuts = cuts * 1664525u + 1013904223u;
		n = cuts >> 24 & 15;
		if (n > in.n)
			n = in.n;
		/* A copy of its own, so that reading past it is seen. */
		copy = malloc(n + 1);
		if (copy == NULL)
			abort();
		memcpy(copy, in.p, n);
		safe_feed(&s, span_of(copy, n), out);
		free(copy);
		in.p += n;
		in.n -= n;
	}
	safe_finish(&s, out);
}

/* NULL, or which promise of text/safe.h is broken for this text. */
ATTR_UNUSED static const char *safe_promise_broken(
	struct span in, unsigned flags, uint32_t cuts)
{
	const char *why = NULL;
	struct buf one;
	struct buf two;
	struct safe s;

	buf_init(&one, BUF_LARGE);
	buf_init(&two, BUF_LARGE);
	safe_init(&s, flags);
	safe_feed(&s, in, &one);
	safe_finish(&s, &one);
	if ((flags & SAFE_RTL) == 0 && safe_rules_broken(buf_view(&one)) >= 0)
		why = "a forbidden code point came out";
	if ((flags & SAFE_ONE_LINE) != 0 && one.len > 0 &&
		memchr(one.p, '\n', one.len) != NULL)
		why = "a line feed came out";
	safe_in_pieces(in, flags, cuts, &two);
	if (!span_eq(buf_view(&one), buf_view(&two)))
		why = "the result depends on how the text is cut";
	buf_reset(&two);
	safe_in_pieces(buf_view(&one), flags, cuts, &two);
	if (!span_eq(buf_view(&one), buf_view(&two)))
		why = "filtering again changes the text";
	buf_release(&one);
	buf_release(&two);
	return why;
}

#endif
