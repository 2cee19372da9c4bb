#include "app/style.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "conf/check.h"

static enum status put_folder(bool own, struct buf *out, struct err *err)
{
	return own ? file_xdg(XDG_CONFIG, "styles", out, err)
		   : file_share("styles", out, err);
}

static enum status read_from(
	bool own, const char *name, struct buf *out, struct err *err)
{
	struct buf path;
	enum status st;

	buf_init(&path, BUF_SMALL);
	st = put_folder(own, &path, err);
	buf_fmt(&path, "/%s.md", name);
	if (st == ST_OK)
		st = file_read(path.p, out, err);
	buf_release(&path);
	return st;
}

static int is_style(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return e->d_name[0] != '.' && n > 3 &&
		strcmp(e->d_name + n - 3, ".md") == 0;
}

/* Whether a line of out is that name. */
static bool listed(const struct buf *out, struct span name)
{
	struct span rest = buf_view(out);

	while (rest.n > 0)
		if (span_eq(span_cut(&rest, '\n'), name))
			return true;
	return false;
}

static void list_folder(bool own, struct buf *out)
{
	struct dirent **list = NULL;
	struct buf path;
	int n = -1;
	int i;

	buf_init(&path, BUF_SMALL);
	if (put_folder(own, &path, NULL) == ST_OK)
		n = scandir(path.p, &list, is_style, alphasort);
	for (i = 0; i < n; i++) {
		struct span name = span_str(list[i]->d_name);

		name.n -= 3;
		if (!listed(out, name)) {
			buf_span(out, name);
			buf_char(out, '\n');
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	buf_release(&path);
}

enum status style_names(struct buf *out, struct err *err)
{
	list_folder(true, out);
	list_folder(false, out);
	return buf_check(out, "list of styles", err);
}

static enum status unknown(const char *name, struct err *err)
{
	struct buf names;
	enum status st;
	size_t i;

	buf_init(&names, BUF_SMALL);
	(void)style_names(&names, NULL);
	for (i = 0; i + 1 < names.len; i++)
		if (names.p[i] == '\n')
			names.p[i] = ' ';
	st = err_set(err, ST_USAGE, "there is no style \"%s\"; there are: %s",
		name, names.len > 0 ? names.p : "none");
	if (err != NULL && names.len > 0)
		err->msg[strcspn(err->msg, "\n")] = '\0';
	buf_release(&names);
	return st;
}

enum status style_read(const char *name, struct buf *out, struct err *err)
{
	enum status st;

	/* A name is no path. */
	if (!check_name(span_str(name)))
		return unknown(name, err);
	st = read_from(true, name, out, err);
	if (st == ST_NOT_FOUND || st == ST_CONFIG)
		st = read_from(false, name, out, err);
	return st == ST_NOT_FOUND ? unknown(name, err) : st;
}
