/*
 * Text with tags, and languages inside each other: scripts and styles in a
 * page, PHP and the page around it.
 */
#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "text/code_step.h"

static size_t tag_step(struct code *c, struct span w, enum code_style *ret)
{
	if (code_is_blank(w.p[0]))
		return code_blanks(c, w, ret);
	if (w.p[0] == '"' || w.p[0] == '\'') {
		static const struct code_region quotes[] = {
			{"\"", "\"", CODE_STRING, REGION_LINES},
			{"'", "'", CODE_STRING, REGION_LINES}};

		code_enter(c, &quotes[w.p[0] == '\'']);
		*ret = CODE_STRING;
		return 1;
	}
	if (code_in_word(c->lang, w.p[0])) {
		c->word_style = c->prev == '=' ? CODE_STRING : CODE_NAME;
		c->prev = 'a';
		return code_rest_of_word(c, w, ret);
	}
	*ret = w.p[0] == '=' ? CODE_TEXT : CODE_KEYWORD;
	if (w.p[0] == '>') {
		c->in_tag = false;
		/* "<script/>" is empty. */
		if (c->inner != NULL && c->prev != '/') {
			c->outer = c->lang;
			c->lang = c->inner;
			c->leave = c->lang->leave;
		}
		c->inner = NULL;
	}
	c->prev = w.p[0];
	return 1;
}

/* The language between the tags of an element; NULL: none of its own. */
static const struct code_lang *language_in(struct span element)
{
	if (span_caseis(element, "script"))
		return code_find(span_str("js"));
	if (span_caseis(element, "style"))
		return code_find(span_str("css"));
	return NULL;
}

/* Takes "<name" or "</name". Returns 0 when more bytes are needed. */
static size_t begin_tag(
	struct code *c, struct span w, bool final, enum code_style *ret)
{
	size_t at = w.n > 1 && w.p[1] == '/' ? 2 : 1;
	size_t n = at;
	struct span name;

	while (n < w.n && n <= CODE_WORD && code_in_word(c->lang, w.p[n]))
		n++;
	if (n == w.n && n <= CODE_WORD && !final)
		return 0;
	name = span_of(w.p + at, n - at);
	if (name.n == 0 || ascii_is_digit(name.p[0])) {
		*ret = CODE_TEXT;
		return 1;
	}
	c->in_tag = true;
	c->inner = at == 1 && c->outer == NULL ? language_in(name) : NULL;
	c->word_style = CODE_KEYWORD;
	c->in_word = n > CODE_WORD;
	c->prev = 'a';
	*ret = CODE_KEYWORD;
	return n > CODE_WORD ? CODE_WORD : n;
}

size_t code_tags_step(
	struct code *c, struct span w, bool final, enum code_style *ret)
{
	size_t n;

	if (c->in_tag)
		return tag_step(c, w, ret);
	if (code_is_blank(w.p[0]))
		return code_blanks(c, w, ret);
	c->blank = false;
	if (w.p[0] == '<') {
		n = code_begin_region(c, w, final, ret);
		if (n == 0)
			return begin_tag(c, w, final, ret);
		return n == SIZE_MAX ? 0 : n;
	}
	n = 1;
	while (n < w.n && w.p[n] != '<' && !code_is_blank(w.p[n]))
		n++;
	*ret = CODE_TEXT;
	return n;
}

/* A page may come before the PHP in it. */
static void open_page(struct code *c)
{
	c->outer = c->lang;
	c->lang = code_find(span_str("html"));
	c->leave = c->lang->leave;
}

size_t code_change_lang(
	struct code *c, struct span w, bool final, enum code_style *ret)
{
	bool page = (c->lang->flags & LANG_PAGE) != 0;
	const char *mark;
	enum begins is;

	if (page && c->prev == '\0' && w.p[0] == '<')
		open_page(c);
	mark = c->leave;
	if (c->outer == NULL && page)
		mark = c->lang->leave;
	if (mark == NULL || c->in_tag)
		return 0;
	is = code_begins(w, mark, final);
	if (is != BEGINS_YES)
		return is == BEGINS_MORE ? SIZE_MAX : 0;
	if (c->outer == NULL) {
		open_page(c);
		*ret = CODE_META;
		return strlen(mark);
	}
	/* The mark belongs to the language around. */
	c->lang = c->outer;
	c->outer = NULL;
	c->leave = NULL;
	return 0;
}
