/* The writing half of wire/json. */
#include "wire/json.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/utf8.h"
#include "text/safe.h"

/*
 * What text/safe changes beyond controls, format characters and separators,
 * which it knows by their class: invisible letters and marks, selectors, tags
 * and noncharacters.
 */
static const struct {
	uint32_t first;
	uint32_t last;
} hidden[] = {
	{0x034f, 0x034f},
	{0x115f, 0x1160},
	{0x17b4, 0x17b5},
	{0x180b, 0x180f},
	{0x2060, 0x206f},
	{0x3164, 0x3164},
	{0xfdd0, 0xfdef},
	{0xfe00, 0xfe0f},
	{0xffa0, 0xffa0},
	{0xfff0, 0xfffb},
	{0xe0000, 0xe0fff},
};

static bool is_hidden(uint32_t cp)
{
	size_t i;

	for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (cp >= hidden[i].first && cp <= hidden[i].last)
			return true;
	return (cp & 0xfffe) == 0xfffe;
}

/* Whether text/safe would change the character. *marks counts the marks on the
 * present base and is SAFE_MARKS where none may stand. */
static bool needs_escape(uint32_t cp, unsigned *marks)
{
	enum utf8_class class = utf8_class(cp);

	if (class == UTF8_MARK && *marks < SAFE_MARKS && !is_hidden(cp)) {
		(*marks)++;
		return false;
	}
	if (class == UTF8_MARK) {
		*marks = SAFE_MARKS;
		return true;
	}
	if (class == UTF8_FORMAT || class == UTF8_CONTROL ||
		class == UTF8_SEPARATOR || class == UTF8_PRIVATE ||
		is_hidden(cp)) {
		*marks = SAFE_MARKS;
		return true;
	}
	*marks = 0;
	return false;
}

static void put_escaped(struct buf *out, uint32_t cp)
{
	if (cp > 0xffff) {
		cp -= 0x10000;
		buf_fmt(out, "\\u%04x\\u%04x", 0xd800 + (cp >> 10),
			0xdc00 + (cp & 0x3ff));
		return;
	}
	buf_fmt(out, "\\u%04x", cp);
}

static void put_ascii(struct buf *out, char c)
{
	switch (c) {
	case '"': buf_str(out, "\\\""); break;
	case '\\': buf_str(out, "\\\\"); break;
	case '\n': buf_str(out, "\\n"); break;
	case '\r': buf_str(out, "\\r"); break;
	case '\t': buf_str(out, "\\t"); break;
	default: put_escaped(out, (unsigned char)c); break;
	}
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\' && c < 0x7f;
}

/* Appends the character at p, which is not plain ASCII; returns its length. */
static size_t put_char(
	struct buf *out, const char *p, size_t n, bool safe, unsigned *marks)
{
	uint32_t cp;
	size_t len;

	if ((unsigned char)*p < 0x80) {
		put_ascii(out, *p);
		*marks = SAFE_MARKS;
		return 1;
	}
	(void)utf8_decode(p, n, &cp, &len);
	if (safe && needs_escape(cp, marks))
		put_escaped(out, cp);
	else
		utf8_put(out, cp);
	return len;
}

static void put_string(struct buf *out, struct span s, bool safe)
{
	unsigned marks = SAFE_MARKS;
	size_t i = 0;

	buf_char(out, '"');
	while (i < s.n) {
		size_t from = i;

		while (i < s.n && is_plain((unsigned char)s.p[i]))
			i++;
		if (i > from) {
			buf_add(out, s.p + from, i - from);
			marks = 0;
		}
		if (i < s.n)
			i += put_char(out, s.p + i, s.n - i, safe, &marks);
	}
	buf_char(out, '"');
}

void json_put_string(struct buf *out, struct span s)
{
	put_string(out, s, false);
}

void json_put_safe(struct buf *out, struct span s)
{
	put_string(out, s, true);
}

