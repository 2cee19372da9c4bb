#include <string.h>

#include "base/utf8.h"
#include "text/markup_line.h"

/* Columns of a rule where there is no width. */
#define RULE_COLS 40

/*
 * Beginnings of output lines
 */

static void put_marker(struct markup *m, struct container *t)
{
	struct buf b;

	buf_init(&b, 64);
	if (t->kind == '.' || t->kind == ')')
		buf_fmt(&b, "%lld%c ", (long long)t->number, t->kind);
	else if (m->marks->bullet[0] != '\0')
		buf_fmt(&b, "%s ", m->marks->bullet);
	flow_mark(m->flow, buf_view(&b), MARKUP_BIT(MARKUP_BULLET));
	t->cols = utf8_columns(buf_view(&b));
	t->fresh = false;
	buf_release(&b);
}

static void put_quote(struct markup *m)
{
	if (m->marks->quote[0] == '\0')
		return;
	flow_mark(m->flow, span_str(m->marks->quote), MARKUP_BIT(MARKUP_QUOTE));
	flow_mark(m->flow, span_str(" "), 0);
}

/* Writes the marks of the containers. Code stands at the margin, so that a copy
 * of it is exact; only marks of quotes, and a marker that was not shown yet,
 * come before it. */
static void put_prefix(struct markup *m, bool code)
{
	size_t k;

	for (k = 0; k < m->n_conts; k++) {
		struct container *t = &m->conts[k];
		size_t i;

		if (t->kind == '>')
			put_quote(m);
		else if (t->fresh)
			put_marker(m, t);
		else if (!code)
			for (i = 0; i < t->cols; i++)
				flow_mark(m->flow, span_str(" "), 0);
	}
}

void block_prefix(void *payload)
{
	put_prefix(payload, false);
}

/* Writes a blank line between two blocks, quoted where both are. */
static void put_blank(struct markup *m)
{
	const char *gap = "";
	size_t k;

	for (k = 0; k < m->n_conts && m->marks->quote[0] != '\0'; k++) {
		if (m->conts[k].kind != '>')
			continue;
		if (m->conts[k].fresh)
			break;
		flow_mark(m->flow, span_str(gap), 0);
		flow_mark(m->flow, span_str(m->marks->quote),
			MARKUP_BIT(MARKUP_QUOTE));
		gap = " ";
	}
	flow_newline(m->flow);
}

void block_begin(struct markup *m, bool goes_on, bool code)
{
	size_t blanks = m->leaf == LEAF_CODE ? m->blanks : m->blanks > 0;
	size_t k;

	/* At the end of a paragraph a backslash is only a backslash. */
	if (!goes_on)
		markup_put_backslash(m);
	m->backslash = false;
	safe_reset(&m->guard);
	if (m->nl)
		flow_newline(m->flow);
	for (; m->started && blanks > 0; blanks--)
		put_blank(m);
	m->blanks = 0;
	m->started = true;
	m->nl = true;
	m->style = 0;
	for (k = 0; k < m->n_conts; k++)
		if (m->conts[k].kind == '>')
			m->conts[k].fresh = false;
	put_prefix(m, code);
}

/*
 * The kinds of lines
 */

static void open_containers(struct markup *m, const struct line_look *l)
{
	size_t old = m->n_conts;
	size_t k = l->matched;
	size_t i;

	for (i = 0; i < l->n_opened && k < BLOCK_DEPTH; i++, k++) {
		struct container t = l->opened[i];

		/* Items of a list are counted on, whatever their number. */
		if (i == 0 && k < old && m->conts[k].kind == t.kind &&
			t.kind != '>')
			t.number = m->conts[k].number + 1;
		t.fresh = true;
		m->conts[k] = t;
	}
	m->n_conts = k;
}

/* Takes a blank line, which ends quotes but not items. */
static void line_blank(struct markup *m, const struct line_look *l)
{
	size_t k;

	for (k = l->matched; k < m->n_conts; k++)
		if (m->conts[k].kind == '>')
			break;
	m->n_conts = k;
	if (m->leaf != LEAF_CODE)
		m->leaf = LEAF_NONE;
	m->blanks++;
	m->mode = MODE_SKIP;
}

static void line_heading(struct markup *m, const struct line_look *l)
{
	static const enum markup_style styles[] = {
		MARKUP_HEAD1, MARKUP_HEAD2, MARKUP_HEAD3};
	int i;

	m->leaf = LEAF_HEAD;
	block_begin(m, false, false);
	m->style = MARKUP_BIT(styles[l->level > 3 ? 2 : l->level - 1]);
	for (i = 0; m->marks->hashes && i < l->level; i++)
		flow_mark(m->flow, span_str("#"), m->style);
	if (m->marks->hashes)
		flow_mark(m->flow, span_str(" "), m->style);
	m->mode = MODE_TEXT;
}

static void line_rule(struct markup *m)
{
	size_t width = m->flow->width > 0 ? m->flow->width : RULE_COLS;
	size_t col;

	m->leaf = LEAF_NONE;
	m->mode = MODE_SKIP;
	if (m->marks->rule[0] == '\0')
		return;
	block_begin(m, false, false);
	for (col = m->flow->col; col < width; col++)
		flow_mark(m->flow, span_str(m->marks->rule),
			MARKUP_BIT(MARKUP_RULE));
}

