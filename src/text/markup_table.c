/*
 * Tables. The rows are kept as they came until the table ends; then the
 * columns get the widths of their widest cells, or less when all of them do
 * not fit, and cells that are wider take several lines, as do those with <br>.
 * No cell is ever cut.
 * Where columns would be narrower than their words, each row becomes lines of
 * its own (markup_record.c).
 */
#include <string.h>

#include "base/utf8.h"
#include "text/markup_priv.h"

/* Columns of a word; a longer one may be broken to fit a column. */
#define WORD_MOST 12

void table_init(struct table *t)
{
	size_t c;

	buf_init(&t->rows, BUF_LARGE);
	buf_init(&t->cell, BUF_LARGE);
	buf_init(&t->heads, BUF_LARGE);
	for (c = 0; c < TABLE_COLUMNS; c++)
		buf_init(&t->cells[c], BUF_LARGE);
	flow_init(&t->flow);
	t->flow.hard = true;
}

void table_release(struct table *t)
{
	size_t c;

	buf_release(&t->rows);
	buf_release(&t->cell);
	buf_release(&t->heads);
	for (c = 0; c < TABLE_COLUMNS; c++)
		buf_release(&t->cells[c]);
	flow_release(&t->flow);
}

/*
 * Cells
 */

bool table_next_cell(struct span *row, size_t column, struct span *ret)
{
	size_t i;

	if (column == 0) {
		*row = span_trim(*row);
		if (row->n > 0 && row->p[0] == '|') {
			row->p++;
			row->n--;
		}
	}
	if (row->n == 0)
		return false;
	for (i = 0; i < row->n; i++) {
		if (row->p[i] == '\\' && i + 1 < row->n)
			i++;
		else if (row->p[i] == '|' && column + 1 < TABLE_COLUMNS)
			break;
	}
	*ret = span_trim(span_of(row->p, i));
	i = i < row->n ? i + 1 : i;
	row->p += i;
	row->n -= i;
	return true;
}

/* Appends a cell's text, in which "\|" is a bar, also within a code span. */
static void cell_text(struct span cell, struct buf *out)
{
	size_t i;

	for (i = 0; i < cell.n; i++) {
		if (cell.p[i] == '\\' && i + 1 < cell.n && cell.p[i + 1] == '|')
			continue;
		buf_char(out, cell.p[i]);
	}
}

void table_put_cell(struct markup *m, struct span cell, bool head)
{
	struct buf text;

	buf_init(&text, BUF_LARGE);
	cell_text(cell, &text);
	m->style = head ? MARKUP_BIT(MARKUP_TABLE_HEAD) : 0;
	safe_reset(&m->guard);
	m->inl.cell = true;
	markup_inline(m, buf_view(&text));
	markup_inline_end(m);
	m->inl.cell = false;
	m->breaks = 0;
	markup_put_backslash(m);
	safe_reset(&m->guard);
	m->style = 0;
	buf_release(&text);
}

/* Renders one cell into lines of at most `width` columns (0: one line). */
static void render_cell(struct markup *m, struct span cell, size_t width,
	bool head, struct buf *out)
{
	struct flow *f = &m->table.flow;

	buf_reset(out);
	f->out = out;
	f->width = width;
	f->on = 0;
	f->col = 0;
	f->indent = 0;
	f->prev = 0;
	m->flow = f;
	table_put_cell(m, cell, head);
	flow_end(f);
	m->flow = &m->page;
}

/* Columns of a line that holds text and SGR strings. */
static size_t line_cols(struct span s)
{
	size_t cols = 0;

	while (s.n > 0) {
		const char *esc = memchr(s.p, '\033', s.n);
		size_t n = esc != NULL ? (size_t)(esc - s.p) : s.n;

		cols += utf8_columns(span_of(s.p, n));
		while (n < s.n && s.p[n] != 'm')
			n++;
		n = n < s.n ? n + 1 : n;
		s.p += n;
		s.n -= n;
	}
	return cols;
}

/* Columns of the longest line of a cell. */
static size_t visible_cols(struct span s)
{
	size_t most = 0;

	while (s.n > 0) {
		size_t cols = line_cols(span_cut(&s, '\n'));

		if (cols > most)
			most = cols;
	}
	return most;
}

/* Renders a cell into the width of its column. What fits is one line, however
 * wide its last letter could have become. */
static void render_fitting(struct markup *m, struct span cell, size_t width,
	bool head, struct buf *out)
{
	render_cell(m, cell, 0, head, out);
	if (visible_cols(buf_view(out)) > width)
		render_cell(m, cell, width, head, out);
}

/* Columns of the longest word of a rendered line. Between ideographs a line may
 * end anywhere. */