void json_put_int(struct buf *out, int64_t v)
{
	char text[24]; /* 19 digits and a sign */
	char *p = text + sizeof(text);
	uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do {
		*--p = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (v < 0)
		*--p = '-';
	buf_add(out, p, (size_t)(text + sizeof(text) - p));
}

void json_put_double(struct buf *out, double v)
{
	char text[40] = "null";
	locale_t plain;
	locale_t before;
	int digits;

	if (!isfinite(v)) {
		buf_str(out, "null");
		return;
	}
	plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (plain == (locale_t)0) {
		out->bad = true;
		return;
	}
	before = uselocale(plain);
	for (digits = 1; digits <= 17; digits++) {
		double back;

		(void)snprintf(text, sizeof(text), "%.*g", digits, v);
		back = strtod(text, NULL);
		if (!(back < v) && !(back > v))
			break;
	}
	(void)uselocale(before);
	freelocale(plain);
	buf_str(out, text);
}

/* Writes a comma if a value stands before, and returns the output. */
static struct buf *next(struct json_writer *w)
{
	if (w->more)
		buf_char(w->out, ',');
	w->more = true;
	return w->out;
}

void json_open(struct json_writer *w, char bracket)
{
	buf_char(next(w), bracket);
	w->more = false;
}

void json_close(struct json_writer *w, char bracket)
{
	buf_char(w->out, bracket);
	w->more = true;
}

void json_key(struct json_writer *w, const char *key)
{
	json_add_string(w, span_str(key));
	buf_char(w->out, ':');
	w->more = false;
}

void json_add_string(struct json_writer *w, struct span s)
{
	if (w->safe)
		json_put_safe(next(w), s);
	else
		json_put_string(next(w), s);
}

void json_add_int(struct json_writer *w, int64_t v)
{
	json_put_int(next(w), v);
}

void json_add_double(struct json_writer *w, double v)
{
	json_put_double(next(w), v);
}

void json_add_bool(struct json_writer *w, bool v)
{
	buf_str(next(w), v ? "true" : "false");
}

void json_add_null(struct json_writer *w)
{
	buf_str(next(w), "null");
}

void json_add_raw(struct json_writer *w, struct span json)
{
	buf_span(next(w), json);
}

void json_add_value(struct json_writer *w, const struct json *j)
{
	const struct json *c;
	struct span text = {NULL, 0};
	bool yes = false;
	int64_t number = 0;
	double real = 0;

	switch (json_type(j)) {
	case JSON_NONE:
	case JSON_NULL: json_add_null(w); break;
	case JSON_BOOL:
		(void)json_bool(j, &yes);
		json_add_bool(w, yes);
		break;
	case JSON_NUMBER:
		if (json_int(j, &number)) {
			json_add_int(w, number);
		} else {
			(void)json_double(j, &real);
			json_add_double(w, real);
		}
		break;
	case JSON_STRING:
		(void)json_str(j, &text);
		json_add_string(w, text);
		break;
	case JSON_ARRAY:
		json_open(w, '[');
		for (c = json_first(j); c != NULL; c = json_next(c))
			json_add_value(w, c);
		json_close(w, ']');
		break;
	case JSON_OBJECT:
		json_open(w, '{');
		for (c = json_first(j); c != NULL; c = json_next(c)) {
			struct buf key;

			buf_init(&key, BUF_SMALL);
			buf_span(&key, json_name(c));
			json_key(w, key.p);
			buf_release(&key);
			json_add_value(w, c);
		}
		json_close(w, '}');
		break;
	}
}

void json_member_str(struct json_writer *w, const char *key, struct span s)
{
	json_key(w, key);
	json_add_string(w, s);
}

void json_member_int(struct json_writer *w, const char *key, int64_t v)
{
	json_key(w, key);
	json_add_int(w, v);
}

void json_member_bool(struct json_writer *w, const char *key, bool v)
{
	json_key(w, key);
	json_add_bool(w, v);
}

void json_member_id(struct json_writer *w, const char *key, const struct id *id)
{
	char hex[ID_HEX + 1];

	id_hex(id, hex);
	json_member_str(w, key, span_str(hex));
}

void json_member_time(struct json_writer *w, const char *key, int64_t wall_ms)
{
	struct buf text;

	buf_init(&text, BUF_SMALL);
	clock_iso(wall_ms, &text);
	json_member_str(w, key, buf_view(&text));
	buf_release(&text);
}

void json_member_count(struct json_writer *w, const char *key, int64_t n)
{
	json_key(w, key);
	if (n < 0)
		json_add_null(w);
	else
		json_add_int(w, n);
}
