#include "app/style.h"

#include <string.h>

#include "conf/shelf.h"

static const struct shelf styles = {"styles", ".md"};

enum status style_names(struct buf *out, struct err *err)
{
	return shelf_names(&styles, out, err);
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
	struct buf path;
	enum status st;

	buf_init(&path, BUF_SMALL);
	st = shelf_read(&styles, span_str(name), &path, out, err);
	buf_release(&path);
	return st == ST_NOT_FOUND ? unknown(name, err) : st;
}
