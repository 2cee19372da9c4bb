/*
 * Rows of a table that the width of the line would take apart: each becomes a
 * record, with the head of the column before each cell.
 */
#include "text/markup_priv.h"

static void put_margin(void *payload)
{
	struct markup *m = payload;

	block_prefix(m);
	flow_verbatim(m->flow, span_str("  "), 0);
}

/* Writes a head, a cell, or both. */
static void put_line(
	struct markup *m, const struct span *head, const struct span *cell)
{
	void (*prefix)(void *) = m->page.prefix;

	block_begin(m, false, false);
	m->page.prefix = put_margin;
	if (head != NULL && head->n > 0) {
		table_put_cell(m, *head, true);
		if (cell != NULL)
			flow_text(m->flow, span_str(": "), 0);
	}
	if (cell != NULL)
		table_put_cell(m, *cell, false);
	flow_end(m->flow);
	m->page.prefix = prefix;
}

static void put_record(struct markup *m, struct span row)
{
	struct span heads = buf_view(&m->table.heads);
	struct span head = {NULL, 0};
	struct span cell = {NULL, 0};
	size_t c;

	for (c = 0;; c++) {
		bool named = table_next_cell(&heads, c, &head);
		bool filled = table_next_cell(&row, c, &cell);

		if (!named && !filled)
			return;
		if (!filled)
			cell = span_of(NULL, 0);
		put_line(m, named ? &head : NULL, &cell);
	}
}

static void put_heads(struct markup *m)
{
	struct span heads = buf_view(&m->table.heads);
	struct span head;
	size_t c;

	for (c = 0; table_next_cell(&heads, c, &head); c++)
		put_line(m, &head, NULL);
}

void record_put(struct markup *m, struct span rows, bool begins)
{
	if (begins && rows.n == 0)
		put_heads(m);
	while (rows.n > 0) {
		if (!begins)
			m->blanks = 1;
		put_record(m, span_cut(&rows, '\n'));
		begins = false;
	}
}