static bool is_markdown(struct span info)
{
	info = span_trim(info);
	return span_caseis(info, "markdown") || span_caseis(info, "md");
}

void block_code(struct span s, enum code_style style, void *payload)
{
	struct markup *m = payload;

	m->code_style = style == CODE_TEXT
		? MARKUP_BIT(MARKUP_BLOCK)
		: MARKUP_BIT(MARKUP_KEYWORD) << (style - CODE_KEYWORD);
	buf_reset(&m->guarded);
	safe_feed(&m->guard, s, &m->guarded);
	flow_verbatim(m->flow, buf_view(&m->guarded), m->code_style);
}

/* The part of an info string that is shown, without attributes behind the
 * language. */
static struct span label_of(struct span info)
{
	size_t i;

	info = span_trim(info);
	for (i = 1; i + 1 < info.n; i++)
		if (info.p[i] == ' ' && info.p[i + 1] == '{')
			return span_of(info.p, i);
	return info;
}

static void line_fence(
	struct markup *m, const struct line_look *l, struct span info)
{
	size_t i;

	info = label_of(info);
	m->leaf = LEAF_FENCE;
	m->fence = l->fence;
	m->fence_len = l->fence_len;
	m->fence_indent = l->fence_indent;
	m->fence_holds = is_markdown(info);
	m->fence_inside = 0;
	code_start(&m->code, m->colours ? code_find(info) : NULL);
	m->mode = MODE_SKIP;
	if (!m->marks->fences)
		return;
	block_begin(m, false, true);
	for (i = 0; i < l->fence_len; i++)
		flow_verbatim(m->flow, span_of(&l->fence, 1),
			MARKUP_BIT(MARKUP_FENCE));
	buf_reset(&m->guarded);
	safe_feed(&m->guard, span_trim(info), &m->guarded);
	flow_verbatim(m->flow, buf_view(&m->guarded), MARKUP_BIT(MARKUP_FENCE));
}

static void line_fence_end(struct markup *m)
{
	size_t i;

	if (m->marks->fences) {
		block_begin(m, false, true);
		for (i = 0; i < m->fence_len; i++)
			flow_verbatim(m->flow, span_of(&m->fence, 1),
				MARKUP_BIT(MARKUP_FENCE));
	}
	m->leaf = LEAF_NONE;
	m->mode = MODE_SKIP;
}

/* Writes the text of a code line. Indented code has no language. */
static void put_code(struct markup *m, struct span s)
{
	if (m->leaf == LEAF_FENCE)
		code_feed(&m->code, s);
	else
		block_code(s, CODE_TEXT, m);
}

static void line_code(
	struct markup *m, const struct line_look *l, bool indented)
{
	size_t i;

	if (indented && m->leaf != LEAF_CODE) {
		m->blanks = m->blanks > 0;
		m->leaf = LEAF_CODE;
	}
	if (m->fence_holds && l->inner > 0)
		m->fence_inside++;
	else if (l->inner < 0 && m->fence_inside > 0)
		m->fence_inside--;
	block_begin(m, false, true);
	m->mode = MODE_CODE;
	for (i = 0; i < l->pad; i++)
		put_code(m, span_str(" "));
}

static void line_para(struct markup *m)
{
	bool goes_on = m->leaf == LEAF_PARA;

	m->leaf = LEAF_PARA;
	block_begin(m, goes_on, false);
	m->mode = MODE_TEXT;
}

/* Whether the line continues the table, which it does in the same containers
 * only. */
static bool in_table(
	const struct markup *m, const struct line_look *l, enum line_kind kind)
{
	return kind == KIND_ROW && l->matched == m->n_conts && l->n_opened == 0;
}

static void line_begin(struct markup *m, enum line_kind kind,
	const struct line_look *l, struct span line)
{
	if (!in_table(m, l, kind))
		table_flush(m);
	if (kind == KIND_BLANK) {
		line_blank(m, l);
		return;
	}
	if (!l->lazy)
		open_containers(m, l);
	switch (kind) {
	case KIND_NONE:
	case KIND_MORE:
	case KIND_BLANK: break;
	case KIND_PARA: line_para(m); break;
	case KIND_HEAD: line_heading(m, l); break;
	case KIND_RULE: line_rule(m); break;
	case KIND_FENCE:
		line_fence(m, l, span_of(line.p + l->at, line.n - l->at));
		break;
	case KIND_FENCE_END: line_fence_end(m); break;
	case KIND_CODE: line_code(m, l, false); break;
	case KIND_INDENTED: line_code(m, l, true); break;
	case KIND_ROW: m->mode = MODE_ROW; break;
	case KIND_ITEM:
		m->leaf = LEAF_NONE;
		block_begin(m, false, false);
		m->mode = MODE_SKIP;
		break;
	}
}

/*
 * Bytes of a line
 */

/* What follows closing #s makes them text, up to the last blanks, which may
 * begin another end. */
