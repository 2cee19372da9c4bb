/* An answer with charts and, behind a NUL, a table: what is asked for is
 * refused or drawn, drawings are valid UTF-8 of whole lines, and so is what is
 * found against its figures. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/data_check.h"
#include "wire/chart_spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
	if (!ok)
		abort();
}

static void draw(const struct chart *c)
{
	static const struct chart_look looks[] = {{50, true}, {33, false}};
	struct buf out;
	struct buf points;
	size_t i;

	buf_init(&out, BUF_LARGE);
	buf_init(&points, BUF_LARGE);
	for (i = 0; i < 2; i++) {
		buf_reset(&out);
		chart_draw_text(c, &looks[i], &out);
		require(utf8_valid(buf_view(&out)));
		require(out.len > 0 && out.p[out.len - 1] == '\n');
	}
	buf_reset(&out);
	chart_draw_svg(c, &out);
	require(utf8_valid(buf_view(&out)));
	require(strstr(out.p, "<script") == NULL);
	buf_reset(&out);
	chart_draw_gnuplot(c, "d", "i", &out, &points);
	require(memchr(out.p, '`', out.len) == NULL);
	buf_release(&out);
	buf_release(&points);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span table = span_of(data, size);
	struct span answer = span_cut(&table, '\0');
	struct data t;
	struct data_stats s;
	struct chart_spec spec;
	struct chart c;
	struct buf block;

	data_init(&t);
	data_stats_init(&s);
	chart_spec_init(&spec);
	chart_init(&c);
	buf_init(&block, BUF_LARGE);
	if (data_read(&t, table, NULL) == ST_OK &&
		data_stats_make(&s, &t, NULL) == ST_OK) {
		size_t n = data_contradictions(&t, &s, answer, &block);

		require(n <= DATA_CHECK_MAX && (n == 0) == (block.len == 0));
		while (chart_spec_next(&answer, NULL, &block)) {
			if (chart_spec_parse(buf_view(&block), &spec, NULL) ==
					ST_OK &&
				chart_make(&c, &spec, &t, &s, NULL) == ST_OK)
				draw(&c);
			chart_spec_release(&spec);
		}
	}
	buf_release(&block);
	chart_release(&c);
	data_stats_release(&s);
	data_release(&t);
	return 0;
}
