/*
 * Regions: what goes from one mark to another.
 */
#include <stdint.h>
#include <string.h>

#include "text/code_step.h"

/*
 * Marks
 */

enum begins code_begins(struct span w, const char *mark, bool final)
{
	size_t n = strlen(mark);

	if (n > w.n) {
		if (memcmp(w.p, mark, w.n) != 0)
			return BEGINS_NO;
		return final ? BEGINS_NO : BEGINS_MORE;
	}
	return memcmp(w.p, mark, n) == 0 ? BEGINS_YES : BEGINS_NO;
}

static bool may_begin(const struct code *c, const struct code_region *r)
{
	char b = c->before;

	if ((r->flags & REGION_COLUMN0) != 0 && b != '\0')
		return false;
	if ((r->flags & REGION_FIRST) != 0 && !c->blank)
		return false;
	if ((r->flags & REGION_SPACED) != 0 && b != '\0' && !code_is_blank(b) &&
		!code_in(";(){}&|", b))
		return false;
	return (r->flags & REGION_APART) == 0 || b == '\0' ||
		!code_in_word(c->lang, b);
}

/*
 * Regions
 */

/* Whether the string that begins here is the key of an object. */
static bool is_json_key(const struct code *c)
{
	return (c->lang->flags & LANG_JSON) != 0 && c->level > 0 &&
		c->level <= CODE_DEPTH &&
		(c->objects >> (c->level - 1) & 1) != 0 &&
		(c->prev == '{' || c->prev == ',');
}

void code_enter(struct code *c, const struct code_region *r)
{
	c->region = r;
	c->region_style = r->style;
	if (r->style == CODE_STRING && is_json_key(c))
		c->region_style = CODE_NAME;
	c->depth = 1;
	c->in_class = false;
}

void code_leave(struct code *c)
{
	/* A comment does not count. */
	if (c->region->style != CODE_COMMENT) {
		c->prev = '"';
		c->prev_keyword = false;
	}
	c->region = NULL;
}

size_t code_begin_region(
	struct code *c, struct span w, bool final, enum code_style *ret)
{
	const struct code_region *r;

	for (r = c->lang->regions; r->open != NULL; r++) {
		enum begins is = BEGINS_NO;

		if (r->open[0] == w.p[0] && may_begin(c, r))
			is = code_begins(w, r->open, final);
		if (is == BEGINS_MORE)
			return SIZE_MAX;
		if (is == BEGINS_NO)
			continue;
		code_enter(c, r);
		*ret = c->region_style;
		if (r->close != NULL && r->close[0] == '\0')
			code_leave(c);
		return strlen(r->open);
	}
	return 0;
}

/* Takes one mark inside the region. Returns its bytes, 0 when there is none, or
 * SIZE_MAX when that is not known yet. */
static size_t region_mark(struct code *c, struct span w, bool final)
{
	const struct code_region *r = c->region;
	enum begins is;

	if ((r->flags & REGION_ESCAPE) != 0 && w.p[0] == '\\') {
		if (w.n > 1)
			return 2;
		return final ? 1 : SIZE_MAX;
	}
	if ((r->flags & REGION_CLASS) != 0 && (w.p[0] == '[' || c->in_class)) {
		c->in_class = w.p[0] != ']';
		return 1;
	}
	is = code_begins(w, r->close, final);
	if (is == BEGINS_YES)
		c->depth--;
	if (is == BEGINS_NO && (r->flags & REGION_NEST) != 0) {
		is = code_begins(w, r->open, final);
		if (is == BEGINS_YES)
			c->depth++;
		if (is == BEGINS_YES)
			return strlen(r->open);
	}
	if (is == BEGINS_MORE)
		return SIZE_MAX;
	return is == BEGINS_YES ? strlen(r->close) : 0;
}

size_t code_in_region(
	struct code *c, struct span w, bool final, enum code_style *ret)
{
	size_t i = 0;

	*ret = c->region_style;
	if (c->region->close == NULL)
		return w.n;
	while (i < w.n) {
		size_t n = region_mark(c, span_of(w.p + i, w.n - i), final);

		if (n == SIZE_MAX)
			break;
		i += n > 0 ? n : 1;
		if (c->depth == 0) {
			code_leave(c);
			break;
		}
	}
	return i;
}