static void heading_goes_on(struct markup *m)
{
	struct span tail = buf_view(&m->tail);
	size_t n = tail.n;

	while (n > 0 && tail.p[n - 1] != '#')
		n--;
	markup_inline(m, span_of(tail.p, n));
	buf_consume(&m->tail, n);
}

/* Writes heading text. Blanks, and a run of # behind them, wait in tail: at the
 * end of the line they are not text. */
static void put_heading(struct markup *m, struct span s)
{
	size_t i = 0;

	while (i < s.n) {
		char c = s.p[i];
		size_t from = i;

		if (c == ' ' || c == '\t') {
			buf_char(&m->tail, c);
			i++;
			continue;
		}
		if (c == '#' && m->tail.len > 0) {
			if (m->tail.p[m->tail.len - 1] != '#')
				heading_goes_on(m);
			buf_char(&m->tail, c);
			i++;
			continue;
		}
		markup_inline(m, buf_view(&m->tail));
		buf_reset(&m->tail);
		while (i < s.n && s.p[i] != ' ' && s.p[i] != '\t')
			i++;
		markup_inline(m, span_of(s.p + from, i - from));
	}
}

/* Takes bytes of a row, which is text when it gets too long. */
static void row_bytes(struct markup *m, struct span s)
{
	buf_span(&m->table.cell, s);
	if (m->table.cell.len <= MARKUP_TABLE)
		return;
	table_flush(m);
	line_para(m);
	markup_inline(m, buf_view(&m->table.cell));
	buf_reset(&m->table.cell);
}

static void line_bytes(struct markup *m, struct span s)
{
	switch (m->mode) {
	case MODE_START:
	case MODE_SKIP: break;
	case MODE_TEXT:
		if (m->leaf == LEAF_HEAD)
			put_heading(m, s);
		else
			markup_inline(m, s);
		break;
	case MODE_CODE: put_code(m, s); break;
	case MODE_ROW: row_bytes(m, s); break;
	}
}

/* Whether the kind of the line is known now. `cut`: the line is too long to
 * wait for, and is nothing that needs a whole line. */
static bool line_start(struct markup *m, bool final, bool cut)
{
	struct line_look look;
	struct span line = buf_view(&m->line);
	enum line_kind kind = line_look_at(m, line, final || cut, &look);

	if (kind == KIND_MORE)
		return false;
	if (cut &&
		(kind == KIND_BLANK || kind == KIND_RULE || kind == KIND_ITEM))
		kind = KIND_PARA;
	if (cut && kind == KIND_FENCE_END)
		kind = KIND_CODE;
	line_begin(m, kind, &look, line);
	line_bytes(m, span_of(line.p + look.at, line.n - look.at));
	buf_reset(&m->line);
	return true;
}

static void code_end(struct markup *m)
{
	if (m->leaf == LEAF_FENCE)
		code_line_end(&m->code);
	buf_reset(&m->guarded);
	safe_finish(&m->guard, &m->guarded);
	if (m->guarded.len > 0)
		flow_verbatim(m->flow, buf_view(&m->guarded), m->code_style);
}

/* Ends the line. `cut`: the text ends here, maybe within the line. */
static void line_end(struct markup *m, bool cut)
{
	if (m->mode == MODE_START)
		(void)line_start(m, true, false);
	switch (m->mode) {
	case MODE_START:
	case MODE_SKIP: break;
	case MODE_TEXT:
		markup_inline_end(m);
		flow_end(m->flow);
		break;
	case MODE_CODE: code_end(m); break;
	case MODE_ROW:
		table_line(m, buf_view(&m->table.cell), cut);
		buf_reset(&m->table.cell);
		break;
	}
	if (m->leaf == LEAF_HEAD)
		m->leaf = LEAF_NONE;
	m->mode = MODE_START;
	buf_reset(&m->tail);
	buf_reset(&m->line);
	safe_reset(&m->guard);
}

void block_feed(struct markup *m, struct span s)
{
	while (s.n > 0) {
		size_t n = 0;

		if (s.p[0] == '\n') {
			line_end(m, false);
			n = 1;
		} else if (m->mode == MODE_START) {
			uint32_t cp;

			(void)utf8_decode(s.p, s.n, &cp, &n);
			buf_add(&m->line, s.p, n);
			(void)line_start(m, false, m->line.len >= BLOCK_PREFIX);
		} else {
			const char *lf = memchr(s.p, '\n', s.n);

			n = lf != NULL ? (size_t)(lf - s.p) : s.n;
			line_bytes(m, span_of(s.p, n));
		}
		s.p += n;
		s.n -= n;
	}
}

void block_finish(struct markup *m)
{
	if (m->mode != MODE_START || m->line.len > 0)
		line_end(m, true);
	table_flush(m);
	markup_put_backslash(m);
	if (m->nl)
		flow_newline(m->flow);
	m->n_conts = 0;
	m->leaf = LEAF_NONE;
	m->style = 0;
	m->blanks = 0;
	m->started = false;
	m->nl = false;
	m->backslash = false;
	safe_reset(&m->guard);
}
