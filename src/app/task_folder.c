#include "app/task_folder.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/gnuplot.h"
#include "app/saved.h"
#include "base/file.h"
#include "text/safe.h"
#include "wire/chart_spec.h"

#define REPORT "report.md"

static void put_path(
	const struct task_run *r, const char *name, struct buf *out)
{
	buf_reset(out);
	buf_fmt(out, "%s/%s", r->app->args.out_folder, name);
}

static void put_name(struct buf *out, size_t n, const char *kind)
{
	buf_fmt(out, "chart-%zu.%s", n, kind);
}

/* Whether a file that would be written is there already; *path is the first
 * one. */
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
		buf_reset(&name);
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

enum status task_folder_prepare(struct task_run *r, struct err *err)
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

/* The text of the link, with blanks for whatever could end it. */
static void put_alt(struct buf *out, const struct buf *title)
{
	size_t i;

	for (i = 0; i < title->len; i++) {
		char c = title->p[i];

		buf_char(out, strchr("[]()<>!\\`\n\r", c) != NULL ? ' ' : c);
	}
}

/* Writes a file of the chart and lists it. */
static enum status put_file(struct task_charts *c, const struct task_run *r,
	const char *kind, const struct buf *image, struct err *err)
{
	struct buf name;
	enum status st;

	buf_init(&name, BUF_SMALL);
	put_name(&name, c->n, kind);
	st = write_file(r, name.p, image, err);
	if (st == ST_OK)
		buf_fmt(&c->files, "%s\n", name.p);
	buf_release(&name);
	return st;
}

static enum status put_svg(struct task_charts *c, const struct task_run *r,
	const struct chart *chart, struct err *err)
{
	struct buf image;
	enum status st;

	buf_init(&image, BUF_LARGE);
	chart_draw_svg(chart, &image);
	st = put_file(c, r, "svg", &image, err);
	buf_release(&image);
	return st;
}

/* Without gnuplot there is no PNG. When it fails, that is told and the task
 * goes on. */
static enum status put_png(struct task_charts *c, struct task_run *r,
	const struct chart *chart, struct err *err)
{
	struct buf image;
	struct err why;
	enum status drawn;
	enum status st = ST_OK;

	buf_init(&image, GNUPLOT_PNG_MAX);
	drawn = gnuplot_draw(chart, &image, &why);
	if (drawn == ST_OK)
		st = put_file(c, r, "png", &image, err);
	else if (drawn != ST_NOT_FOUND)
		task_note(r, "chart %zu: %s", c->n, why.msg);
	buf_release(&image);
	return st;
}

enum status task_folder_chart(struct task_charts *c, struct task_run *r,
	const struct chart *chart, struct err *err)
{
	enum status st = put_svg(c, r, chart, err);

	if (st != ST_OK)
		return st;
	buf_str(&c->linked, "![");
	put_alt(&c->linked,
		chart->title.len > 0 ? &chart->title : &chart->y[0]);
	buf_str(&c->linked, "](");
	put_name(&c->linked, c->n, "svg");
	buf_str(&c->linked, ")\n");
	return put_png(c, r, chart, err);
}

enum status task_folder_report(
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
