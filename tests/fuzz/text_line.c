/* The grammar of the prompt: whatever is typed, the parts lie inside the line,
 * and what was pasted does not act. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
	if (!ok)
		abort();
}

static bool inside(struct span part, const struct buf *whole)
{
	return part.n == 0 ||
		(part.p >= whole->p &&
			part.p + part.n <= whole->p + whole->len);
}

static void look_at(const struct line *l, struct span in)
{
	size_t at = 0;
	size_t i;

	require(inside(l->word, &l->text) && inside(l->rest, &l->text));
	require(l->text.len <= in.n);
	require(l->n_names <= LINE_NAMES_MAX && l->n_refs <= LINE_REFS_MAX);
	require(l->kind == LINE_TEXT || l->n_names + l->n_refs == 0);
	for (i = 0; i < l->n_refs; i++) {
		const struct line_ref *r = &l->refs[i];

		require(r->at >= at && r->at + r->len <= l->text.len);
		require(l->text.p[r->at] == '@');
		require(inside(r->word, &l->words));
		require(r->kind != MENTION_FILE || r->word.n > 0);
		require(r->first <= r->last);
		at = r->at + r->len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct span names[] = {{"llama", 5}, {"coder", 5}};
	struct line_range range = {0};
	struct line_names known = {names, 2, &range, 1, 0};
	struct err err;
	struct line l;
	struct span in;
	char *copy;

	if (size < 2)
		return 0;
	range.from = data[0] & 63;
	range.to = range.from + (data[1] & 31);
	in.n = size - 2;
	copy = malloc(in.n + 1);
	if (copy == NULL)
		return 0;
	memcpy(copy, data + 2, in.n);
	in.p = copy;
	line_init(&l);
	require((line_parse(&l, in, &known, &err) == ST_OK) ==
		(l.kind != LINE_ERROR));
	look_at(&l, in);
	known.flags = LINE_LITERAL;
	require(line_parse(&l, in, &known, &err) == ST_OK);
	require(l.kind == LINE_EMPTY ||
		(l.kind == LINE_TEXT && span_eq(buf_view(&l.text), in)));
	require(l.n_names + l.n_refs == 0);
	line_release(&l);
	free(copy);
	return 0;
}
