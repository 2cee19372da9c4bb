#include "text/mention.h"

#include <string.h>

#include "base/utf8.h"

/* The character that ends at pos; 0 at the start of the text. */
static uint32_t char_before(struct span text, size_t pos)
{
	size_t from = pos;
	uint32_t cp;
	size_t len;

	if (pos == 0)
		return 0;
	while (from > 0 && pos - from < UTF8_MAX) {
		from--;
		if (((unsigned char)text.p[from] & 0xc0) != 0x80)
			break;
	}
	(void)utf8_decode(text.p + from, pos - from, &cp, &len);
	return cp;
}

/* Whether an @ behind cp begins a word; behind other characters it may belong
 * to an address. */
static bool may_begin(uint32_t cp)
{
	if (cp == 0 || utf8_is_space(cp))
		return true;
	if (cp < 0x80)
		return strchr("([{<\"',;:", (int)cp) != NULL;
	return utf8_is_punct(cp);
}

static bool is_name(uint32_t cp)
{
	return utf8_is_letter(cp) || utf8_is_digit(cp) || cp == '_' ||
		cp == '-' || cp == '.';
}

static bool is_digits(struct span s)
{
	long long n;

	return s.n > 0 && s.p[0] != '-' &&
		span_int(s, 1, MENTION_NUMBER_MAX, &n);
}

static int64_t number(struct span s)
{
	long long n = 0;

	(void)span_int(s, 1, MENTION_NUMBER_MAX, &n);
	return n;
}

/* The run of name characters at s, without dots and hyphens at its end. */
static struct span name_run(struct span s)
{
	size_t i = 0;

	while (i < s.n) {
		uint32_t cp;
		size_t len;

		if (utf8_decode(s.p + i, s.n - i, &cp, &len) != UTF8_OK ||
			!is_name(cp))
			break;
		i += len;
	}
	while (i > 0 && (s.p[i - 1] == '.' || s.p[i - 1] == '-'))
		i--;
	return span_of(s.p, i);
}

/* "3" or "3-5". */
static bool parse_range(struct span word, struct mention *ret)
{
	struct span rest = word;
	struct span first = span_cut(&rest, '-');

	if (rest.p == NULL)
		rest = first;
	if (!is_digits(first) || !is_digits(rest) ||
		number(first) > number(rest))
		return false;
	ret->kind = MENTION_RANGE;
	ret->first = number(first);
	ret->last = number(rest);
	return true;
}

/* Parses what follows "@chat:": the ID, maybe with a message of it. */
static bool parse_chat(struct span s, struct mention *ret)
{
	struct span id = name_run(s);
	struct span digits;
	size_t n = id.n;

	if (id.n == 0)
		return false;
	ret->kind = MENTION_CHAT;
	ret->word = id;
	ret->first = 0;
	if (n + 1 < s.n && s.p[n] == '/') {
		digits = name_run(span_of(s.p + n + 1, s.n - n - 1));
		if (is_digits(digits)) {
			ret->first = number(digits);
			n += 1 + digits.n;
		}
	}
	ret->last = ret->first;
	ret->len = strlen("@chat:") + n;
	return true;
}

/* Parses names, numbers, last and chat. `after` is what follows the @. */
static bool parse_word(struct span after, struct mention *ret)
{
	struct span word = name_run(after);
	char next = '\0';

	if (word.n == 0)
		return false;
	ret->len = 1 + word.n;
	if (word.n < after.n)
		next = after.p[word.n];
	if (span_caseis(word, "chat") && next == ':' &&
		parse_chat(span_of(after.p + word.n + 1, after.n - word.n - 1),
			ret))
		return true;
	if (next == '/' || next == '@')
		return false;
	if (span_caseis(word, "last")) {
		ret->kind = MENTION_LAST;
		return true;
	}
	if (parse_range(word, ret))
		return true;
	ret->kind = MENTION_NAME;
	ret->word = word;
	return true;
}

/* Bytes of the beginning that makes s a path; 0: it is none. Behind "/" and
 * "~/" something must follow; "./" and "../" are folders themselves. */
static size_t path_start(struct span s)
{
	if (span_starts(s, "./"))
		return 2;
	if (span_starts(s, "../"))
		return 3;
	if (span_starts(s, "~/"))
		return 2;
	if (s.n > 1 && s.p[0] == '/' && !utf8_is_space((unsigned char)s.p[1]))
		return 1;
	return 0;
}

/* Offset where the quote that opens at s[i] closes; i when it does not. A
 * quoted part is on one line. */
