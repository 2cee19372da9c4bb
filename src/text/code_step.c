/*
 * What the next bytes are: a step first goes on with what is under way, then
 * tries what a mark can begin, then words and numbers; what is left is text.
 */
#include "text/code_step.h"

#include <stdint.h>
#include <string.h>

#include "base/ascii.h"

/* The body of a regular expression; its "/" is taken by the region. */
static const struct code_region regex = {
	"/", "/", CODE_STRING, REGION_ESCAPE | REGION_CLASS};
/* 'x' where a quote alone means something else. */
static const struct code_region character = {
	"'", "'", CODE_STRING, REGION_ESCAPE};

/*
 * Words and numbers
 */

static size_t begin_word(
	struct code *c, struct span w, bool final, enum code_style *ret)
{
	size_t n = 1;

	while (n < w.n && n <= CODE_WORD && code_in_word(c->lang, w.p[n]))
		n++;
	if (n > CODE_WORD) {
		c->in_word = true;
		c->word_style = CODE_TEXT;
		n = CODE_WORD;
		*ret = CODE_TEXT;
	} else if (n == w.n && !final) {
		return 0;
	} else {
		*ret = code_word_style(
			c, span_of(w.p, n), n < w.n ? w.p[n] : '\0');
	}
	c->prev = 'a';
	c->prev_keyword = *ret == CODE_KEYWORD;
	c->directive = false;
	return n;
}

/* The rest of a word whose style is known. */
size_t code_rest_of_word(struct code *c, struct span w, enum code_style *ret)
{
	size_t n = 0;

	while (n < w.n && code_in_word(c->lang, w.p[n]))
		n++;
	c->in_word = n == w.n;
	*ret = c->word_style;
	return n;
}

static size_t in_number(struct code *c, struct span w, enum code_style *ret)
{
	char last = c->before;
	size_t n = 0;

	for (; n < w.n; n++) {
		char ch = w.p[n];
		bool more = code_in_word(c->lang, ch) || ch == '.';

		if (ch == '\'' && (c->lang->flags & LANG_TICKS) != 0)
			more = true;
		if ((ch == '+' || ch == '-') && !c->hex &&
			(last == 'e' || last == 'E'))
			more = true;
		if (!more)
			break;
		if ((ch == 'x' || ch == 'X') && last == '0')
			c->hex = true;
		last = ch;
	}
	c->in_number = n == w.n;
	*ret = CODE_NUMBER;
	return n;
}

/*
 * What only some languages have
 */

/* Takes 'a or 'x'. Returns 0 when more bytes are needed. */
static size_t quote_or_lifetime(
	struct code *c, struct span w, bool final, enum code_style *ret)
{
	size_t n = 2;

	if (w.n < 2 && !final)
		return 0;
	*ret = CODE_TEXT;
	if (w.n < 2)
		return 1;
	if (w.p[1] == '\\') {
		code_enter(c, &character);
		*ret = CODE_STRING;
		return 1;
	}
	while (n < w.n && n < 5 && ((unsigned char)w.p[n] & 0xc0) == 0x80)
		n++;
	if (n == w.n && !final)
		return 0;
	if (n < w.n && w.p[n] == '\'') {
		*ret = CODE_STRING;
		c->prev = '"';
		return n + 1;
	}
	c->in_word = true;
	c->word_style = CODE_META;
	*ret = CODE_META;
	return 1;
}

/* Whether a "/" begins a regular expression rather than divides what stands
 * before it. */
static bool may_be_regex(const struct code *c)
{
	if ((c->lang->flags & LANG_REGEX) == 0)
		return false;
	return c->prev_keyword || c->prev == '\0' ||
		code_in("=(,:[!&|?{;~", c->prev);
}

static void note_punct(struct code *c, char ch)
{
	if ((c->lang->flags & LANG_JSON) != 0) {
		if (ch == '{' || ch == '[') {
			c->level++;
			if (c->level <= CODE_DEPTH) {
				uint64_t bit = (uint64_t)1 << (c->level - 1);

				c->objects &= ~bit;
				c->objects |= ch == '{' ? bit : 0;
			}
		} else if ((ch == '}' || ch == ']') && c->level > 0) {
			c->level--;
		}
	}
	if ((c->lang->flags & LANG_BLOCKS) != 0) {
		if (ch == '|' || ch == '>')
			c->block_mark = code_is_blank(c->before);
		else if (ch != '-' && ch != '+')
			c->block_mark = false;
	}
	c->prev = ch;
	c->prev_keyword = false;
}

/* YAML: a line with more indentation than the line of the "|" belongs to the
 * string. */
static bool in_block_scalar(struct code *c)
{
	if (!c->in_block)
		return false;
	if (c->indent > c->block_indent)
		return true;
	c->in_block = false;
	return false;
}

static size_t begin_heredoc(
	struct code *c, struct span w, bool final, enum code_style *ret)
{
	struct span tag;
	size_t n = code_heredoc(c, w, final, &tag);

	if (n == 0 || n == SIZE_MAX)
		return n;
	memcpy(c->tag, tag.p, tag.n);
	c->n_tag = tag.n;
	c->heredoc = true;
	*ret = CODE_STRING;
	return n;
}

/* Takes a line of a here-document; the tag is the last one. */
static size_t heredoc_line(
	struct code *c, struct span w, bool final, enum code_style *ret)
{
	size_t n = c->n_tag;
	size_t i;

	*ret = CODE_STRING;
	if (!c->blank)
		return w.n;
	for (i = 0; i < w.n && code_is_blank(w.p[i]);)
		i++;
	if (i > 0)
		return i;
	if (w.n <= n && !final && memcmp(w.p, c->tag, w.n) == 0)
		return 0;
	c->blank = false;
	if (w.n < n || memcmp(w.p, c->tag, n) != 0)
		return w.n;
	if (w.n > n && !code_in(";,)", w.p[n]))
		return w.n;
	c->in_heredoc = false;
	return n;
}

