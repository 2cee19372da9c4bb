/* Fuzzes the draft: the bytes are edits of a line. Literal parts stay in order,
 * inside the line and apart, and the message stays well-formed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "tty/draft.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct line_range *r, size_t n, size_t len)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (r[i].from >= r[i].to || r[i].to > len)
			abort();
		if (i > 0 && r[i].from < r[i - 1].to)
			abort();
	}
}

static void insert(struct buf *line, size_t at, struct span text)
{
	struct buf rest;

	buf_init(&rest, BUF_LARGE);
	buf_add(&rest, line->p + at, line->len - at);
	buf_truncate(line, at);
	buf_span(line, text);
	buf_span(line, buf_view(&rest));
	buf_release(&rest);
}

static void erase(struct buf *line, size_t from, size_t to)
{
	struct buf rest;

	buf_init(&rest, BUF_LARGE);
	buf_add(&rest, line->p + to, line->len - to);
	buf_truncate(line, from);
	buf_span(line, buf_view(&rest));
	buf_release(&rest);
}

static void paste(
	struct draft *d, struct buf *line, size_t at, struct span text)
{
	struct line_range torn;
	struct buf shown;

	buf_init(&shown, BUF_LARGE);
	if (draft_paste(d, text, false, &shown)) {
		insert(line, at, buf_view(&shown));
		draft_inserted(d, at, shown.len);
		d->cursor = at + shown.len;
		buf_set(&d->seen, buf_view(line));
	} else {
		insert(line, at, buf_view(&shown));
		(void)draft_note(d, buf_view(line), at + shown.len, &torn);
	}
	buf_release(&shown);
}

/* One edit of three bytes or more; returns what it took. */
static size_t edit(
	struct draft *d, struct buf *line, const uint8_t *p, size_t n)
{
	size_t at = line->len > 0 ? p[1] % (line->len + 1) : 0;
	size_t len = p[2] % 16;
	struct line_range torn;
	size_t end = at + len < line->len ? at + len : line->len;

	(void)draft_note(d, buf_view(line), at, &torn);
	if (len > n - 3)
		len = n - 3;
	switch (p[0] % 3) {
	case 0: {
		struct span text = span_of(p + 3, len);

		if (len > 0 && memchr(p + 3, 0, len) == NULL)
			insert(line, at, text);
		if (draft_note(d, buf_view(line), at + len, &torn))
			abort();
		return 3 + len;
	}
	case 1: paste(d, line, at, span_of(p + 3, len)); return 3 + len;
	default:
		erase(line, at, end);
		if (draft_note(d, buf_view(line), at, &torn)) {
			if (torn.to > line->len || torn.from >= torn.to)
				abort();
			erase(line, torn.from, torn.to);
			(void)draft_note(d, buf_view(line), torn.from, &torn);
		}
		return 3;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct draft d;
	struct buf line;
	size_t at = 0;

	if (size > 4096)
		return 0;
	draft_init(&d);
	buf_init(&line, BUF_LARGE);
	while (size - at >= 3) {
		at += edit(&d, &line, data + at, size - at);
		check(d.parts.r, d.parts.n, line.len);
	}
	(void)draft_open(&d, buf_view(&line));
	(void)draft_continued(&d, buf_view(&line));
	if (!draft_take(&d, buf_view(&line)) || !utf8_valid(buf_view(&d.text)))
		abort();
	check(d.literal, d.n_literal, d.text.len);
	buf_release(&line);
	draft_release(&d);
	return 0;
}
