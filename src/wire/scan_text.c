/* Turns strings of JSON into text, for wire/scan. */
#include "wire/scan.h"

#include <string.h>

#include "base/utf8.h"

/* A waiting high surrogate turns out to be alone. */
static void end_high(struct scan_text *t, struct buf *out)
{
	if (t->high == 0)
		return;
	t->high = 0;
	utf8_put(out, UTF8_BAD);
}

static void end_tail(struct scan_text *t, struct buf *out)
{
	if (t->tail_n == 0)
		return;
	t->tail_n = 0;
	utf8_put(out, UTF8_BAD);
}

/* Continues the character whose beginning waits; returns the bytes taken. */
static size_t join_tail(struct scan_text *t, struct span run, struct buf *out)
{
	unsigned char whole[UTF8_MAX];
	size_t had = t->tail_n;
	size_t n = UTF8_MAX - had < run.n ? UTF8_MAX - had : run.n;
	uint32_t cp;
	size_t len;

	memcpy(whole, t->tail, had);
	memcpy(whole + had, run.p, n);
	if (utf8_decode(whole, had + n, &cp, &len) == UTF8_MORE) {
		memcpy(t->tail, whole, len);
		t->tail_n = len;
		return n;
	}
	t->tail_n = 0;
	utf8_put(out, cp);
	/* What waited is well-formed so far, so a bad part is at least as
	 * long. */
	return len - had;
}

/* Adds bytes without a backslash. */
static void add_run(
	struct scan_text *t, struct span run, bool ill, struct buf *out)
{
	size_t i = 0;

	if (run.n == 0)
		return;
	end_high(t, out);
	if (t->tail_n > 0)
		i = join_tail(t, run, out);
	if (!ill) {
		buf_add(out, run.p + i, run.n - i);
		return;
	}
	while (i < run.n) {
		uint32_t cp;
		size_t len;

		if (utf8_decode(run.p + i, run.n - i, &cp, &len) == UTF8_MORE) {
			memcpy(t->tail, run.p + i, len);
			t->tail_n = len;
			return;
		}
		utf8_put(out, cp);
		i += len;
	}
}

/* Adds an escape; returns its bytes. */
static size_t add_escape(struct scan_text *t, const char *p, struct buf *out)
{
	uint32_t cp;

	end_tail(t, out);
	if (p[1] != 'u') {
		end_high(t, out);
		buf_char(out, (char)scan_escape_byte(p[1]));
		return 2;
	}
	cp = (uint32_t)scan_hex4(p + 2);
	if (t->high != 0 && cp >= 0xdc00 && cp <= 0xdfff) {
		cp = 0x10000 + ((t->high - 0xd800) << 10) + (cp - 0xdc00);
		t->high = 0;
	}
	end_high(t, out);
	if (cp >= 0xd800 && cp <= 0xdbff)
		t->high = cp;
	else
		utf8_put(out, cp);
	return 6;
}

void scan_text_add(
	struct scan_text *t, const struct scan_str *s, struct buf *out)
{
	struct span rest = s->raw;

	if (!s->escaped && !s->ill && t->high == 0 && t->tail_n == 0) {
		buf_span(out, s->raw);
		return;
	}
	while (rest.n > 0) {
		const char *esc = memchr(rest.p, '\\', rest.n);
		size_t n = esc != NULL ? (size_t)(esc - rest.p) : rest.n;

		add_run(t, span_of(rest.p, n), s->ill, out);
		if (esc != NULL)
			n += add_escape(t, esc, out);
		rest.p += n;
		rest.n -= n;
	}
}

void scan_text_end(struct scan_text *t, struct buf *out)
{
	end_tail(t, out);
	end_high(t, out);
}

void scan_repair(struct span bytes, struct buf *out)
{
	struct scan_text t = {0};

	add_run(&t, bytes, true, out);
	scan_text_end(&t, out);
}

void scan_unescape(const struct scan_str *s, struct buf *out)
{
	struct scan_text t = {0};

	scan_text_add(&t, s, out);
	scan_text_end(&t, out);
}