static size_t quote_end(struct span s, size_t i)
{
	char quote = s.p[i];
	size_t j;

	for (j = i + 1; j < s.n && s.p[j] != '\n'; j++) {
		if (s.p[j] == quote)
			return j;
		if (s.p[j] == '\\' && quote == '"')
			j++;
	}
	return i;
}

/* Whether a quote opens here: only at the start of a path and behind a slash,
 * so that an apostrophe in a file's name is a letter. */
static bool opens_quote(struct span s, size_t i)
{
	return (s.p[i] == '"' || s.p[i] == '\'') &&
		(i == 0 || s.p[i - 1] == '/') && quote_end(s, i) > i;
}

/* Length of s without the punctuation that ends a sentence; `hard` is where the
 * last quoted or escaped character ended. */
static size_t path_trim(struct span s, size_t hard)
{
	size_t n = s.n;

	while (n > hard && strchr(".,;:!?)]}>\"'", s.p[n - 1]) != NULL) {
		if (s.p[n - 1] == ')' && memchr(s.p, '(', n) != NULL)
			break;
		/* "..", or "." behind a slash, is a folder. */
		if (s.p[n - 1] == '.' && n > 1 &&
			(s.p[n - 2] == '/' ||
				(n > 2 && s.p[n - 2] == '.' &&
					s.p[n - 3] == '/') ||
				n == 2))
			break;
		n--;
	}
	return n;
}

/* The path that starts at s, as written. */
static struct span path_run(struct span s)
{
	size_t hard = 0;
	size_t i = 0;

	while (i < s.n) {
		uint32_t cp;
		size_t len;

		if (opens_quote(s, i)) {
			i = hard = quote_end(s, i) + 1;
			continue;
		}
		if (s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] != '\n') {
			i++;
			(void)utf8_decode(s.p + i, s.n - i, &cp, &len);
			i += len;
			hard = i;
			continue;
		}
		(void)utf8_decode(s.p + i, s.n - i, &cp, &len);
		if (utf8_is_space(cp))
			break;
		i += len;
	}
	return span_of(s.p, path_trim(span_of(s.p, i), hard));
}

static bool parse_path(struct span after, struct mention *ret)
{
	struct span inner = after;

	if (after.n > 1 && opens_quote(after, 0)) {
		inner.p++;
		inner.n--;
	}
	if (path_start(inner) == 0)
		return false;
	ret->kind = MENTION_FILE;
	ret->word = path_run(after);
	ret->len = 1 + ret->word.n;
	return ret->word.n > 1;
}

bool mention_at(struct span text, size_t pos, struct mention *ret)
{
	struct span after = span_of(text.p + pos + 1, text.n - pos - 1);
	struct mention m = {0};

	if (!may_begin(char_before(text, pos)))
		return false;
	if (after.n > 0 && after.p[0] == '@') {
		m.kind = MENTION_AT;
		m.len = 2;
	} else if (!parse_path(after, &m) && !parse_word(after, &m)) {
		return false;
	}
	*ret = m;
	return true;
}

void mention_path(struct span word, struct buf *out)
{
	size_t i = 0;

	while (i < word.n) {
		if (opens_quote(word, i)) {
			size_t end = quote_end(word, i);
			bool escapes = word.p[i] == '"';

			for (i++; i < end; i++) {
				if (escapes && word.p[i] == '\\')
					i++;
				buf_char(out, word.p[i]);
			}
			i = end + 1;
			continue;
		}
		if (word.p[i] == '\\' && i + 1 < word.n)
			i++;
		buf_char(out, word.p[i++]);
	}
}

void mention_put_path(struct span path, struct buf *out)
{
	size_t i = 0;

	buf_char(out, '@');
	while (i < path.n) {
		uint32_t cp;
		size_t len;

		(void)utf8_decode(path.p + i, path.n - i, &cp, &len);
		if (utf8_is_space(cp) ||
			(cp < 0x80 &&
				strchr("\\\"'.,;:!?)]}>", (int)cp) != NULL &&
				(cp != '.' || i + 1 == path.n)))
			buf_char(out, '\\');
		buf_add(out, path.p + i, len);
		i += len;
	}
}

bool mention_same(struct span a, struct span b)
{
	size_t i = 0;
	size_t j = 0;

	while (i < a.n && j < b.n) {
		uint32_t x;
		uint32_t y;
		size_t len;

		(void)utf8_decode(a.p + i, a.n - i, &x, &len);
		i += len;
		(void)utf8_decode(b.p + j, b.n - j, &y, &len);
		j += len;
		if (utf8_lower(x) != utf8_lower(y))
			return false;
	}
	return i == a.n && j == b.n;
}

ptrdiff_t mention_find(struct span name, const struct span *names, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (mention_same(name, names[i]))
			return (ptrdiff_t)i;
	return -1;
}