/*
 * Text of programs
 */

size_t code_blanks(struct code *c, struct span w, enum code_style *ret)
{
	size_t n = 1;

	while (n < w.n && code_is_blank(w.p[n]))
		n++;
	if (c->blank || ((c->lang->flags & LANG_BLOCKS) != 0 && !c->keyed))
		c->indent += n;
	*ret = c->last;
	return n;
}

/* Takes a key, or in YAML the dash before one. Returns 0 when no key begins
 * here and SIZE_MAX when that is not known yet. */
static size_t begin_key(
	struct code *c, struct span w, bool final, enum code_style *ret)
{
	bool first = (c->lang->flags & LANG_KEY_FIRST) != 0;
	size_t n;

	if (c->lang->keys == NULL || c->keyed)
		return 0;
	if (code_in_word(c->lang, c->before))
		return 0;
	/* The dash of a list. */
	if (first && w.p[0] == '-' && (c->lang->flags & LANG_BLOCKS) != 0) {
		if (w.n == 1 && !final)
			return SIZE_MAX;
		if (w.n == 1 || code_is_blank(w.p[1])) {
			*ret = CODE_TEXT;
			c->block_indent = c->indent++;
			return 1;
		}
	}
	n = code_key(c, w, final);
	if (n == SIZE_MAX)
		return n;
	c->keyed = first;
	if (n > 0) {
		c->block_indent = c->indent;
		*ret = CODE_NAME;
	}
	return n;
}

static bool may_be_heredoc(const struct code *c, struct span w)
{
	return c->lang->heredoc != NULL && w.p[0] == '<' && !c->heredoc &&
		c->before != '<';
}

/* Takes other marks of the language than words. Returns 0 for none. */
static size_t begin_mark(
	struct code *c, struct span w, bool final, enum code_style *ret)
{
	unsigned flags = c->lang->flags;
	size_t n;

	n = code_begin_region(c, w, final, ret);
	if (n > 0)
		return n;
	if (may_be_heredoc(c, w)) {
		n = begin_heredoc(c, w, final, ret);
		if (n > 0)
			return n;
	}
	if (w.p[0] == '\'' && (flags & LANG_LIFETIME) != 0) {
		n = quote_or_lifetime(c, w, final, ret);
		return n > 0 ? n : SIZE_MAX;
	}
	if (w.p[0] == '/' && may_be_regex(c)) {
		code_enter(c, &regex);
		*ret = CODE_STRING;
		return 1;
	}
	if (w.p[0] == '\\' && (flags & LANG_BACKSLASH) != 0) {
		*ret = CODE_TEXT;
		if (w.n == 1)
			return final ? 1 : SIZE_MAX;
		return 2;
	}
	if (w.p[0] == '#' && (flags & LANG_HASH) != 0 && c->blank) {
		c->directive = true;
		*ret = CODE_META;
		return 1;
	}
	return 0;
}

/* Takes a step in a program. Returns 0 when more bytes are needed. */
static size_t program_step(
	struct code *c, struct span w, bool final, enum code_style *ret)
{
	size_t n;

	if (code_is_blank(w.p[0]))
		return code_blanks(c, w, ret);
	if (in_block_scalar(c)) {
		c->blank = false;
		*ret = CODE_STRING;
		return w.n;
	}
	*ret = CODE_TEXT;
	n = begin_key(c, w, final, ret);
	if (n == 0)
		n = begin_mark(c, w, final, ret);
	if (n == SIZE_MAX)
		return 0;
	if (n == 0 && (c->lang->flags & LANG_PROSE) != 0)
		n = 1;
	if (n == 0 && code_begins_word(c->lang, w.p[0])) {
		n = begin_word(c, w, final, ret);
		if (n == 0)
			return 0;
	}
	if (n > 0) {
		c->blank = false;
		c->block_mark = false;
		return n;
	}
	c->blank = false;
	if (ascii_is_digit(w.p[0])) {
		c->hex = false;
		c->prev = '0';
		c->prev_keyword = false;
		return in_number(c, w, ret);
	}
	note_punct(c, w.p[0]);
	*ret = CODE_TEXT;
	return 1;
}

/*
 * The step
 */

size_t code_step(
	struct code *c, struct span w, bool final, enum code_style *ret)
{
	size_t n = 0;

	if (c->region != NULL)
		return code_in_region(c, w, final, ret);
	if (c->in_heredoc)
		return heredoc_line(c, w, final, ret);
	if (c->in_word)
		n = code_rest_of_word(c, w, ret);
	else if (c->in_number)
		n = in_number(c, w, ret);
	if (n > 0)
		return n;
	n = code_change_lang(c, w, final, ret);
	if (n > 0)
		return n == SIZE_MAX ? 0 : n;
	if ((c->lang->flags & LANG_TAGS) != 0)
		return code_tags_step(c, w, final, ret);
	return program_step(c, w, final, ret);
}

void code_next_line(struct code *c)
{
	const struct code_region *r = c->region;

	if (r != NULL && (r->flags & REGION_LINES) == 0 &&
		((r->flags & REGION_JOIN) == 0 || c->before != '\\'))
		code_leave(c);
	if (c->block_mark)
		c->in_block = true;
	if (c->heredoc)
		c->in_heredoc = true;
	c->heredoc = false;
	c->block_mark = false;
	c->in_word = false;
	c->in_number = false;
	c->directive = false;
	c->keyed = false;
	c->before = '\0';
	c->blank = true;
	c->indent = 0;
	c->last = CODE_TEXT;
}
