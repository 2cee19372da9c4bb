#include "app/task_charts.h"

#include <langinfo.h>
#include <string.h>

#include "app/task_folder.h"
#include "text/data_check.h"
#include "tty/term.h"
#include "wire/chart_spec.h"

/* Columns of a chart where no terminal tells the width, and at the most: a
 * wider one is hard to read. */
#define WIDTH 76
#define WIDTH_MAX 100
/* Columns by which the renderer indents code. */
#define MARGIN 4
#define FENCE_LEAST ((size_t)3)

void task_charts_init(struct task_charts *c)
{
	buf_init(&c->drawn, 4 * BUF_LARGE);
	buf_init(&c->linked, 4 * BUF_LARGE);
	buf_init(&c->files, BUF_SMALL);
	buf_init(&c->wrong, BUF_LARGE);
	c->n = 0;
}

void task_charts_release(struct task_charts *c)
{
	buf_release(&c->drawn);
	buf_release(&c->linked);
	buf_release(&c->files);
	buf_release(&c->wrong);
	task_charts_init(c);
}

/* Line-drawing characters only where they can be seen as such. */
static struct chart_look look_of(const struct task_run *r)
{
	const struct term *t = term_get();
	struct chart_look look = {WIDTH, false};
	int columns;
	int rows;

	look.ascii = t->accessible || t->dumb ||
		strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	if (r->render == NULL)
		return look;
	term_size(&columns, &rows);
	if (columns > WIDTH_MAX)
		columns = WIDTH_MAX;
	look.width = columns > MARGIN ? (size_t)columns - MARGIN : 1;
	return look;
}

/* Draws from the first table that has the columns; when none has them, the
 * error is that of the first table. */
static enum status make_chart(const struct task_run *r, struct span block,
	struct chart *chart, struct err *err)
{
	struct chart_spec spec;
	enum status st;
	size_t i;

	chart_spec_init(&spec);
	st = chart_spec_parse(block, &spec, err);
	if (st == ST_OK)
		st = chart_make(chart, &spec, &r->tables.v[0]->data,
			&r->tables.v[0]->stats, err);
	for (i = 1; st == ST_USAGE && spec.x.len > 0 && i < r->tables.n; i++)
		st = chart_make(chart, &spec, &r->tables.v[i]->data,
			&r->tables.v[i]->stats, NULL);
	chart_spec_release(&spec);
	return st;
}

/* Puts whole lines into a fence that no text in them, such as a label, can
 * close. */
static void put_fenced(
	const struct buf *lines, char mark, const char *info, struct buf *out)
{
	size_t n = span_longest_run(buf_view(lines), mark) + 1;
	size_t i;

	if (n < FENCE_LEAST)
		n = FENCE_LEAST;
	for (i = 0; i < n; i++)
		buf_char(out, mark);
	buf_fmt(out, "%s\n", info);
	buf_span(out, buf_view(lines));
	for (i = 0; i < n; i++)
		buf_char(out, mark);
	buf_char(out, '\n');
	out->bad |= lines->bad;
}

/* Draws one block. `whole` is the block with its fences, which stays in the
 * answer when it cannot be drawn. */
static enum status put_chart(struct task_charts *c, struct task_run *r,
	struct span block, struct span whole, struct err *err)
{
	struct chart_look look = look_of(r);
	struct chart chart;
	struct buf text;
	struct err why;
	enum status st;

	c->n++;
	chart_init(&chart);
	st = make_chart(r, block, &chart, &why);
	if (st != ST_OK) {
		task_note(r, "chart %zu is not drawn: %s", c->n, why.msg);
		buf_span(&c->drawn, whole);
		buf_span(&c->linked, whole);
		return ST_OK;
	}
	buf_init(&text, c->drawn.max);
	chart_draw_text(&chart, &look, &text);
	put_fenced(&text, '~', "", &c->drawn);
	buf_release(&text);
	if (r->app->args.out_folder != NULL && !r->chat)
		st = task_folder_chart(c, r, &chart, err);
	chart_release(&chart);
	return st;
}

/* Finds the next chart of an answer and moves *rest behind it. *ret_before is
 * the text up to it, *ret_whole the chart with its fences. False, with *rest as
 * it was, when there is none. */
static bool next_chart(struct span *rest, struct span *ret_before,
	struct span *ret_whole, struct buf *block)
{
	const struct span all = *rest;
	const char *end = all.p + all.n;
	struct span info;
	const char *start;
	const char *behind;

	if (!chart_spec_next(rest, &info, block)) {
		*rest = all;
		return false;
	}
	start = info.p;
	while (start > all.p && start[-1] != '\n')
		start--;
	behind = rest->n > 0 ? rest->p : end;
	*ret_before = span_of(all.p, (size_t)(start - all.p));
	*ret_whole = span_of(start, (size_t)(behind - start));
	*rest = span_of(behind, (size_t)(end - behind));
	return true;
}

static void put_both(struct task_charts *c, struct span text)
{
	buf_span(&c->drawn, text);
	buf_span(&c->linked, text);
}

