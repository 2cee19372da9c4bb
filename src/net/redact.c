#include "net/redact.h"

#include <string.h>

#define MASK "[redacted]"

static bool contains_bytes(struct span s, struct span what)
{
	size_t i;

	if (what.n == 0)
		return false;
	for (i = 0; i + what.n <= s.n; i++) {
		if (memcmp(s.p + i, what.p, what.n) == 0)
			return true;
	}
	return false;
}

bool redact_is_secret(struct span name)
{
	static const char *const words[] = {"auth", "key", "token", "secret",
		"passw", "cookie", "credential"};
	size_t i;

	/* Nearly every answer counts tokens of the model, which are no
	 * secret. */
	if (span_casehas(name, span_str("ratelimit")))
		return false;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (span_casehas(name, span_str(words[i])))
			return true;
	}
	return false;
}

static void put_plain(struct span s, struct buf *out)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		buf_char(out,
			(unsigned char)s.p[i] < ' ' || s.p[i] == 127 ? ' '
								     : s.p[i]);
}

static size_t find(struct span s, char c)
{
	size_t i;

	for (i = 0; i < s.n && s.p[i] != c; i++)
		;
	return i;
}

/* Appends the text without what stands between a '?' and the next blank. */
static void put_without_query(struct span s, struct buf *out)
{
	size_t at = find(s, '?');
	size_t blank;

	if (at + 1 >= s.n) {
		put_plain(s, out);
		return;
	}
	put_plain(span_of(s.p, at + 1), out);
	s = span_of(s.p + at + 1, s.n - at - 1);
	blank = find(s, ' ');
	if (blank > 0)
		buf_str(out, MASK);
	put_plain(span_of(s.p + blank, s.n - blank), out);
}

void redact_line(struct span line, struct span key, struct buf *out)
{
	size_t colon;

	if (contains_bytes(line, key)) {
		buf_str(out, MASK);
		return;
	}
	/* HTTP/2's pseudo headers start with the colon. */
	colon = line.n;
	if (line.n > 1)
		colon = 1 + find(span_of(line.p + 1, line.n - 1), ':');
	if (colon < line.n && redact_is_secret(span_of(line.p, colon))) {
		put_plain(span_of(line.p, colon + 1), out);
		buf_str(out, " " MASK);
		return;
	}
	put_without_query(line, out);
}
