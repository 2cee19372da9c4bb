#include "tty/draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/safe.h"

void draft_init(struct draft *d)
{
	size_t i;

	memset(d, 0, sizeof(*d));
	buf_init(&d->text, BUF_LARGE);
	buf_init(&d->shown, BUF_LARGE);
	buf_init(&d->seen, BUF_LARGE);
	for (i = 0; i < DRAFT_MEMORIES_MAX; i++)
		buf_init(&d->memories[i].text, BUF_SMALL);
	for (i = 0; i < DRAFT_PASTES_MAX; i++)
		buf_init(&d->pastes[i].text, DRAFT_TOTAL_MAX);
}

void draft_release(struct draft *d)
{
	size_t i;

	buf_release(&d->text);
	buf_release(&d->shown);
	buf_release(&d->seen);
	for (i = 0; i < DRAFT_MEMORIES_MAX; i++)
		buf_release(&d->memories[i].text);
	for (i = 0; i < DRAFT_PASTES_MAX; i++) {
		buf_release(&d->pastes[i].text);
		d->pastes[i].label[0] = '\0';
	}
	free(d->literal);
	d->literal = NULL;
	d->n_literal = 0;
	d->cap_literal = 0;
	d->parts.n = 0;
}

void draft_reset(struct draft *d)
{
	buf_reset(&d->seen);
	d->cursor = 0;
	d->parts.n = 0;
}

/* Adds a part; parts come in order. Those that touch are joined, and so are
 * those without room: too much literal text is safe, too little is not. */
static void add_part(struct draft_parts *parts, size_t from, size_t to)
{
	struct line_range *last = parts->n > 0 ? &parts->r[parts->n - 1] : NULL;

	if (from >= to)
		return;
	if (last != NULL && (from <= last->to || parts->n == DRAFT_PARTS_MAX)) {
		if (to > last->to)
			last->to = to;
		return;
	}
	parts->r[parts->n].from = from;
	parts->r[parts->n].to = to;
	parts->n++;
}

void draft_remember(
	struct draft *d, struct span text, const struct draft_parts *parts)
{
	struct draft_memory *m = NULL;
	size_t i;

	if (parts->n == 0 || text.n == 0)
		return;
	for (i = 0; i < DRAFT_MEMORIES_MAX && m == NULL; i++)
		if (span_eq(buf_view(&d->memories[i].text), text))
			m = &d->memories[i];
	if (m == NULL) {
		m = &d->memories[d->next_memory];
		d->next_memory = (d->next_memory + 1) % DRAFT_MEMORIES_MAX;
		buf_set(&m->text, text);
		if (m->text.bad)
			buf_reset(&m->text);
	}
	m->parts = *parts;
}

static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/*
 * Where old and new differ. The change is not before `hint`, the leftmost of
 * the two cursors, unless the texts say so: this is what tells which "a" of
 * "aa" was typed.
 */
static void compare(struct span old, struct span now, size_t hint,
	size_t *ret_from, size_t *ret_tail)
{
	size_t least = old.n < now.n ? old.n : now.n;
	size_t from = 0;
	size_t tail = 0;

	while (from < least && from < hint && old.p[from] == now.p[from])
		from++;
	while (tail < least - from &&
		old.p[old.n - tail - 1] == now.p[now.n - tail - 1])
		tail++;
	while (from < least - tail && old.p[from] == now.p[from])
		from++;
	while (from > 0 &&
		((from < old.n && continues(old.p[from])) ||
			(from < now.n && continues(now.p[from]))))
		from--;
	while (tail > 0 && continues(now.p[now.n - tail]))
		tail--;
	*ret_from = from;
	*ret_tail = tail;
}

/* Whether the change is one character typed. */
static bool typed(struct span old, struct span now, size_t from, size_t tail)
{
	uint32_t cp;
	size_t len;

	if (from + tail != old.n || now.n - old.n > UTF8_MAX)
		return false;
	return utf8_decode(now.p + from, now.n - old.n, &cp, &len) == UTF8_OK &&
		len == now.n - old.n;
}

/* Whether old.p[from .. end), now deleted, was a part of a label. */
static bool tears(const struct draft *d, struct span old, size_t from,
	size_t end, struct line_range *ret_torn)
{
	size_t i;

	for (i = 0; i < DRAFT_PASTES_MAX; i++) {
		const struct draft_paste *p = &d->pastes[i];
		size_t n = strlen(p->label);
		size_t at = draft_find_label(p, old);

		if (at == old.n || from < at || end > at + n || end - from == n)
			continue;
		ret_torn->from = at;
		ret_torn->to = at + n - (end - from);
		return true;
	}
	return false;
}

bool draft_note(struct draft *d, struct span line, size_t cursor,
	struct line_range *ret_torn)
{
	struct span old = buf_view(&d->seen);
	struct draft_parts moved = {.n = 0};
	size_t hint = cursor < d->cursor ? cursor : d->cursor;
	bool lost = false;
	bool torn;
	size_t from;
	size_t tail;
	size_t i;

	d->cursor = cursor;
	if (span_eq(old, line))
		return false;
	compare(old, line, hint, &from, &tail);
	for (i = 0; i < d->parts.n; i++) {
		struct line_range r = d->parts.r[i];
		size_t end = old.n - tail;

		if (r.to > from && r.from < end)
			lost = true;
		add_part(&moved, r.from, r.to < from ? r.to : from);
		if (r.to > end)
			add_part(&moved,
				(r.from > end ? r.from : end) + line.n - old.n,
				r.to + line.n - old.n);
	}
	if (lost)
		draft_remember(d, old, &d->parts);
	d->parts = moved;
	if (!typed(old, line, from, tail))
		for (i = 0; i < DRAFT_MEMORIES_MAX; i++)
			if (span_eq(buf_view(&d->memories[i].text), line))
				d->parts = d->memories[i].parts;
	torn = from + tail == line.n &&
		tears(d, old, from, old.n - tail, ret_torn);
	buf_set(&d->seen, line);
	return torn;
}

