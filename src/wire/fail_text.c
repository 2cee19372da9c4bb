#include "wire/fail_text.h"

#include <string.h>

#include "base/ascii.h"

/* Bytes that '*' in a pattern may stand for. */
enum { GAP_MAX = 200 };

const struct json *fail_at(const struct json *root, const char *path)
{
	struct span rest = span_str(path);

	while (rest.p != NULL && root != NULL) {
		struct span part = span_cut(&rest, '.');
		char key[32];
		long long i;

		if (part.n >= sizeof(key))
			return NULL;
		memcpy(key, part.p, part.n);
		key[part.n] = '\0';
		root = span_int(part, 0, 9, &i) ? json_at(root, (size_t)i)
						: json_get(root, key);
	}
	return root;
}

/* Where the sentence is: the first of these with a string that is not empty. */
static const char *const sentences[] = {
	"error.message",
	"error",
	"error.metadata.raw",
	"message",
	"message.detail.0.msg",
	"message.detail",
	"detail",
	"detail.0.msg",
	"detail.msg",
	"detail.message",
	"errors.0.message",
	"errors.0",
	"error.msg",
	"error.detail",
	"error.error",
	"Message",
	"title",
	"msg",
	"error_description",
	"reason",
};

/* Where the code is: words come before numbers, and nearer before farther
 * ones. */
static const char *const codes[] = {
	"error.code",
	"error.type",
	"error.status",
	"code",
	"error_code",
	"error_type",
	"type",
	"errors.0.code",
	"message.detail.0.type",
	"detail.0.type",
	"detail.type",
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A gateway's phrase for "see the upstream text". */
static bool is_hollow(struct span s)
{
	return span_caseis(s, "provider returned error");
}

/* Values of "type" that say nothing. */
static bool is_empty_code(struct span s)
{
	return s.n == 0 || span_is(s, "error") || span_is(s, "about:blank");
}

static void put_upstream(const struct json *raw, struct buf *text)
{
	struct json *inner = NULL;
	struct span s;

	if (!json_str(raw, &s) || s.n == 0)
		return;
	buf_reset(text);
	if (json_parse(s, &inner, NULL) == ST_OK &&
		json_type(inner) == JSON_OBJECT) {
		size_t i;

		for (i = 0; i < COUNT(sentences) && text->len == 0; i++) {
			struct span t = {NULL, 0};

			(void)json_str(fail_at(inner, sentences[i]), &t);
			buf_span(text, t);
		}
	}
	if (text->len == 0)
		buf_span(text, s);
	json_free(inner);
}

static void put_code(const struct json *root, struct buf *code)
{
	struct span s;
	int64_t v;
	size_t i;

	for (i = 0; i < COUNT(codes); i++)
		if (json_str(fail_at(root, codes[i]), &s) &&
			!is_empty_code(s)) {
			buf_span(code, s);
			return;
		}
	for (i = 0; i < COUNT(codes); i++)
		if (json_int(fail_at(root, codes[i]), &v)) {
			json_put_int(code, v);
			return;
		}
}

void fail_json(const struct json *root, struct buf *text, struct buf *code)
{
	struct span s;
	size_t i;

	if (json_type(root) == JSON_ARRAY)
		root = json_first(root);
	if (json_str(root, &s)) {
		buf_span(text, s);
		return;
	}
	for (i = 0; i < COUNT(sentences); i++)
		if (json_str(fail_at(root, sentences[i]), &s) && s.n > 0) {
			buf_span(text, s);
			break;
		}
	if (is_hollow(buf_view(text)))
		put_upstream(fail_at(root, "error.metadata.raw"), text);
	put_code(root, code);
}

void fail_plain(struct span s, struct buf *text)
{
	struct span rest = span_trim(s);
	struct span line = span_cut(&rest, '\n');

	buf_span(text, span_trim(line));
}

void fail_lower(struct span s, struct buf *out)
{
	size_t i;

	if (!buf_reserve(out, s.n))
		return;
	for (i = 0; i < s.n; i++)
		out->p[out->len + i] = ascii_lower(s.p[i]);
	out->len += s.n;
	out->p[out->len] = '\0';
}

void fail_hay(const struct json *j, struct buf *out)
{
	struct span s;

	if (json_str(j, &s)) {
		fail_lower(s, out);
		buf_char(out, '\n');
		return;
	}
	for (j = json_first(j); j != NULL; j = json_next(j))
		fail_hay(j, out);
}

/* Digits, with commas before groups of three; returns the bytes taken. */
static size_t number(const char *p, size_t n, int64_t *ret)
{
	int64_t v = 0;
	size_t i = 0;

	for (;;) {
		if (i < n && ascii_is_digit(p[i])) {
			if (v < INT64_MAX / 100)
				v = v * 10 + (p[i] - '0');
			i++;
			continue;
		}
		if (i == 0 || n - i < 4 || p[i] != ',' ||
			!ascii_is_digit(p[i + 1]) ||
			!ascii_is_digit(p[i + 2]) || !ascii_is_digit(p[i + 3]))
			break;
		i++;
	}
	if (i > 0)
		*ret = v;
	return i;
}

/* Matches at this place; *found is -1 until the first number. Each star
 * recurses once. */
static bool match_here(struct span hay, const char *pattern, int64_t *found)
{
	for (; *pattern != '\0'; pattern++) {
		int64_t v;
		size_t n;

		if (*pattern == '*') {
			for (n = 0; n <= hay.n && n <= GAP_MAX; n++)
				if (match_here(span_of(hay.p + n, hay.n - n),
					    pattern + 1, found))
					return true;
			return false;
		}
		if (*pattern == '#') {
			n = number(hay.p, hay.n, &v);
			if (n == 0)
				return false;
			if (*found < 0)
				*found = v;
		} else {
			n = 1;
			if (hay.n == 0 || *hay.p != *pattern)
				return false;
		}
		hay.p += n;
		hay.n -= n;
	}
	return true;
}

bool fail_match(struct span hay, const char *pattern, int64_t *ret_number)
{
	while (hay.n > 0) {
		const char *at = memchr(hay.p, pattern[0], hay.n);
		int64_t found = -1;

		if (at == NULL)
			return false;
		hay.n -= (size_t)(at - hay.p);
		hay.p = at;
		if (match_here(hay, pattern, &found)) {
			if (ret_number != NULL && found >= 0)
				*ret_number = found;
			return true;
		}
		hay.p++;
		hay.n--;
	}
	return false;
}
