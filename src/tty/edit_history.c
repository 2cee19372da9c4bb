#include "tty/edit_priv.h"

#include <string.h>

#include <readline/history.h>

void edit_history_add(struct edit *e, struct span line)
{
	struct buf text;
	HIST_ENTRY *newest;

	buf_init(&text, EDIT_HISTORY_LINE_MAX);
	if (span_eq(line, buf_view(&e->draft.text)))
		line = buf_view(&e->draft.shown);
	buf_span(&text, line);
	newest = history_length > 0
		? history_get(history_base + history_length - 1)
		: NULL;
	if (!text.bad && text.len > 0 && text.len == strlen(text.p) &&
		draft_clean(line) &&
		(newest == NULL || strcmp(newest->line, text.p) != 0))
		add_history(text.p);
	buf_release(&text);
}

void edit_history_clear(struct edit *e)
{
	(void)e;
	clear_history();
}
