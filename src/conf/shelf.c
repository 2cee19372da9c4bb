#include "conf/shelf.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "conf/check.h"

enum status shelf_path(const struct shelf *s, bool own, struct span name,
	struct buf *out, struct err *err)
{
	enum status st = own ? file_xdg(XDG_CONFIG, s->kind, out, err)
			     : file_share(s->kind, out, err);

	if (st != ST_OK)
		return st;
	if (name.n > 0)
		buf_fmt(out, "/%.*s%s", (int)name.n, name.p, s->end);
	return buf_check(out, "path", err);
}

enum status shelf_read(const struct shelf *s, struct span name,
	struct buf *ret_path, struct buf *out, struct err *err)
{
	enum status st = ST_NOT_FOUND;
	int own;

	if (!check_name(name))
		return err_set(err, ST_NOT_FOUND, "that is no name");
	/* ST_CONFIG: there is no place for files of the user. */
	for (own = 1; own >= 0 && (st == ST_NOT_FOUND || st == ST_CONFIG);
		own--) {
		buf_reset(ret_path);
		st = shelf_path(s, own == 1, name, ret_path, err);
		if (st == ST_OK)
			st = file_read(ret_path->p, out, err);
	}
	return st;
}

/* The name within a file's name; empty when there is none. */
static struct span name_of(const struct shelf *s, const char *file)
{
	struct span name = span_str(file);
	size_t end = strlen(s->end);

	if (name.n <= end || strcmp(file + name.n - end, s->end) != 0)
		return span_of(NULL, 0);
	name.n -= end;
	return check_name(name) ? name : span_of(NULL, 0);
}

enum status shelf_walk(const struct shelf *s, bool own, shelf_fn *each,
	void *payload, struct err *err)
{
	struct dirent **list = NULL;
	struct buf path;
	int n = 0;
	int seen = 0;
	int i;
	enum status st;

	buf_init(&path, BUF_SMALL);
	st = shelf_path(s, own, span_of(NULL, 0), &path, err);
	if (st == ST_OK)
		n = scandir(path.p, &list, NULL, alphasort);
	for (i = 0; i < n; i++) {
		struct span name = name_of(s, list[i]->d_name);

		if (st == ST_OK && name.n > 0 && seen++ < SHELF_FILES_MAX)
			st = each(own, name, payload, err);
		free(list[i]);
	}
	free(list);
	buf_release(&path);
	return st;
}

/* Whether the name is a line of out. */
static bool listed(const struct buf *out, struct span name)
{
	struct span rest = buf_view(out);

	while (rest.n > 0)
		if (span_eq(span_cut(&rest, '\n'), name))
			return true;
	return false;
}

static enum status add_name(
	bool own, struct span name, void *payload, struct err *err)
{
	struct buf *out = payload;

	if (own || !listed(out, name)) {
		buf_span(out, name);
		buf_char(out, '\n');
	}
	return buf_check(out, "list of names", err);
}

enum status shelf_names(const struct shelf *s, struct buf *out, struct err *err)
{
	enum status st = shelf_walk(s, true, add_name, out, err);

	/* There may be no place for files of the user. */
	if (st == ST_OK || st == ST_CONFIG)
		st = shelf_walk(s, false, add_name, out, err);
	return st;
}
