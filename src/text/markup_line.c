/*
 * What kind a line is, from its beginning: containers (quotes, list items)
 * first, then the leaf, as CommonMark tells them apart. Pure; block_feed() asks
 * again with each character until there is an answer.
 */
#include <string.h>

#include "base/ascii.h"
#include "text/markup_line.h"

/* A place in the line; a tab may be partly used up. */
struct cursor {
	struct span s;
	size_t i;
	size_t col;
	size_t owed; /* columns left of the tab before i */
};

/* Columns of white space at the cursor; *ret_at is where it ends. */
static size_t indent_at(const struct cursor *c, size_t *ret_at)
{
	size_t col = c->col + c->owed;
	size_t i = c->i;

	while (i < c->s.n && (c->s.p[i] == ' ' || c->s.p[i] == '\t')) {
		col = c->s.p[i] == '\t' ? col - col % 4 + 4 : col + 1;
		i++;
	}
	*ret_at = i;
	return col - c->col;
}

/* Uses up to `cols` columns of white space. */
static void eat(struct cursor *c, size_t cols)
{
	while (cols > 0) {
		size_t n;

		if (c->owed == 0) {
			if (c->i == c->s.n ||
				(c->s.p[c->i] != ' ' && c->s.p[c->i] != '\t'))
				return;
			c->owed = c->s.p[c->i] == '\t' ? 4 - c->col % 4 : 1;
			c->i++;
		}
		n = cols < c->owed ? cols : c->owed;
		c->owed -= n;
		c->col += n;
		cols -= n;
	}
}

static bool at_end(const struct cursor *c, size_t i)
{
	return i >= c->s.n;
}

static enum line_kind is(
	struct line_look *l, const struct cursor *c, enum line_kind kind)
{
	l->at = c->i;
	l->pad = c->owed;
	return kind;
}

static size_t count(const struct cursor *c, size_t i)
{
	size_t j = i;

	while (j < c->s.n && c->s.p[j] == c->s.p[i])
		j++;
	return j - i;
}

/* Takes the mark of a quote at the cursor. KIND_NONE: it was there; KIND_PARA:
 * it was not. */
static enum line_kind eat_quote(const struct line_look *l, struct cursor *c)
{
	size_t at;
	size_t cols = indent_at(c, &at);

	if (at_end(c, at) && !l->final)
		return KIND_MORE;
	if (cols > 3 || at_end(c, at) || c->s.p[at] != '>')
		return KIND_PARA;
	eat(c, cols);
	c->i++;
	c->col++;
	if (at_end(c, c->i) && !l->final)
		return KIND_MORE;
	eat(c, 1);
	return KIND_NONE;
}

/*
 * Uses the marks of the open containers and sets l->matched. loose: an item
 * goes on with less than its indent. KIND_MORE when the line is too short to
 * tell.
 */
static enum line_kind match_containers(const struct markup *m,
	struct line_look *l, struct cursor *c, bool loose)
{
	size_t k;

	for (k = 0; k < m->n_conts; k++) {
		const struct container *t = &m->conts[k];
		size_t at;
		size_t cols = indent_at(c, &at);

		if (t->kind == '>') {
			enum line_kind kind = eat_quote(l, c);

			if (kind == KIND_MORE)
				return kind;
			if (kind == KIND_PARA)
				break;
			continue;
		}
		if (cols < t->offset && at_end(c, at) && !l->final)
			return KIND_MORE;
		if (cols < t->offset && !at_end(c, at) && !loose)
			break;
		if (cols >= t->offset || loose)
			eat(c, t->offset);
	}
	l->matched = k;
	return KIND_NONE;
}

/* Looks whether the line at the cursor, which begins with the fence's
 * character, is a fence: KIND_CODE when it is not. */
static enum line_kind look_inner_fence(const struct markup *m,
	const struct line_look *l, const struct cursor *c, size_t at)
{
	size_t run = count(c, at);
	size_t end = at + run;

	while (!at_end(c, end) && (c->s.p[end] == ' ' || c->s.p[end] == '\t'))
		end++;
	if (at_end(c, end) && !l->final)
		return KIND_MORE;
	if (run < m->fence_len)
		return KIND_CODE;
	return at_end(c, end) ? KIND_FENCE_END : KIND_FENCE;
}