static size_t longest_word(struct span s)
{
	size_t longest = 0;
	size_t cols = 0;
	size_t i = 0;

	while (i < s.n) {
		uint32_t cp;
		size_t len;
		size_t w;

		if (s.p[i] == '\033') {
			while (i < s.n && s.p[i] != 'm')
				i++;
			i++;
			continue;
		}
		(void)utf8_decode(s.p + i, s.n - i, &cp, &len);
		i += len;
		w = (size_t)utf8_width(cp);
		cols = cp == ' ' || cp == '\n' ? 0 : w == 2 ? 2 : cols + w;
		if (cols > longest)
			longest = cols;
	}
	return longest;
}

/*
 * The shape of the table
 */

static size_t count_cells(struct span row)
{
	struct span cell;
	size_t n = 0;

	while (table_next_cell(&row, n, &cell))
		n++;
	return n;
}

/* Parses one cell of the line under the head: ":--", "--:", ":-:". */
static bool parse_align(struct span cell, char *ret)
{
	bool left = cell.n > 0 && cell.p[0] == ':';
	bool right = cell.n > 1 && cell.p[cell.n - 1] == ':';
	size_t from = left ? 1 : 0;
	size_t to = right ? cell.n - 1 : cell.n;

	if (from >= to)
		return false;
	*ret = 'l';
	if (right)
		*ret = left ? 'c' : 'r';
	for (; from < to; from++)
		if (cell.p[from] != '-')
			return false;
	return true;
}

/* Whether row is the line under a head of n columns; in a reply that is cut
 * there, it may have fewer. */
static bool parse_rule(struct table *t, struct span row, size_t n, bool cut)
{
	char align[TABLE_COLUMNS];
	struct span cell;
	size_t c = 0;

	memset(align, 'l', sizeof(align));
	while (table_next_cell(&row, c, &cell)) {
		if (!parse_align(cell, &align[c]) &&
			!(cut && c > 0 && row.n == 0))
			return false;
		c++;
	}
	if (c == 0 || c > n || (c < n && !cut))
		return false;
	memcpy(t->align, align, sizeof(align));
	t->n = n;
	return true;
}

static void measure_cell(
	struct markup *m, size_t c, struct span cell, bool head)
{
	struct table *t = &m->table;
	struct buf *line = &t->cells[c];
	size_t cols;
	size_t word;

	render_cell(m, cell, 0, head, line);
	cols = visible_cols(buf_view(line));
	word = longest_word(buf_view(line));
	if (word > WORD_MOST)
		word = WORD_MOST;
	if (cols > t->cols[c])
		t->cols[c] = cols;
	if (word > t->words[c])
		t->words[c] = word;
}

/* Measures the widest cell and word of each column, by rendering all cells. */
static void measure(struct markup *m)
{
	struct table *t = &m->table;
	struct span rows = buf_view(&t->rows);
	bool head = true;

	memset(t->cols, 0, sizeof(t->cols));
	memset(t->words, 0, sizeof(t->words));
	while (rows.n > 0) {
		struct span row = span_cut(&rows, '\n');
		struct span cell;
		size_t c = 0;

		while (table_next_cell(&row, c, &cell))
			measure_cell(m, c++, cell, head);
		if (c > t->n) {
			memset(t->align + t->n, 'l', c - t->n);
			t->n = c;
		}
		head = false;
	}
}

static struct span bar_of(const struct markup *m)
{
	return span_str(m->marks->bar);
}

/* Takes width from the widest columns until the row fits; `near` is the width
 * of the line's prefix. False when words would have to be broken. */
static bool fit(struct markup *m, size_t near)
{
	struct table *t = &m->table;
	size_t gaps = near + (2 + utf8_columns(bar_of(m))) * (t->n - 1);
	size_t width = m->page.width;
	size_t total = gaps;
	size_t least = gaps;
	size_t c;

	if (width == 0)
		return true;
	for (c = 0; c < t->n; c++) {
		if (t->cols[c] > width)
			t->cols[c] = width;
		total += t->cols[c];
		least += t->words[c];
	}
	if (total > width && least > width)
		return false;
	while (total > width) {
		size_t widest = t->n;

		for (c = 0; c < t->n; c++)
			if (t->cols[c] > t->words[c] &&
				(widest == t->n ||
					t->cols[c] > t->cols[widest]))
				widest = c;
		if (widest == t->n)
			return false;
		t->cols[widest]--;
		total--;
	}
	return true;
}

/*
 * Output
 */

static void put_pad(struct markup *m, size_t n)
{
	while (n-- > 0)
		flow_verbatim(m->flow, span_str(" "), 0);
}

static void put_bar(struct markup *m)
{
	put_pad(m, 1);
	flow_verbatim(m->flow, bar_of(m), MARKUP_BIT(MARKUP_RULE));
	put_pad(m, 1);
}