void draft_inserted(struct draft *d, size_t at, size_t n)
{
	struct draft_parts moved = {.n = 0};
	bool placed = false;
	size_t i;

	for (i = 0; i < d->parts.n; i++) {
		struct line_range r = d->parts.r[i];

		if (r.from < at)
			add_part(&moved, r.from, r.to < at ? r.to : at);
		if (r.to > at && !placed) {
			add_part(&moved, at, at + n);
			placed = true;
		}
		if (r.to > at)
			add_part(&moved, (r.from > at ? r.from : at) + n,
				r.to + n);
	}
	if (!placed)
		add_part(&moved, at, at + n);
	d->parts = moved;
}

void draft_all_literal(struct draft *d)
{
	d->parts.n = 0;
	add_part(&d->parts, 0, d->seen.len);
}

bool draft_clean(struct span text)
{
	struct buf out;
	bool clean;

	buf_init(&out, BUF_LARGE);
	safe_text(text, &out);
	clean = !out.bad && span_eq(buf_view(&out), text);
	buf_release(&out);
	return clean;
}

/* Number of characters that text/safe would change. */
static size_t count_hidden(struct span text)
{
	struct safe filter;
	struct buf out;
	size_t hidden = 0;
	size_t i = 0;

	safe_init(&filter, 0);
	buf_init(&out, BUF_SMALL);
	while (i < text.n) {
		uint32_t cp;
		size_t len;

		(void)utf8_decode(text.p + i, text.n - i, &cp, &len);
		buf_reset(&out);
		safe_feed(&filter, span_of(text.p + i, len), &out);
		/* Nothing yet: the character is held back and may still become
		 * a flag. */
		if (out.len > 0 &&
			(out.len < len ||
				memcmp(out.p + out.len - len, text.p + i,
					len) != 0))
			hidden++;
		i += len;
	}
	buf_release(&out);
	return hidden;
}

static void clean_paste(struct span raw, struct buf *out)
{
	size_t start = 0;
	size_t i;

	for (i = 0; i <= raw.n; i++) {
		if (i < raw.n && raw.p[i] != '\r' && raw.p[i] != '\0')
			continue;
		draft_put_valid(out, span_of(raw.p + start, i - start));
		if (i < raw.n && raw.p[i] == '\r') {
			buf_char(out, '\n');
			if (i + 1 < raw.n && raw.p[i + 1] == '\n')
				i++;
		}
		start = i + 1;
	}
}

static size_t count_lines(struct span text)
{
	size_t lines = 0;
	size_t i;

	for (i = 0; i < text.n; i++)
		if (text.p[i] == '\n')
			lines++;
	if (text.n > 0 && text.p[text.n - 1] != '\n')
		lines++;
	return lines;
}

static void make_label(struct draft_paste *p, unsigned number, bool cut)
{
	struct span text = buf_view(&p->text);
	size_t lines = count_lines(text);
	size_t hidden = count_hidden(text);
	struct buf b;

	buf_init(&b, DRAFT_LABEL_MAX - 1);
	buf_fmt(&b, "[paste %u: %zu %s, ", number, lines,
		lines == 1 ? "line" : "lines");
	if (text.n < 1000)
		buf_fmt(&b, "%zu B", text.n);
	else if (text.n < 1000000)
		buf_fmt(&b, "%.1f kB", (double)text.n / 1e3);
	else
		buf_fmt(&b, "%.1f MB", (double)text.n / 1e6);
	if (hidden > 0)
		buf_fmt(&b, ", %zu hidden %s", hidden,
			hidden == 1 ? "character" : "characters");
	buf_str(&b, cut ? ", cut]" : "]");
	(void)snprintf(p->label, sizeof(p->label), "%s", b.p);
	buf_release(&b);
}

/* The slot of the next paste; the oldest ones go while all are too large
 * together. */
static struct draft_paste *next_paste(struct draft *d, size_t n)
{
	size_t total = n;
	size_t i;

	for (i = 0; i < DRAFT_PASTES_MAX; i++)
		total += d->pastes[i].text.len;
	for (i = 0; i < DRAFT_PASTES_MAX && total > DRAFT_TOTAL_MAX; i++) {
		struct draft_paste *old =
			&d->pastes[(d->n_pastes + i) % DRAFT_PASTES_MAX];

		total -= old->text.len;
		buf_release(&old->text);
		old->label[0] = '\0';
	}
	return &d->pastes[d->n_pastes++ % DRAFT_PASTES_MAX];
}

bool draft_paste(struct draft *d, struct span raw, bool cut, struct buf *shown)
{
	struct draft_paste *p;
	struct buf text;

	buf_init(&text, DRAFT_TOTAL_MAX);
	clean_paste(raw, &text);
	if (text.bad)
		cut = true;
	if (!cut && text.len <= DRAFT_INLINE_MAX &&
		count_lines(buf_view(&text)) <= DRAFT_INLINE_LINES &&
		draft_clean(buf_view(&text))) {
		buf_span(shown, buf_view(&text));
		buf_release(&text);
		return true;
	}
	p = next_paste(d, text.len);
	buf_release(&p->text);
	p->text = text;
	make_label(p, d->n_pastes, cut);
	buf_str(shown, p->label);
	return false;
}
