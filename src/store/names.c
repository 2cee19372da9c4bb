#include "store/names.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "store/catalog.h"

enum { PATH_MAX_BYTES = 64 * 1024 };

enum status names_walk(
	const char *folder, names_fn *fn, void *payload, struct err *err)
{
	DIR *dir = opendir(folder);
	struct dirent *de;
	enum status st = ST_OK;

	if (dir == NULL && (errno == ENOENT || errno == ENOTDIR))
		return ST_OK;
	if (dir == NULL)
		return err_sys(err, ST_IO, "cannot read folder \"%s\"", folder);
	while (st == ST_OK && (de = readdir(dir)) != NULL)
		if (de->d_name[0] != '.')
			st = fn(de->d_name, payload, err);
	(void)closedir(dir);
	return st;
}

struct gathering {
	struct conv_names *names;
	const char *folder; /* the one being read */
	bool reserved;
};

static enum status on_segment(const char *name, void *payload, struct err *err)
{
	const struct gathering *g = payload;
	struct conv_names *to = g->names;
	struct conv_name one = {.reserved = g->reserved};
	uint8_t device[VAULT_DEVICE];
	uint32_t no;

	if (!place_parse(name, one.stem, device, &no))
		return ST_OK;
	if (!vec_grow(&to->v, &to->cap, to->n + 1, sizeof(*to->v),
		    (size_t)4 * CATALOG_MAX))
		return err_nomem(err);
	to->v[to->n++] = one;
	return ST_OK;
}

static enum status on_folder(const char *name, void *payload, struct err *err)
{
	const struct gathering *g = payload;
	struct gathering below = {g->names, NULL, false};
	struct buf path;
	enum status st;

	buf_init(&path, PATH_MAX_BYTES);
	buf_fmt(&path, "%s/%s", g->folder, name);
	st = buf_check(&path, "path", err);
	if (st == ST_OK)
		st = names_walk(path.p, on_segment, &below, err);
	buf_release(&path);
	return st;
}

static int name_cmp(const void *a, const void *b)
{
	const struct conv_name *x = a;
	const struct conv_name *y = b;

	if (x->reserved != y->reserved)
		return x->reserved ? -1 : 1;
	return strcmp(x->stem, y->stem);
}

enum status names_gather(
	const struct vault *v, struct conv_names *ret, struct err *err)
{
	struct gathering g = {ret, NULL, true};
	struct buf path;
	size_t kept = 0;
	size_t i;
	enum status st;

	buf_init(&path, PATH_MAX_BYTES);
	place_folder(v, "s", &path);
	st = buf_check(&path, "path", err);
	if (st == ST_OK)
		st = names_walk(path.p, on_segment, &g, err);
	place_folder(v, "c", &path);
	g.folder = path.p;
	g.reserved = false;
	if (st == ST_OK)
		st = names_walk(path.p, on_folder, &g, err);
	buf_release(&path);
	if (st != ST_OK)
		return st;
	if (ret->n > 1)
		qsort(ret->v, ret->n, sizeof(*ret->v), name_cmp);
	for (i = 0; i < ret->n; i++)
		if (kept == 0 || name_cmp(&ret->v[kept - 1], &ret->v[i]) != 0)
			ret->v[kept++] = ret->v[i];
	ret->n = kept;
	return ST_OK;
}

enum status names_open(const struct conv_name *name,
	const struct journal_with *with, struct journal **ret, struct err *err)
{
	struct id id;

	if (name->reserved)
		return journal_open_reserved(with, name->stem, ret, err);
	if (!id_parse(span_str(name->stem), &id))
		return err_set(err, ST_NOT_FOUND, "no conversation");
	return journal_open(with, &id, ret, err);
}
