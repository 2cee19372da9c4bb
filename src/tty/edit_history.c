#include "tty/edit_priv.h"

#include <string.h>

#include <readline/history.h>

/*
 * The literal parts of an entry are kept in the place of its time, as words:
 * "3-17 20-25", with a sum of the text before them, since readline keeps what
 * was changed in an entry there as well. Its other field is readline's own.
 */

static unsigned long long sum(const char *text)
{
	unsigned long long h = 0xcbf29ce484222325u; /* FNV-1a */

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3u;
	return h;
}

static void mark_newest(
	const char *text, const struct line_range *parts, size_t n)
{
	struct buf words;
	size_t i;

	if (n == 0)
		return;
	buf_init(&words, BUF_SMALL);
	buf_fmt(&words, "%llx", sum(text));
	for (i = 0; i < n; i++)
		buf_fmt(&words, " %zu-%zu", parts[i].from, parts[i].to);
	if (!words.bad)
		add_history_time(words.p);
	buf_release(&words);
}

/* Reads the next "3-17" for a text of so many bytes. */
static bool next_part(struct span *words, size_t len, struct line_range *ret)
{
	struct span to = span_cut(words, ' ');
	struct span from = span_cut(&to, '-');
	long long a;
	long long b;

	if (!span_int(from, 0, (long long)len, &a) ||
		!span_int(to, a, (long long)len, &b))
		return false;
	ret->from = (size_t)a;
	ret->to = (size_t)b;
	return true;
}

void edit_recall(struct edit *e)
{
	const HIST_ENTRY *h = current_history();
	struct draft_parts *parts = &e->draft.parts;
	struct span line = buf_view(&e->draft.seen);
	struct span words;
	char want[32];
	struct span have;

	if (h == NULL || h->timestamp == NULL || h->timestamp[0] == '\0' ||
		parts->n > 0 || !span_is(line, h->line))
		return;
	words = span_str(h->timestamp);
	have = span_cut(&words, ' ');
	(void)snprintf(want, sizeof(want), "%llx", sum(h->line));
	if (!span_is(have, want))
		return;
	while (words.n > 0 && parts->n < DRAFT_PARTS_MAX &&
		next_part(&words, line.n, &parts->r[parts->n]))
		parts->n++;
	/* More parts than there is room for: everything is literal. */
	if (words.n > 0)
		draft_all_literal(&e->draft);
}

void edit_history_add(struct edit *e, struct span line,
	const struct line_range *literal, size_t n)
{
	struct buf text;
	HIST_ENTRY *newest;

	buf_init(&text, EDIT_HISTORY_LINE_MAX);
	if (span_eq(line, buf_view(&e->draft.text))) {
		line = buf_view(&e->draft.shown);
		literal = e->draft.parts.r;
		n = e->draft.parts.n;
	}
	buf_span(&text, line);
	newest = history_length > 0
		? history_get(history_base + history_length - 1)
		: NULL;
	if (!text.bad && text.len > 0 && text.len == strlen(text.p) &&
		draft_clean(line) &&
		(newest == NULL || strcmp(newest->line, text.p) != 0)) {
		add_history(text.p);
		mark_newest(text.p, literal, n);
	}
	buf_release(&text);
}

void edit_history_clear(struct edit *e)
{
	(void)e;
	clear_history();
}