static enum status put_answer(struct task_charts *c, struct task_run *r,
	const struct buf *answer, struct err *err)
{
	struct span rest = buf_view(answer);
	struct span before;
	struct span whole;
	struct buf block;
	enum status st = ST_OK;

	buf_init(&block, BUF_LARGE);
	while (st == ST_OK && c->n < CHART_BLOCKS_MAX &&
		next_chart(&rest, &before, &whole, &block)) {
		put_both(c, before);
		st = put_chart(c, r, buf_view(&block), whole, err);
	}
	put_both(c, rest);
	buf_release(&block);
	return st;
}

/* Whether there is a chart; with `undrawn` only those count that are not drawn
 * yet. */
static bool asks_for_charts(struct span text, bool undrawn)
{
	struct span info = {NULL, 0};
	struct buf block;
	bool asks;

	buf_init(&block, BUF_LARGE);
	do
		asks = chart_spec_next(&text, &info, &block);
	while (asks && undrawn && !span_is(info, "chart"));
	buf_release(&block);
	return asks;
}

/* Adds the charts that steps asked for, when the answer has lost them all. */
static void add_lost(const struct task_run *r, struct buf *answer)
{
	const struct outline *o = task_outline(r->task);
	struct buf block;
	bool begun = false;
	size_t i;

	if (task_simple(r->task) || asks_for_charts(buf_view(answer), false))
		return;
	buf_init(&block, BUF_LARGE);
	for (i = 0; i < o->steps_n; i++) {
		struct span rest = buf_view(&task_work(r->task, i)->result);

		while (chart_spec_next(&rest, NULL, &block)) {
			buf_str(answer, begun ? "\n" : "\n\n## Charts\n\n");
			put_fenced(&block, '`', "chart", answer);
			begun = true;
		}
	}
	buf_release(&block);
}

/* Only with one table: several may have a column of the same name, and then it
 * is not clear which one is meant. */
static void put_wrong(
	const struct task_run *r, struct span answer, struct buf *out)
{
	if (r->tables.n == 1)
		(void)data_contradictions(&r->tables.v[0]->data,
			&r->tables.v[0]->stats, answer, out);
}

void task_charts_verify(struct span answer, struct buf *wrong, void *payload)
{
	struct task_run *r = payload;
	size_t before = wrong->len;

	put_wrong(r, answer, wrong);
	if (wrong->len > before)
		task_note(r, "figures are wrong: the answer is written again");
}

/* Drawn for reading later, on whatever terminal that will be: ASCII, of a fixed
 * width. */
static void keep_chart(struct task_run *r, struct span block, struct span whole,
	struct buf *out)
{
	const struct chart_look look = {WIDTH, false};
	struct chart chart;
	struct buf text;
	struct buf info;

	chart_init(&chart);
	buf_init(&text, out->max);
	buf_init(&info, BUF_LARGE);
	if (make_chart(r, block, &chart, NULL) == ST_OK) {
		chart_spec_info(block, &info);
		chart_draw_text(&chart, &look, &text);
		put_fenced(&text, '~', info.p, out);
	} else {
		buf_span(out, whole);
	}
	chart_release(&chart);
	buf_release(&text);
	buf_release(&info);
}

void task_charts_keep(struct span answer, struct buf *out, void *payload)
{
	struct task_run *r = payload;
	struct span before;
	struct span whole;
	struct span rest;
	struct buf text;
	struct buf block;
	size_t n = 0;

	if (r->tables.n == 0) {
		buf_span(out, answer);
		return;
	}
	buf_init(&text, 4 * BUF_LARGE);
	buf_init(&block, BUF_LARGE);
	buf_span(&text, answer);
	add_lost(r, &text);
	rest = buf_view(&text);
	while (n++ < CHART_BLOCKS_MAX &&
		next_chart(&rest, &before, &whole, &block)) {
		buf_span(out, before);
		keep_chart(r, buf_view(&block), whole, out);
	}
	buf_span(out, rest);
	if (text.bad)
		out->bad = true;
	buf_release(&text);
	buf_release(&block);
}

enum status task_charts_make(struct task_charts *c, struct task_run *r,
	struct buf *answer, struct err *err)
{
	struct span rest;
	enum status st;

	if (answer->len == 0)
		return ST_OK;
	if (r->tables.n == 0) {
		buf_span(&c->drawn, buf_view(answer));
		buf_span(&c->linked, buf_view(answer));
		if (asks_for_charts(buf_view(answer), true))
			task_note(r,
				"the charts of the answer cannot be drawn "
				"without its table: give it with -f");
		return ST_OK;
	}
	add_lost(r, answer);
	st = put_answer(c, r, answer, err);
	put_wrong(r, buf_view(answer), &c->wrong);
	rest = buf_view(&c->wrong);
	while (rest.n > 0) {
		struct span line = span_cut(&rest, '\n');

		if (line.n > 0)
			task_note(r, "a figure is wrong: %.*s", (int)line.n,
				line.p);
	}
	return st;
}
