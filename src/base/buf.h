/*
 * Bytes that grow (struct buf, owned) and bytes that are only looked at (struct
 * span, borrowed).
 *
 * A buf has a maximum from the start. It is always terminated by a NUL that len
 * does not count, its p is never NULL, and it may hold NULs. Once an append
 * fails, for memory or for the maximum, the buf is bad and stays bad: appends
 * do nothing, so that one can append many times and check once.
 */
#ifndef ATL_BASE_BUF_H
#define ATL_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/attr.h"
#include "base/err.h"

struct span {
	const char *p; /* NULL only when n is 0 */
	size_t n;
};

struct buf {
	char *p;
	size_t len;
	size_t cap;
	size_t max;
	bool bad;
};

/* For short texts: names, lines of status, paths. */
#define BUF_SMALL ((size_t)64 * 1024)
/* The limit of a reply, an attachment and anything else kept whole. */
#define BUF_LARGE ((size_t)64 * 1024 * 1024)

void buf_init(struct buf *b, size_t max);
/*
 * Makes an empty buf hold n bytes at p that belong to somebody else, have a NUL
 * behind them and outlive it; they are copied when it grows. It becomes bad
 * when n is more than its maximum.
 */
void buf_lend(struct buf *b, char *p, size_t n);
/* Frees the memory; the buf is empty and usable again. */
void buf_release(struct buf *b);
/* The same, and wipes the bytes first. Copies that realloc() left behind are
 * not wiped: real secrets are kept in struct secret. */
void buf_wipe(struct buf *b);
/* Empties it and clears bad, keeping the memory. */
void buf_reset(struct buf *b);

void buf_add(struct buf *b, const void *p, size_t n);
void buf_span(struct buf *b, struct span s);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_fmt(struct buf *b, const char *fmt, ...) ATTR_PRINTF(2, 3);
void buf_vfmt(struct buf *b, const char *fmt, va_list ap) ATTR_PRINTF(2, 0);
/* Replaces the content. */
void buf_set(struct buf *b, struct span s);
/* Makes room for n more bytes at p + len; false when it cannot. */
bool buf_reserve(struct buf *b, size_t n) ATTR_MUST_CHECK;
void buf_truncate(struct buf *b, size_t len);
/* Removes the first n bytes. */
void buf_consume(struct buf *b, size_t n);
/* Gives the memory away (caller frees with free()); NULL when bad. */
char *buf_detach(struct buf *b) ATTR_MUST_CHECK;
/* ST_OK, or ST_NOMEM / ST_FAIL with a message that names `what`. */
enum status buf_check(
	const struct buf *b, const char *what, struct err *err) ATTR_MUST_CHECK;

/*
 * The smallest functions are inline, for the loops that call them for every
 * piece of a reply, and to cost one comparison where the name is a literal.
 */

static inline struct span span_of(const void *p, size_t n)
{
	return (struct span){(const char *)p, n};
}

static inline struct span buf_view(const struct buf *b)
{
	return span_of(b->p, b->len);
}

/* s may be NULL: empty */
static inline struct span span_str(const char *s)
{
	return span_of(s, s != NULL ? strlen(s) : 0);
}

static inline bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_is(struct span a, const char *s)
{
	return span_eq(a, span_str(s));
}

static inline bool span_starts(struct span a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.n >= n && (n == 0 || memcmp(a.p, prefix, n) == 0);
}

/* ASCII case is ignored. */
bool span_caseis(struct span a, const char *s);
bool span_casestarts(struct span a, struct span prefix);
/* An empty part is in all. */
bool span_casehas(struct span a, struct span part);
struct span span_trim(struct span s);
/* Length of the longest run of c in s; a fence around s has to be longer. */
size_t span_longest_run(struct span s, char c);
/* Cuts s at the first `sep`: returns what is before it and leaves the rest in
 * *s; without a sep returns all and leaves *s empty with p NULL. */
struct span span_cut(struct span *s, char sep);
/* A decimal number from `lo` to `hi`, all of s and nothing else. */
bool span_int(struct span s, long long lo, long long hi, long long *ret);

#endif
