#include "app/task_charts.h"

#include <fcntl.h>
#include <langinfo.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/gnuplot.h"
#include "app/saved.h"
#include "base/file.h"
#include "text/data_check.h"
#include "text/fence.h"
#include "text/safe.h"
#include "tty/term.h"
#include "wire/chart_spec.h"

#define REPORT "report.md"
/* Where nobody says how wide, and where it is too wide to read. */
#define WIDTH 76
#define WIDTH_MAX 100
/* The renderer sets code off by so much. */
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

/*
 * Files
 */

static void put_path(
	const struct task_run *r, const char *name, struct buf *out)
{
	buf_reset(out);
	buf_fmt(out, "%s/%s", r->app->args.out_folder, name);
}

static void put_name(struct buf *out, size_t n, const char *kind)
{
	buf_reset(out);
	buf_fmt(out, "chart-%zu.%s", n, kind);
}

/* The first file there that would be written. */
static bool is_taken(const struct task_run *r, struct buf *path)
{
	static const char *const kinds[] = {"svg", "png"};
	struct buf name;
	bool taken;
	size_t i;

	buf_init(&name, BUF_SMALL);
	put_path(r, REPORT, path);
	taken = file_exists(path->p);
	for (i = 0; !taken && i < 2 * CHART_BLOCKS_MAX; i++) {
		put_name(&name, i / 2 + 1, kinds[i % 2]);
		put_path(r, name.p, path);
		taken = file_exists(path->p);
	}
	buf_release(&name);
	return taken;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

enum status task_charts_folder(struct task_run *r, struct err *err)
{
	struct buf path;
	struct buf question;
	enum status st;

	if (r->app->args.out_folder == NULL)
		return ST_OK;
	buf_init(&path, BUF_SMALL);
	buf_init(&question, BUF_SMALL);
	st = file_mkdirs(r->app->args.out_folder, 0700, err);
	if (st == ST_OK && !is_folder(r->app->args.out_folder))
		st = err_set(err, ST_USAGE, "--out: %s is not a folder",
			r->app->args.out_folder);
	if (st == ST_OK && is_taken(r, &path)) {
		safe_line(buf_view(&path), &question);
		buf_str(&question, " exists already. Overwrite it? [y/N] ");
		st = saved_confirm(r->app, question.p, err);
		if (st != ST_OK)
			err_prefix(err, "%s exists already", path.p);
		r->overwrite = st == ST_OK;
	}
	buf_release(&path);
	buf_release(&question);
	return st;
}

static enum status write_new(
	const char *path, struct span content, struct err *err)
{
	int fd = open(path,
		O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool ok;

	if (fd < 0)
		return err_sys(err, ST_IO, "cannot create %s", path);
	ok = fd_write_full(fd, content.p, content.n);
	if (close(fd) == 0 && ok)
		return ST_OK;
	(void)err_sys(err, ST_IO, "cannot write %s", path);
	(void)unlink(path);
	return ST_IO;
}

static enum status write_file(const struct task_run *r, const char *name,
	const struct buf *content, struct err *err)
{
	struct buf path;
	enum status st = buf_check(content, name, err);

	buf_init(&path, BUF_SMALL);
	put_path(r, name, &path);
	if (st == ST_OK && r->overwrite)
		st = file_replace(path.p, buf_view(content), 0600, err);
	else if (st == ST_OK)
		st = write_new(path.p, buf_view(content), err);
	buf_release(&path);
	return st;
}

/* In a link only what cannot end it. */
static void put_alt(struct buf *out, const struct buf *title)
{
	size_t i;

	for (i = 0; i < title->len; i++) {
		char c = title->p[i];

		buf_char(out, strchr("[]()<>!\\`\n\r", c) != NULL ? ' ' : c);
	}
}

/* An SVG and, where gnuplot is, a PNG. */
static enum status put_files(struct task_charts *c, struct task_run *r,
	const struct chart *chart, struct err *err)
{
	struct buf image;
	struct buf name;
	struct err why;
	enum status st;

	buf_init(&image, BUF_LARGE);
	buf_init(&name, BUF_SMALL);
	chart_draw_svg(chart, &image);
	put_name(&name, c->n, "svg");
	st = write_file(r, name.p, &image, err);
	if (st == ST_OK) {
		buf_fmt(&c->files, "%s\n", name.p);
		buf_str(&c->linked, "![");
		put_alt(&c->linked,
			chart->title.len > 0 ? &chart->title : &chart->y[0]);
		buf_fmt(&c->linked, "](%s)\n", name.p);
		buf_release(&image);
		buf_init(&image, GNUPLOT_PNG_MAX);
		switch (gnuplot_draw(chart, &image, &why)) {
		case ST_OK:
			put_name(&name, c->n, "png");
			st = write_file(r, name.p, &image, err);
			if (st == ST_OK)
				buf_fmt(&c->files, "%s\n", name.p);
			break;
		case ST_NOT_FOUND: break;
		default: task_note(r, "chart %zu: %s", c->n, why.msg); break;
		}
	}
	buf_release(&image);
	buf_release(&name);
	return st;
}

/*
 * Drawing
 */

/* Lines and blocks only where they can be seen as such. */
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

/* Of the first table that has the columns; else the fault is that of the
 * first one. */
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

/* Whole lines in a fence that nothing in them, be it a label, can close. */
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

/* One block; `whole` is how it stands in the answer. */
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
		st = put_files(c, r, &chart, err);
	chart_release(&chart);
	return st;
}

/* The next chart of an answer, what stands before it in *rest, and how it
 * stands there itself. Without one *rest stays. */
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

/* Whether there are charts at all, or such as are not drawn yet. */
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

/* What the steps asked for and the answer has lost. */
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

/* A column may stand in several tables: then nothing is plain. */
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

/* As it is read later, wherever that is. */
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

enum status task_charts_report(
	struct task_charts *c, struct task_run *r, struct err *err)
{
	struct span rest = buf_view(&c->wrong);
	enum status st;

	if (r->app->args.out_folder == NULL || c->linked.len == 0)
		return ST_OK;
	if (c->linked.p[c->linked.len - 1] != '\n')
		buf_char(&c->linked, '\n');
	if (rest.n > 0)
		buf_str(&c->linked, "\n---\nFigures that are wrong:\n\n");
	while (rest.n > 0) {
		struct span line = span_cut(&rest, '\n');

		if (line.n > 0)
			buf_fmt(&c->linked, "- %.*s\n", (int)line.n, line.p);
	}
	st = write_file(r, REPORT, &c->linked, err);
	if (st != ST_OK)
		return st;
	buf_str(&c->files, REPORT "\n");
	for (rest = buf_view(&c->files); rest.n > 0;) {
		struct span line = span_cut(&rest, '\n');

		task_note(r, "written: %s/%.*s", r->app->args.out_folder,
			(int)line.n, line.p);
	}
	return ST_OK;
}