/* Writes one line of a cell, with its SGR strings, in a column. */
static void put_cell(struct markup *m, size_t c, struct span line, bool last)
{
	const struct table *t = &m->table;
	size_t cols = line_cols(line);
	size_t pad = cols < t->cols[c] && (cols > 0 || !last)
		? t->cols[c] - cols
		: 0;
	size_t left = t->align[c] == 'r' ? pad
		: t->align[c] == 'c'	 ? pad / 2
					 : 0;

	put_pad(m, left);
	flow_verbatim(m->flow, line, 0);
	if (!last)
		put_pad(m, pad - left);
}

static void put_row(struct markup *m, struct span row, bool head)
{
	struct table *t = &m->table;
	struct span rest[TABLE_COLUMNS] = {{NULL, 0}};
	struct span cell;
	bool more = true;
	size_t n = 0;
	size_t c;

	while (table_next_cell(&row, n, &cell)) {
		render_fitting(m, cell, t->cols[n] > 0 ? t->cols[n] : 1, head,
			&t->cells[n]);
		rest[n] = buf_view(&t->cells[n]);
		n++;
	}
	if (n < t->n)
		n = t->n;
	while (more) {
		more = false;
		block_begin(m, false, false);
		for (c = 0; c < n; c++) {
			struct span line = span_cut(&rest[c], '\n');

			if (c > 0)
				put_bar(m);
			put_cell(m, c, line, c + 1 == n);
			more = more || rest[c].n > 0;
		}
	}
}

static void put_rule(struct markup *m)
{
	const struct table *t = &m->table;
	size_t total = (2 + utf8_columns(bar_of(m))) * (t->n - 1);
	size_t c;

	if (m->marks->rule[0] == '\0')
		return;
	for (c = 0; c < t->n; c++)
		total += t->cols[c];
	block_begin(m, false, false);
	while (total-- > 0)
		flow_verbatim(m->flow, span_str(m->marks->rule),
			MARKUP_BIT(MARKUP_RULE));
}

/* Columns of the prefix that quotes and list items make. */
static size_t prefix_cols(const struct markup *m)
{
	size_t cols = 0;
	size_t k;

	for (k = 0; k < m->n_conts; k++)
		cols += m->conts[k].kind == '>' ? 2
			: m->conts[k].fresh	? 4
						: m->conts[k].cols;
	return cols;
}

/* Writes the rows so far; the widths are fixed from then on. */
static void put_table(struct markup *m)
{
	struct table *t = &m->table;
	struct span rows = buf_view(&t->rows);
	bool head = !t->frozen;

	if (!t->frozen) {
		struct span rest = rows;

		measure(m);
		t->records = !fit(m, prefix_cols(m));
		buf_set(&t->heads, span_cut(&rest, '\n'));
	}
	if (t->records && head)
		(void)span_cut(&rows, '\n');
	if (t->records)
		record_put(m, rows, head);
	t->frozen = true;
	while (rows.n > 0 && !t->records) {
		put_row(m, span_cut(&rows, '\n'), head);
		if (head)
			put_rule(m);
		head = false;
	}
	buf_reset(&t->rows);
}

/* Writes the line that might have been a table's head as text. */
static void put_as_text(struct markup *m)
{
	struct table *t = &m->table;
	struct span line = span_trim(buf_view(&t->rows));

	t->head = false;
	block_begin(m, t->in_para, false);
	markup_inline(m, line);
	markup_inline_end(m);
	flow_end(m->flow);
	buf_reset(&t->rows);
}

void table_flush(struct markup *m)
{
	struct table *t = &m->table;

	if (t->head)
		put_as_text(m);
	else if (t->n > 0)
		put_table(m);
	if (t->n > 0)
		m->leaf = LEAF_NONE;
	t->n = 0;
	t->frozen = false;
}

static void keep_row(struct table *t, struct span row)
{
	buf_span(&t->rows, row);
	buf_char(&t->rows, '\n');
}

void table_line(struct markup *m, struct span row, bool cut)
{
	struct table *t = &m->table;

	if (t->n > 0) {
		keep_row(t, row);
		if (t->frozen || t->rows.len > MARKUP_TABLE)
			put_table(m);
		return;
	}
	if (t->head) {
		struct span head = span_trim(buf_view(&t->rows));

		if (parse_rule(t, row, count_cells(head), cut)) {
			t->head = false;
			m->leaf = LEAF_TABLE;
			return;
		}
		put_as_text(m);
	}
	keep_row(t, row);
	t->head = true;
	t->in_para = m->leaf == LEAF_PARA;
	m->leaf = LEAF_PARA;
}
