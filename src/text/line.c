#include "text/line.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/near.h"
#include "base/vec.h"

/* The line being parsed. */
struct parse {
	struct span in;
	const struct line_names *known;
	struct err *err;
};

void line_init(struct line *l)
{
	memset(l, 0, sizeof(*l));
	buf_init(&l->text, BUF_LARGE);
	buf_init(&l->words, BUF_LARGE);
}

static void line_reset(struct line *l)
{
	l->kind = LINE_EMPTY;
	l->word = span_str(NULL);
	l->rest = span_str(NULL);
	l->n_names = 0;
	l->n_refs = 0;
	buf_reset(&l->text);
	buf_reset(&l->words);
}

void line_release(struct line *l)
{
	if (l == NULL)
		return;
	buf_release(&l->text);
	buf_release(&l->words);
	free(l->names);
	free(l->refs);
	line_init(l);
}

/* Where the typed part around pos ends; pos itself when that was pasted. */
static size_t typed_end(const struct parse *p, size_t pos)
{
	size_t i;

	if ((p->known->flags & LINE_LITERAL) != 0)
		return pos;
	for (i = 0; i < p->known->n_literal; i++) {
		const struct line_range *r = &p->known->literal[i];

		if (pos < r->from)
			return r->from < p->in.n ? r->from : p->in.n;
		if (pos < r->to)
			return pos;
	}
	return p->in.n;
}

static bool is_typed(const struct parse *p, size_t pos)
{
	return typed_end(p, pos) > pos;
}

/* Skips blanks that were typed. */
static size_t skip_blanks(const struct parse *p, size_t pos)
{
	while (pos < p->in.n && ascii_is_blank(p->in.p[pos]) &&
		is_typed(p, pos))
		pos++;
	return pos;
}

static bool all_blank(struct span s)
{
	return span_trim(s).n == 0;
}

static enum status add_name(struct line *l, const struct parse *p, size_t which)
{
	struct span name = p->known->names[which];
	size_t i;

	for (i = 0; l->names != NULL && i < l->n_names; i++)
		if (l->names[i].p == name.p)
			return ST_OK;
	if (l->n_names == LINE_NAMES_MAX)
		return err_set(p->err, ST_USAGE,
			"a line may address at most %d agents", LINE_NAMES_MAX);
	if (!vec_grow(&l->names, &l->cap_names, l->n_names + 1,
		    sizeof(l->names[0]), LINE_NAMES_MAX))
		return err_nomem(p->err);
	l->names[l->n_names++] = name;
	return ST_OK;
}

/* words has room for the whole line, so that spans into it stay valid. */
static enum status add_ref(
	struct line *l, const struct parse *p, const struct mention *m)
{
	size_t from = l->words.len;
	struct line_ref *ref;

	if (l->n_refs == LINE_REFS_MAX)
		return err_set(p->err, ST_USAGE,
			"a line may name at most %d files and messages",
			LINE_REFS_MAX);
	if (!vec_grow(&l->refs, &l->cap_refs, l->n_refs + 1, sizeof(l->refs[0]),
		    LINE_REFS_MAX))
		return err_nomem(p->err);
	if (m->kind == MENTION_FILE)
		mention_path(m->word, &l->words);
	else
		buf_span(&l->words, m->word);
	ref = &l->refs[l->n_refs++];
	ref->kind = m->kind;
	ref->word = span_of(l->words.p + from, l->words.len - from);
	ref->first = m->first;
	ref->last = m->last;
	ref->at = l->text.len;
	ref->len = m->len;
	return ST_OK;
}

/* Parses the @ at pos, if it was typed. */
static bool mention_here(const struct parse *p, size_t pos, struct mention *ret)
{
	size_t end = typed_end(p, pos);

	return end > pos && p->in.p[pos] == '@' &&
		mention_at(span_of(p->in.p, end), pos, ret);
}

static enum status unknown_name(const struct parse *p, struct span name)
{
	struct near near;
	struct span best;
	size_t i;

	near_init(&near, name);
	for (i = 0; i < p->known->n_names; i++)
		near_offer(&near, p->known->names[i]);
	best = near_best(&near);
	if (best.p != NULL)
		return err_set(p->err, ST_USAGE,
			"no agent @%.*s; did you mean @%.*s? "
			"(@@ writes an @ as text)",
			(int)name.n, name.p, (int)best.n, best.p);
	return err_set(p->err, ST_USAGE,
		"no agent @%.*s; /agents lists them (@@ writes an @ as text)",
		(int)name.n, name.p);
}

/* Takes the names at the start and moves *pos behind them. */
static enum status parse_addressees(
	struct line *l, const struct parse *p, size_t *pos)
{
	struct mention m;

	while (*pos < p->in.n && mention_here(p, *pos, &m) &&
		m.kind == MENTION_NAME) {
		ptrdiff_t which = mention_find(
			m.word, p->known->names, p->known->n_names);
		size_t next = *pos + m.len;
		enum status st;

		if (which < 0)
			return unknown_name(p, m.word);
		st = add_name(l, p, (size_t)which);
		if (st != ST_OK)
			return st;
		if (next < p->in.n && is_typed(p, next) &&
			(p->in.p[next] == ',' || p->in.p[next] == ':'))
			next++;
		*pos = skip_blanks(p, next);
	}
	return ST_OK;
}

