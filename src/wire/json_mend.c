#include "wire/json_mend.h"

#include <string.h>

#include "wire/json.h"

struct mending {
	struct span in;
	size_t at;
	struct buf *out;
	char open[JSON_DEPTH_MAX]; /* closing brackets still to be written */
	size_t depth;
	bool comma; /* a comma was read but not written yet */
};

/* Appends a character of a string, escaped if need be. */
static void put_char(struct buf *out, char c)
{
	switch (c) {
	case '\n': buf_str(out, "\\n"); break;
	case '\r': buf_str(out, "\\r"); break;
	case '\t': buf_str(out, "\\t"); break;
	default:
		if ((unsigned char)c < ' ')
			buf_fmt(out, "\\u%04x", (unsigned)(unsigned char)c);
		else
			buf_char(out, c);
	}
}

/* Whether a quote ends the string. One inside it, as in "say "yes" now", does
 * so only when what follows can follow a string. */
static bool ends_string(const struct mending *m, size_t i)
{
	for (i++; i < m->in.n; i++) {
		char c = m->in.p[i];

		if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
			return strchr(",:}]", c) != NULL && c != '\0';
	}
	return true;
}

static void mend_string(struct mending *m, char quote)
{
	buf_char(m->out, '"');
	for (m->at++; m->at < m->in.n; m->at++) {
		char c = m->in.p[m->at];

		if (c == '\\' && m->at + 1 < m->in.n) {
			m->at++;
			/* JSON has no \'. */
			if (m->in.p[m->at] != '\'')
				buf_char(m->out, '\\');
			put_char(m->out, m->in.p[m->at]);
		} else if (c == quote && ends_string(m, m->at)) {
			break;
		} else if (c == '"') {
			buf_str(m->out, "\\\"");
		} else if (c != '\\') {
			put_char(m->out, c);
		}
	}
	m->at++;
	buf_char(m->out, '"');
}

/* Mends a number or a word. */
static void mend_word(struct mending *m)
{
	static const struct {
		const char *from;
		const char *to;
	} words[] = {{"True", "true"}, {"False", "false"}, {"None", "null"},
		{"undefined", "null"}, {"NaN", "null"}};
	struct span word = span_of(m->in.p + m->at, 0);
	size_t i;

	while (m->at + word.n < m->in.n &&
		(word.p[word.n] == '\0' ||
			strchr(" \t\r\n,:{}[]\"", word.p[word.n]) == NULL))
		word.n++;
	m->at += word.n > 0 ? word.n : 1;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_is(word, words[i].from))
			word = span_str(words[i].to);
	buf_span(m->out, word);
}

static void put_comma(struct mending *m)
{
	if (m->comma)
		buf_char(m->out, ',');
	m->comma = false;
}

/* Mends one token; false when that is impossible. */
static bool mend_token(struct mending *m)
{
	char c = m->in.p[m->at];

	if (c == '}' || c == ']') {
		m->comma = false;
		if (m->depth == 0 || m->open[m->depth - 1] != c)
			return false;
		m->depth--;
		buf_char(m->out, c);
		m->at++;
		return true;
	}
	if (c == ',') {
		m->comma = true;
		m->at++;
		return true;
	}
	put_comma(m);
	if (c == '{' || c == '[') {
		if (m->depth == JSON_DEPTH_MAX)
			return false;
		m->open[m->depth++] = c == '{' ? '}' : ']';
		buf_char(m->out, c);
		m->at++;
	} else if (c == '"' || c == '\'') {
		mend_string(m, c);
	} else if (c == ':') {
		buf_char(m->out, c);
		m->at++;
	} else {
		mend_word(m);
	}
	return true;
}

/* Closes what is open; a name without a value gets null. */
static void close_all(struct mending *m)
{
	if (m->out->len > 0 && m->out->p[m->out->len - 1] == ':')
		buf_str(m->out, "null");
	while (m->depth > 0)
		buf_char(m->out, m->open[--m->depth]);
}

bool json_mend(struct span text, struct buf *out)
{
	struct mending m = {.in = text, .out = out};
	const char *begin = text.n > 0 ? memchr(text.p, '{', text.n) : NULL;

	if (begin == NULL)
		return false;
	m.at = (size_t)(begin - text.p);
	do {
		char c = m.in.p[m.at];

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			m.at++;
		else if (!mend_token(&m))
			return false;
	} while (m.depth > 0 && m.at < m.in.n && !out->bad);
	close_all(&m);
	return !out->bad;
}