/* Looks at a line inside a fence. KIND_NONE: the line is outside its
 * containers. Items do not end a fence: models forget the indentation of code
 * in a list. */
static enum line_kind look_in_fence(
	const struct markup *m, struct line_look *l, struct cursor *c)
{
	enum line_kind kind = match_containers(m, l, c, true);
	size_t cols;
	size_t at;

	if (kind == KIND_MORE || l->matched < m->n_conts)
		return kind;
	cols = indent_at(c, &at);
	if (cols <= 3 && at_end(c, at) && !l->final)
		return KIND_MORE;
	if (cols <= 3 && !at_end(c, at) && c->s.p[at] == m->fence) {
		kind = look_inner_fence(m, l, c, at);
		if (kind == KIND_MORE)
			return kind;
		if (kind == KIND_FENCE_END && m->fence_inside == 0)
			return is(l, c, KIND_FENCE_END);
		if (kind != KIND_CODE)
			l->inner = kind == KIND_FENCE ? 1 : -1;
	}
	eat(c, cols < m->fence_indent ? cols : m->fence_indent);
	return is(l, c, KIND_CODE);
}

static enum line_kind look_heading(struct line_look *l, struct cursor *c)
{
	size_t run = count(c, c->i);
	size_t end = c->i + run;

	if (at_end(c, end) && !l->final)
		return KIND_MORE;
	if (run > 6 ||
		(!at_end(c, end) && c->s.p[end] != ' ' && c->s.p[end] != '\t'))
		return KIND_PARA;
	l->level = (int)run;
	c->i = end;
	return is(l, c, KIND_HEAD);
}

static enum line_kind look_fence(
	struct line_look *l, struct cursor *c, size_t indent)
{
	size_t run = count(c, c->i);
	size_t end = c->i + run;

	if (run < 3)
		return at_end(c, end) && !l->final ? KIND_MORE : KIND_PARA;
	if (c->s.p[c->i] == '`' && !at_end(c, end) &&
		memchr(c->s.p + end, '`', c->s.n - end) != NULL)
		return KIND_PARA;
	if (!l->final && c->s.n - end < BLOCK_INFO)
		return KIND_MORE;
	l->fence = c->s.p[c->i];
	l->fence_len = run;
	l->fence_indent = indent;
	c->i = end;
	return is(l, c, KIND_FENCE);
}

/* Looks for a rule, or for the line under a heading, which is drawn as a
 * rule. */
static enum line_kind look_rule(
	struct line_look *l, const struct cursor *c, bool in_para)
{
	char mark = c->s.p[c->i];
	bool gaps = false;
	size_t n = 0;
	size_t i;

	for (i = c->i; i < c->s.n; i++) {
		if (c->s.p[i] == mark) {
			n++;
			if (i > c->i && c->s.p[i - 1] != mark)
				gaps = true;
		} else if (c->s.p[i] != ' ' && c->s.p[i] != '\t') {
			return KIND_NONE;
		}
	}
	if (!l->final)
		return KIND_MORE;
	if (in_para && !gaps && (mark == '-' || mark == '='))
		return is(l, c, KIND_RULE);
	return n >= 3 && mark != '=' ? is(l, c, KIND_RULE) : KIND_NONE;
}

/* Bytes of a list marker at the cursor; 0: none, SIZE_MAX: not known yet. */
static size_t marker_length(
	const struct line_look *l, const struct cursor *c, int64_t *ret_number)
{
	size_t i = c->i;
	int64_t number = 0;

	while (i < c->s.n && i - c->i < 9 && ascii_is_digit(c->s.p[i]))
		number = number * 10 + (c->s.p[i++] - '0');
	if (i == c->s.n)
		return l->final ? 0 : SIZE_MAX;
	if (i == c->i ? strchr("-+*", c->s.p[i]) == NULL
		      : c->s.p[i] != '.' && c->s.p[i] != ')')
		return 0;
	i++;
	if (i == c->s.n && !l->final)
		return SIZE_MAX;
	if (i < c->s.n && c->s.p[i] != ' ' && c->s.p[i] != '\t')
		return 0;
	*ret_number = number;
	return i - c->i;
}

/* Looks for a list item. KIND_NONE: one opened, and the line continues inside
 * it. */
