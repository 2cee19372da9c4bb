#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/vec.h"

/* What an empty buf holds. Its cap is 0, like that of one that was lent to. */
static char nothing[1] = "";

void buf_init(struct buf *b, size_t max)
{
	b->p = nothing;
	b->len = 0;
	b->cap = 0;
	b->max = max;
	b->bad = false;
}

void buf_lend(struct buf *b, char *p, size_t n)
{
	if (n > b->max) {
		b->bad = true;
		return;
	}
	b->p = p;
	b->len = n;
}

void buf_release(struct buf *b)
{
	size_t max = b->max;

	if (b->cap > 0)
		free(b->p);
	buf_init(b, max);
}

void buf_wipe(struct buf *b)
{
	if (b->cap > 0)
		explicit_bzero(b->p, b->cap);
	buf_release(b);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->bad = false;
	if (b->cap > 0)
		b->p[0] = '\0';
	else
		b->p = nothing;
}

bool buf_reserve(struct buf *b, size_t n)
{
	size_t need;
	size_t cap;
	char *p;

	if (b->bad)
		return false;
	if (n > b->max || b->len > b->max - n) {
		b->bad = true;
		return false;
	}
	need = b->len + n + 1;
	if (need <= b->cap)
		return true;
	cap = b->cap < 64 ? 64 : b->cap;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	p = realloc(b->cap > 0 ? b->p : NULL, cap);
	if (p == NULL) {
		b->bad = true;
		return false;
	}
	if (b->cap == 0)
		memcpy(p, b->p, b->len + 1);
	b->p = p;
	b->cap = cap;
	return true;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0 || !buf_reserve(b, n))
		return;
	memcpy(b->p + b->len, p, n);
	b->len += n;
	b->p[b->len] = '\0';
}

void buf_span(struct buf *b, struct span s)
{
	buf_add(b, s.p, s.n);
}

void buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
	if (!buf_reserve(b, 1))
		return;
	b->p[b->len++] = c;
	b->p[b->len] = '\0';
}

void buf_vfmt(struct buf *b, const char *fmt, va_list ap)
{
	size_t room = b->bad || b->cap == 0 ? 0 : b->cap - b->len;
	va_list again;
	int n;

	/* Mostly there is room enough at the first try. */
	va_copy(again, ap);
	n = vsnprintf(room > 0 ? b->p + b->len : NULL, room, fmt, ap);
	if (n < 0)
		b->bad = true;
	else if (buf_reserve(b, (size_t)n)) {
		if ((size_t)n >= room)
			(void)vsnprintf(
				b->p + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	if (room > 0)
		b->p[b->len] = '\0';
	va_end(again);
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(b, fmt, ap);
	va_end(ap);
}

void buf_set(struct buf *b, struct span s)
{
	buf_reset(b);
	buf_span(b, s);
}

void buf_truncate(struct buf *b, size_t len)
{
	if (len >= b->len)
		return;
	b->len = len;
	b->p[len] = '\0';
}

void buf_consume(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	if (n >= b->len) {
		buf_truncate(b, 0);
		return;
	}
	memmove(b->p, b->p + n, b->len - n + 1);
	b->len -= n;
}

char *buf_detach(struct buf *b)
{
	size_t max = b->max;
	char *p;

	if (b->bad) {
		buf_release(b);
		return NULL;
	}
	p = b->cap > 0 ? b->p : mem_dup(b->p, b->len);
	if (p != NULL)
		buf_init(b, max);
	return p;
}

enum status buf_check(const struct buf *b, const char *what, struct err *err)
{
	if (!b->bad)
		return ST_OK;
	/* A bad buf has not grown, so room below max means malloc failed. */
	if (b->len < b->max / 2)
		return err_set(err, ST_NOMEM,
			"%s: out of memory, or larger "
			"than %zu bytes",
			what, b->max);
	return err_set(
		err, ST_FAIL, "%s is larger than %zu bytes", what, b->max);
}

bool span_caseis(struct span a, const char *s)
{
	size_t i;

	for (i = 0; i < a.n; i++)
		if (s[i] == '\0' || ascii_lower(a.p[i]) != ascii_lower(s[i]))
			return false;
	return s[i] == '\0';
}

bool span_casestarts(struct span a, struct span prefix)
{
	size_t i;

	if (prefix.n > a.n)
		return false;
	for (i = 0; i < prefix.n; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(prefix.p[i]))
			return false;
	return true;
}

bool span_casehas(struct span a, struct span part)
{
	size_t i;

	if (part.n == 0)
		return true;
	for (i = 0; i + part.n <= a.n; i++)
		if (span_casestarts(span_of(a.p + i, a.n - i), part))
			return true;
	return false;
}

size_t span_longest_run(struct span s, char c)
{
	size_t best = 0;
	size_t run = 0;
	size_t i;

	for (i = 0; i < s.n; i++) {
		run = s.p[i] == c ? run + 1 : 0;
		if (run > best)
			best = run;
	}
	return best;
}

struct span span_trim(struct span s)
{
	while (s.n > 0 && ascii_is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && ascii_is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct span span_cut(struct span *s, char sep)
{
	struct span head = *s;
	const char *at = s->n > 0 ? memchr(s->p, sep, s->n) : NULL;

	if (at == NULL) {
		s->p = NULL;
		s->n = 0;
		return head;
	}
	head.n = (size_t)(at - s->p);
	s->p = at + 1;
	s->n -= head.n + 1;
	return head;
}

bool span_int(struct span s, long long lo, long long hi, long long *ret)
{
	bool neg = s.n > 0 && s.p[0] == '-';
	long long v = 0;
	size_t i = neg ? 1 : 0;

	if (i == s.n)
		return false;
	for (; i < s.n; i++) {
		int d = s.p[i] - '0';

		if (d < 0 || d > 9 || v < (INT64_MIN + d) / 10)
			return false;
		v = v * 10 - d; /* negative, so that INT64_MIN fits */
	}
	if (!neg) {
		if (v == INT64_MIN)
			return false;
		v = -v;
	}
	if (v < lo || v > hi)
		return false;
	*ret = v;
	return true;
}