/* Takes an @word inside the text; *pos moves behind it. */
static enum status parse_mention(struct line *l, const struct parse *p,
	const struct mention *m, size_t *pos)
{
	enum status st = ST_OK;
	ptrdiff_t which;

	switch (m->kind) {
	case MENTION_NONE: break;
	case MENTION_AT:
		buf_char(&l->text, '@');
		*pos += m->len;
		return ST_OK;
	case MENTION_NAME:
		which = mention_find(
			m->word, p->known->names, p->known->n_names);
		if (which >= 0)
			st = add_name(l, p, (size_t)which);
		break;
	case MENTION_FILE:
	case MENTION_LAST:
	case MENTION_RANGE:
	case MENTION_CHAT: st = add_ref(l, p, m); break;
	}
	buf_add(&l->text, p->in.p + *pos, m->len);
	*pos += m->len;
	return st;
}

static enum status parse_text(
	struct line *l, const struct parse *p, size_t pos, size_t end)
{
	struct mention m;

	while (pos < end) {
		const char *at = memchr(p->in.p + pos, '@', end - pos);
		size_t next = at != NULL ? (size_t)(at - p->in.p) : end;
		enum status st;

		buf_add(&l->text, p->in.p + pos, next - pos);
		pos = next;
		if (pos == end)
			break;
		if (!mention_here(p, pos, &m)) {
			buf_char(&l->text, p->in.p[pos++]);
			continue;
		}
		st = parse_mention(l, p, &m, &pos);
		if (st != ST_OK)
			return st;
	}
	l->kind = LINE_TEXT;
	return buf_check(&l->text, "line", p->err);
}

/* The line from pos is kept whole, so that its parts live as long as l. */
static enum status keep_line(struct line *l, const struct parse *p, size_t pos)
{
	buf_set(&l->text, span_of(p->in.p + pos, p->in.n - pos));
	return buf_check(&l->text, "line", p->err);
}

/* Parses a command; pos is its slash. The word ends at a blank, and where a
 * paste begins. */
static enum status parse_command(
	struct line *l, const struct parse *p, size_t pos)
{
	size_t limit = typed_end(p, pos);
	size_t end = pos + 1;
	enum status st = keep_line(l, p, pos);

	if (st != ST_OK)
		return st;
	while (end < limit && !ascii_is_blank(p->in.p[end]))
		end++;
	l->word = span_of(l->text.p + 1, end - pos - 1);
	l->rest = span_trim(
		span_of(l->text.p + (end - pos), l->text.len - (end - pos)));
	l->kind = LINE_COMMAND;
	return ST_OK;
}

static enum status parse_shell(
	struct line *l, const struct parse *p, size_t pos)
{
	enum status st = keep_line(l, p, pos);

	if (st != ST_OK)
		return st;
	l->rest = span_trim(span_of(l->text.p + 1, l->text.len - 1));
	l->kind = LINE_SHELL;
	return ST_OK;
}

/* Whether the line is just "exit" or "quit", typed. */
static bool is_habit(const struct parse *p, size_t pos)
{
	struct span word = span_trim(span_of(p->in.p + pos, p->in.n - pos));

	return typed_end(p, pos) == p->in.n &&
		(span_caseis(word, "exit") || span_caseis(word, "quit"));
}

static enum status parse(struct line *l, const struct parse *p)
{
	size_t end = p->in.n;
	size_t pos = skip_blanks(p, 0);
	enum status st;

	if (all_blank(p->in))
		return ST_OK;
	if (!buf_reserve(&l->words, p->in.n))
		return buf_check(&l->words, "line", p->err);
	while (end > pos && ascii_is_blank(p->in.p[end - 1]) &&
		is_typed(p, end - 1))
		end--;
	if (is_typed(p, pos)) {
		if (is_habit(p, pos)) {
			st = keep_line(l, p, pos);
			l->word = span_trim(buf_view(&l->text));
			l->kind = LINE_COMMAND;
			return st;
		}
		if (pos == 0 && p->in.p[pos] == '!')
			return parse_shell(l, p, pos);
		if (p->in.p[pos] == '/' &&
			!(pos + 1 < typed_end(p, pos) &&
				p->in.p[pos + 1] == '/'))
			return parse_command(l, p, pos);
		if (p->in.p[pos] == '/')
			return parse_text(l, p, pos + 1, end);
		st = parse_addressees(l, p, &pos);
		if (st != ST_OK)
			return st;
	}
	return parse_text(l, p, pos, end);
}

enum status line_parse(struct line *l, struct span in,
	const struct line_names *known, struct err *err)
{
	static const struct line_names nobody = {0};
	struct parse p = {in, known != NULL ? known : &nobody, err};
	enum status st;

	line_reset(l);
	st = parse(l, &p);
	if (st != ST_OK) {
		line_reset(l);
		l->kind = LINE_ERROR;
	}
	return st;
}
