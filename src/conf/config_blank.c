#include "conf/config_priv.h"

#include <string.h>

enum where { WORDS, STRING, LINE_COMMENT, COMMENT };

struct blank {
	char *p;
	size_t n;
	size_t i;
	enum where where;
	char quote; /* which ends the string */
	int line;
	int begin; /* line of the string or comment we are in */
};

static bool at_pair(const struct blank *b, char first, char second)
{
	return b->p[b->i] == first && b->i + 1 < b->n &&
		b->p[b->i + 1] == second;
}

/* Whether a word could begin here: inside a word, "//" belongs to a URL. */
static bool at_word(const struct blank *b)
{
	return b->i == 0 || strchr(" \t\r\n={}(),+\"'", b->p[b->i - 1]) != NULL;
}

/* Skips to the end of "${NAME}", in which nothing else has a meaning. */
static bool skip_variable(struct blank *b)
{
	const char *end;

	if (!at_pair(b, '$', '{'))
		return false;
	end = memchr(b->p + b->i, '}', b->n - b->i);
	if (end == NULL)
		return false;
	b->i = (size_t)(end - b->p);
	return true;
}

static void in_words(struct blank *b)
{
	char c = b->p[b->i];

	if (skip_variable(b))
		return;
	b->begin = b->line;
	if (c == '"' || c == '\'') {
		b->where = STRING;
		b->quote = c;
	} else if (c == '#' || (at_pair(b, '/', '/') && at_word(b))) {
		b->where = LINE_COMMENT;
		b->p[b->i] = ' ';
	} else if (at_pair(b, '/', '*')) {
		b->where = COMMENT;
		b->p[b->i++] = ' ';
		b->p[b->i] = ' ';
	}
}

static void in_string(struct blank *b)
{
	if (b->quote == '"' && skip_variable(b))
		return;
	if (b->p[b->i] == '\\' && b->i + 1 < b->n) {
		b->i++;
		if (b->p[b->i] == '\n')
			b->line++;
	} else if (b->p[b->i] == b->quote) {
		b->where = WORDS;
	}
}

static void in_comment(struct blank *b)
{
	bool end = at_pair(b, '*', '/');

	if (b->p[b->i] != '\n')
		b->p[b->i] = ' ';
	if (end) {
		b->p[++b->i] = ' ';
		b->where = WORDS;
	}
}

int config_blank(char *p, size_t n, const char **ret_what)
{
	struct blank b = {p, n, 0, WORDS, 0, 1, 0};

	for (; b.i < n; b.i++) {
		if (p[b.i] == '\n') {
			b.line++;
			if (b.where == LINE_COMMENT)
				b.where = WORDS;
		}
		switch (b.where) {
		case WORDS: in_words(&b); break;
		case STRING: in_string(&b); break;
		case LINE_COMMENT: p[b.i] = ' '; break;
		case COMMENT: in_comment(&b); break;
		}
	}
	if (b.where == WORDS || b.where == LINE_COMMENT)
		return 0;
	*ret_what = b.where == STRING ? "string" : "comment";
	return b.begin;
}