static enum line_kind look_item(
	struct line_look *l, struct cursor *c, size_t indent, bool in_para)
{
	struct container *t;
	int64_t number = 0;
	size_t len = marker_length(l, c, &number);
	size_t cols;
	size_t at;

	if (len == 0 || l->n_opened == BLOCK_OPENED)
		return KIND_PARA;
	if (len == SIZE_MAX)
		return KIND_MORE;
	t = &l->opened[l->n_opened];
	memset(t, 0, sizeof(*t));
	t->kind = c->s.p[c->i + len - 1];
	t->number = number;
	t->fresh = true;
	/* Within a paragraph, only what is surely an item begins one. */
	if (in_para && (t->kind == '.' || t->kind == ')') && number != 1)
		return KIND_PARA;
	c->i += len;
	c->col += len;
	cols = indent_at(c, &at);
	if (at_end(c, at)) {
		if (!l->final)
			return KIND_MORE;
		if (in_para)
			return KIND_PARA;
		t->offset = indent + len + 1;
		l->n_opened++;
		return is(l, c, KIND_ITEM);
	}
	if (cols > 4)
		cols = 1;
	eat(c, cols);
	t->offset = indent + len + cols;
	l->n_opened++;
	return KIND_NONE;
}

/* Looks for the leaf at the cursor, behind white space. KIND_NONE: a container
 * opened instead; look again. */
static enum line_kind look_leaf(
	struct line_look *l, struct cursor *c, size_t indent, bool in_para)
{
	enum line_kind kind = KIND_NONE;

	switch (c->s.p[c->i]) {
	case '>':
		if (l->n_opened == BLOCK_OPENED)
			return KIND_PARA;
		if (at_end(c, c->i + 1) && !l->final)
			return KIND_MORE;
		memset(&l->opened[l->n_opened], 0, sizeof(l->opened[0]));
		l->opened[l->n_opened++].kind = '>';
		c->i++;
		c->col++;
		eat(c, 1);
		return KIND_NONE;
	case '#': return look_heading(l, c);
	case '`':
	case '~': return look_fence(l, c, indent);
	case '|': return KIND_ROW;
	case '=':
		if (in_para)
			kind = look_rule(l, c, in_para);
		return kind == KIND_NONE ? KIND_PARA : kind;
	case '*':
	case '-':
	case '_':
		kind = look_rule(l, c, in_para);
		if (kind != KIND_NONE)
			return kind;
		break;
	default: break;
	}
	return look_item(l, c, indent, in_para);
}

/* Looks at the line behind the marks of the open containers; others may
 * open. */
static enum line_kind look_outside(
	const struct markup *m, struct line_look *l, struct cursor *c)
{
	for (;;) {
		bool para = m->leaf == LEAF_PARA && l->n_opened == 0;
		enum line_kind kind = KIND_PARA;
		size_t start;
		size_t at;
		size_t cols = indent_at(c, &at);

		if (at_end(c, at)) {
			if (!l->final)
				return KIND_MORE;
			return is(
				l, c, l->n_opened > 0 ? KIND_ITEM : KIND_BLANK);
		}
		if (cols >= 4 && !para) {
			eat(c, 4);
			return is(l, c, KIND_INDENTED);
		}
		eat(c, cols);
		start = c->i;
		if (cols < 4)
			kind = look_leaf(
				l, c, cols, para && l->matched == m->n_conts);
		if (kind == KIND_NONE)
			continue;
		if (kind == KIND_PARA) {
			c->i = start;
			l->lazy = para && l->matched < m->n_conts;
		}
		if (kind == KIND_PARA || kind == KIND_ROW)
			return is(l, c, kind);
		return kind;
	}
}

enum line_kind line_look_at(const struct markup *m, struct span line,
	bool final, struct line_look *l)
{
	struct cursor c = {line, 0, 0, 0};
	enum line_kind kind = KIND_NONE;

	memset(l, 0, sizeof(*l));
	l->final = final;
	if (m->leaf == LEAF_FENCE) {
		kind = look_in_fence(m, l, &c);
		if (kind != KIND_NONE)
			return kind;
		c = (struct cursor){line, 0, 0, 0};
	}
	if (match_containers(m, l, &c, false) == KIND_MORE)
		return KIND_MORE;
	return look_outside(m, l, &c);
}
