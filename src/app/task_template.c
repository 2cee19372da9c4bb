#include "app/task_template.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "app/saved.h"
#include "base/file.h"
#include "conf/check.h"
#include "text/safe.h"
#include "tty/term.h"
#include "wire/json.h"

static enum status put_folder(bool own, struct buf *out, struct err *err)
{
	return own ? file_xdg(XDG_CONFIG, "tasks", out, err)
		   : file_share("tasks", out, err);
}

/* The user's own, else the program's; *path is where it was. */
static enum status read_file(
	const char *name, struct buf *path, struct buf *text, struct err *err)
{
	enum status st = ST_NOT_FOUND;
	int own;

	for (own = 1; own >= 0 && (st == ST_NOT_FOUND || st == ST_CONFIG);
		own--) {
		buf_reset(path);
		st = put_folder(own == 1, path, err);
		buf_fmt(path, "/%s", name);
		if (st == ST_OK)
			st = file_read(path->p, text, err);
	}
	return st;
}

static int is_template(const struct dirent *e)
{
	return check_name(span_str(e->d_name));
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of a folder, a line each. */
static void list_folder(bool own, struct buf *out)
{
	struct dirent **list = NULL;
	struct buf path;
	int n = -1;
	int i;

	buf_init(&path, BUF_SMALL);
	if (put_folder(own, &path, NULL) == ST_OK)
		n = scandir(path.p, &list, is_template, NULL);
	for (i = 0; i < n; i++) {
		buf_fmt(out, "%s\n", list[i]->d_name);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	buf_release(&path);
}

enum status task_template_names(struct buf *out, struct err *err)
{
	struct buf all;
	char **names;
	size_t n = 0;
	size_t i;
	char *p;

	buf_init(&all, BUF_LARGE);
	list_folder(true, &all);
	list_folder(false, &all);
	names = calloc(all.len + 1, sizeof(*names));
	if (names == NULL || all.bad) {
		free(names);
		buf_release(&all);
		return err_nomem(err);
	}
	for (p = all.p; *p != '\0'; p += strlen(p) + 1) {
		names[n++] = p;
		p[strcspn(p, "\n")] = '\0';
	}
	qsort(names, n, sizeof(*names), compare);
	for (i = 0; i < n; i++)
		if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
			buf_fmt(out, "%s\n", names[i]);
	free(names);
	buf_release(&all);
	return buf_check(out, "list of templates", err);
}

static enum status unknown(const char *name, struct err *err)
{
	return err_set(err, ST_USAGE,
		"there is no template \"%s\"; atllama task --list shows them",
		name);
}

enum status task_template_load(
	const char *name, struct template *t, struct err *err)
{
	struct buf path;
	struct buf text;
	enum status st;

	/* A name is no path. */
	if (!check_name(span_str(name)))
		return unknown(name, err);
	buf_init(&path, BUF_SMALL);
	buf_init(&text, TEMPLATE_MAX);
	st = read_file(name, &path, &text, err);
	if (st == ST_NOT_FOUND)
		st = unknown(name, err);
	if (st == ST_OK)
		st = template_read(t, buf_view(&text), path.p, err);
	buf_release(&path);
	buf_release(&text);
	return st;
}

/* One that makes no sense is listed with what is wrong with it. */
static void describe(const char *name, struct buf *out)
{
	struct template t;
	struct buf path;
	struct buf text;
	struct err err;
	enum status st;

	template_init(&t);
	buf_init(&path, BUF_SMALL);
	buf_init(&text, TEMPLATE_MAX);
	st = read_file(name, &path, &text, &err);
	if (st == ST_OK)
		st = template_read_head(&t, buf_view(&text), path.p, &err);
	buf_str(out, st == ST_OK ? t.description.p : err.msg);
	buf_release(&path);
	buf_release(&text);
	template_release(&t);
}

enum status task_template_list(const struct app *app, struct err *err)
{
	struct buf names;
	struct buf out;
	struct json_writer w = {.out = &out, .safe = term_get()->out};
	struct span rest;
	enum status st;

	buf_init(&names, BUF_LARGE);
	buf_init(&out, BUF_LARGE);
	st = task_template_names(&names, err);
	rest = buf_view(&names);
	if (app->args.json)
		json_open(&w, '[');
	while (st == ST_OK && rest.n > 0) {
		struct span name = span_cut(&rest, '\n');
		struct buf about;

		names.p[name.p + name.n - names.p] = '\0';
		buf_init(&about, BUF_SMALL);
		describe(name.p, &about);
		if (app->args.json) {
			json_open(&w, '{');
			json_key(&w, "name");
			json_add_string(&w, name);
			json_key(&w, "description");
			json_add_string(&w, buf_view(&about));
			json_close(&w, '}');
		} else {
			buf_fmt(&out, "%-24s ", name.p);
			safe_line(buf_view(&about), &out);
			buf_char(&out, '\n');
		}
		buf_release(&about);
	}
	if (app->args.json) {
		json_close(&w, ']');
		buf_char(&out, '\n');
	}
	if (st == ST_OK)
		st = saved_write(&out, err);
	buf_release(&names);
	buf_release(&out);
	return st;
}
