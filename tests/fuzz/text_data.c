/* Any text as a table: cells lie within the text, statistics are in order, and
 * a summary keeps to its lines. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "text/data_summary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
	if (!ok)
		abort();
}

static void column(const struct data *t, const struct data_column *c)
{
	require(c->count + c->missing + c->odd == t->rows);
	require(c->distinct <= c->count);
	if (c->values != NULL && c->count > 0)
		require(c->min <= c->median && c->median <= c->max);
	if (c->type == DATA_NUMBER)
		require(c->q1 <= c->q3 && c->outliers <= c->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct data t;
	struct data_stats s;
	struct buf out;
	size_t i;

	data_init(&t);
	data_stats_init(&s);
	buf_init(&out, BUF_LARGE);
	if (data_read(&t, span_of(data, size), NULL) == ST_OK) {
		require(t.n_cells == (t.rows + (t.named ? 1 : 0)) * t.cols);
		require(t.text.len <= size);
		for (i = 0; i < t.n_cells; i++)
			require((size_t)t.cells[i].at + t.cells[i].n <=
				t.text.len);
		require(data_stats_make(&s, &t, NULL) == ST_OK);
		for (i = 0; i < t.cols; i++)
			column(&t, &s.cols[i]);
		for (i = 0; i < s.n_pairs; i++)
			require(fabs(s.pairs[i].r) <= 1);
		require(data_summary(&t, &s, span_str("f"), 500, &out, NULL) ==
			ST_OK);
		require(utf8_valid(buf_view(&out)));
	}
	buf_release(&out);
	data_stats_release(&s);
	data_release(&t);
	return 0;
}
