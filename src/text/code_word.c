/*
 * Words, and what can be told from a word and the bytes around it.
 */
#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "text/code_step.h"

bool code_in(const char *set, char c)
{
	return c != '\0' && strchr(set, c) != NULL;
}

bool code_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_letter(char c)
{
	return ascii_is_letter(c) || c == '_' || (unsigned char)c >= 0x80;
}

bool code_in_word(const struct code_lang *lang, char c)
{
	return is_letter(c) || ascii_is_digit(c) || code_in(lang->letters, c);
}

bool code_begins_word(const struct code_lang *lang, char c)
{
	return is_letter(c) || code_in(lang->sigils, c) ||
		(c == '$' && code_in(lang->letters, c));
}

/*
 * Words
 */

static int compare(struct span word, const char *row)
{
	int order = strncmp(word.p, row, word.n);

	if (order == 0 && row[word.n] != '\0')
		order = -1;
	return order;
}

static bool among(const struct code_words *words, struct span word)
{
	size_t lo = 0;
	size_t hi = words->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = compare(word, words->p[mid]);

		if (order == 0)
			return true;
		if (order < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return false;
}

/* CamelCase, or a single letter: where it is the custom, a type's name. */
static bool is_camel(struct span word)
{
	size_t i;

	if (!ascii_is_upper(word.p[0]))
		return false;
	for (i = 1; i < word.n; i++)
		if (ascii_is_lower(word.p[i]))
			return true;
	return word.n == 1;
}

/* "#fff" */
static bool is_hex_colour(struct span word)
{
	size_t i;

	for (i = 1; i < word.n; i++) {
		char c = word.p[i];

		if (!ascii_is_digit(c) && (c < 'a' || c > 'f') &&
			(c < 'A' || c > 'F'))
			return false;
	}
	return word.n == 4 || word.n == 5 || word.n == 7 || word.n == 9;
}

static enum code_style sigil_style(struct span word)
{
	switch (word.p[0]) {
	case '@': return CODE_META;
	case '#': return is_hex_colour(word) ? CODE_NUMBER : CODE_TEXT;
	default: return CODE_NAME;
	}
}

static enum code_style known_word(
	const struct code_lang *lang, struct span word, char next)
{
	char lower[CODE_WORD];
	size_t i;

	if ((lang->flags & LANG_NOCASE) != 0 && word.n <= sizeof(lower)) {
		for (i = 0; i < word.n; i++) {
			char c = word.p[i];

			if (ascii_is_upper(c))
				c = (char)(c - 'A' + 'a');
			lower[i] = c;
		}
		word.p = lower;
	}
	if (among(&lang->keywords, word))
		return CODE_KEYWORD;
	if (among(&lang->types, word))
		return CODE_TYPE;
	if ((lang->flags & LANG_UPPER) != 0 && is_camel(word))
		return CODE_TYPE;
	if ((lang->flags & LANG_SUFFIX_T) != 0 && word.n > 2 &&
		memcmp(word.p + word.n - 2, "_t", 2) == 0)
		return CODE_TYPE;
	if ((lang->flags & LANG_CALLS) != 0 && next == '(')
		return CODE_NAME;
	return CODE_TEXT;
}

enum code_style code_word_style(
	const struct code *c, struct span word, char next)
{
	const struct code_lang *lang = c->lang;

	if (c->directive)
		return CODE_META;
	if (word.n > 0 && code_in(lang->sigils, word.p[0]))
		return sigil_style(word);
	/* The name of a member or a part of an option is not a keyword. */
	if (c->before == '.' ||
		(c->before == '-' && code_in(lang->letters, '-')))
		return CODE_TEXT;
	return known_word(lang, word, next);
}

/*
 * Keys
 */

size_t code_key(const struct code *c, struct span w, bool final)
{
	const struct code_lang *lang = c->lang;
	bool spaced = (lang->flags & LANG_KEY_SPACE) != 0;
	size_t n = 0;
	size_t i;

	while (n < w.n && n <= CODE_WORD && code_in_word(lang, w.p[n]))
		n++;
	if (n == 0 || n > CODE_WORD)
		return 0;
	i = n;
	while (!spaced && i < w.n && i <= CODE_WORD && code_is_blank(w.p[i]))
		i++;
	if (i > CODE_WORD)
		return 0;
	if (i == w.n)
		return final ? 0 : SIZE_MAX;
	if (!code_in(lang->keys, w.p[i]))
		return 0;
	if (!spaced)
		return n;
	if (i + 1 == w.n)
		return final ? n : SIZE_MAX;
	return code_is_blank(w.p[i + 1]) ? n : 0;
}

/*
 * Here-documents
 */

/* The parts of "<<-'TAG'", one after the other. */
struct opening {
	struct span w;
	size_t i;
	bool more; /* the window ended */
};

static bool take(struct opening *o, const char *set)
{
	if (o->i >= o->w.n) {
		o->more = true;
		return false;
	}
	if (!code_in(set, o->w.p[o->i]))
		return false;
	o->i++;
	return true;
}

/* Takes each byte of `mark` in turn. */
static bool take_mark(struct opening *o, const char *mark)
{
	for (; *mark != '\0'; mark++) {
		const char set[2] = {*mark, '\0'};

		if (!take(o, set))
			return false;
	}
	return true;
}

static size_t tag_length(const struct opening *o)
{
	size_t i = o->i;

	while (i < o->w.n && i - o->i < CODE_WORD - 1 &&
		(is_letter(o->w.p[i]) || ascii_is_digit(o->w.p[i])))
		i++;
	return i - o->i;
}

/* Whether the n bytes at `tag` can name the end of a here-document. */
static bool is_tag(const char *tag, size_t n, bool capital)
{
	if (n == 0 || n >= CODE_WORD - 1 || ascii_is_digit(*tag))
		return false;
	return !capital || ascii_is_upper(*tag);
}

size_t code_heredoc(
	const struct code *c, struct span w, bool final, struct span *ret)
{
	bool shifts = (c->lang->flags & LANG_REGEX) != 0;
	bool careful = shifts;
	struct opening o = {w, 0, false};
	char quote = '\0';
	size_t n;

	if (!take_mark(&o, c->lang->heredoc))
		return o.more && !final ? SIZE_MAX : 0;
	(void)take(&o, "-~");
	/* "<<" may be an operator: then a blank follows, or a name that is not
	 * in capitals. */
	if (!shifts)
		careful = take(&o, " ");
	if (take(&o, "'\""))
		quote = o.w.p[o.i - 1];
	if (o.more)
		return final ? 0 : SIZE_MAX;
	n = tag_length(&o);
	if (o.i + n == w.n && !final)
		return SIZE_MAX;
	if (!is_tag(o.w.p + o.i, n, careful && quote == '\0'))
		return 0;
	*ret = span_of(o.w.p + o.i, n);
	o.i += n;
	if (quote != '\0' && o.i < w.n && o.w.p[o.i] == quote)
		o.i++;
	return o.i;
}
