#include "store/rotate.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "store/catalog_priv.h"
#include "store/journal_priv.h"
#include "store/live.h"
#include "store/rotate_conv.h"

enum { PATH_MAX_BYTES = 64 * 1024 };

void rotate_report_init(struct rotate_report *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->text, BUF_LARGE);
}

void rotate_report_release(struct rotate_report *r)
{
	buf_release(&r->text);
	rotate_report_init(r);
}

/* The conversations there are files of. */
struct names {
	struct rotate_name *v;
	size_t n;
	size_t cap;
};

/* Calls fn with each name in a folder of the vault; none when it is not
 * there. */
typedef enum status name_fn(const char *name, void *payload, struct err *err);

static enum status walk(
	const char *folder, name_fn *fn, void *payload, struct err *err)
{
	DIR *dir = opendir(folder);
	struct dirent *de;
	enum status st = ST_OK;

	if (dir == NULL && errno == ENOENT)
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
	struct names *names;
	const char *folder; /* of the names to come */
	bool reserved;
};

static enum status on_segment(const char *name, void *payload, struct err *err)
{
	const struct gathering *g = payload;
	struct names *to = g->names;
	struct rotate_name one = {.reserved = g->reserved};
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
		st = walk(path.p, on_segment, &below, err);
	buf_release(&path);
	return st;
}

static int name_cmp(const void *a, const void *b)
{
	const struct rotate_name *x = a;
	const struct rotate_name *y = b;

	if (x->reserved != y->reserved)
		return x->reserved ? -1 : 1;
	return strcmp(x->stem, y->stem);
}

/* Each conversation once. */
static enum status gather(
	const struct vault *v, struct names *ret, struct err *err)
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
		st = walk(path.p, on_segment, &g, err);
	place_folder(v, "c", &path);
	g.folder = path.p;
	g.reserved = false;
	if (st == ST_OK)
		st = walk(path.p, on_folder, &g, err);
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

static void tell_progress(const struct rotate_report *r, size_t done, size_t of)
{
	if (r->progress != NULL)
		r->progress(done, of, r->payload);
}

static enum status check_devices(const struct journal *j, struct err *err)
{
	size_t i;

	for (i = 0; i < j->n; i++)
		if (memcmp(j->segs[i]->device, j->device, VAULT_DEVICE) != 0)
			return err_set(err, ST_FAIL,
				"\"%s\" was written by another device, whose "
				"files this one does not write: the master key "
				"was not changed",
				j->segs[i]->path.p);
	return ST_OK;
}

/* What of one conversation would be lost. */
static enum status check_conv(const struct rotate_name *name, struct vault *v,
	struct catalog *c, struct rotate_report *r, struct err *err)
{
	struct journal *j = NULL;
	struct err why;
	enum status st = rotate_open(name, v, c, &j, &why);

	if (st == ST_NOT_FOUND)
		return ST_OK;
	if (st == ST_DAMAGED || st == ST_LOCKED || st == ST_FAIL) {
		r->damaged++;
		buf_fmt(&r->text, "%s: %s\n", name->stem, why.msg);
		return ST_OK;
	}
	if (st != ST_OK) {
		if (err != NULL)
			*err = why;
		return st;
	}
	st = check_devices(j, err);
	if (st == ST_OK)
		st = journal_read(j, err);
	if (st == ST_OK && journal_report(j)->damaged) {
		r->damaged++;
		buf_fmt(&r->text, "%s: %s\n", name->stem,
			journal_report(j)->text.p);
	}
	journal_close(j);
	return st;
}

static enum status on_live(const char *name, void *payload, struct err *err)
{
	size_t n = strlen(name);

	(void)payload;
	if (n < 4 || strcmp(name + n - 4, ".atj") != 0)
		return ST_OK;
	return err_set(err, ST_BUSY,
		"an unfinished reply (live/%s) could not be brought into its "
		"conversation: the master key was not changed",
		name);
}

/* Live files are sealed with the old key, too, and there must be none. */
static enum status settle_live(
	struct vault *v, struct catalog *c, struct err *err)
{
	struct live_report report;
	struct buf path;
	enum status st;

	live_report_init(&report);
	buf_init(&path, PATH_MAX_BYTES);
	(void)live_recover(v, c, &report, NULL);
	place_folder(v, "live", &path);
	st = buf_check(&path, "path", err);
	if (st == ST_OK)
		st = walk(path.p, on_live, NULL, err);
	buf_release(&path);
	live_report_release(&report);
	return st;
}

enum status rotate_prepare(struct vault *v, struct catalog *c,
	struct rotate_report *r, struct err *err)
{
	struct names names = {0};
	size_t i;
	enum status st = vault_exclusive(v, 0, err);

	if (st != ST_OK)
		return st;
	st = settle_live(v, c, err);
	if (st == ST_OK)
		st = gather(v, &names, err);
	for (i = 0; st == ST_OK && i < names.n; i++)
		st = check_conv(&names.v[i], v, c, r, err);
	free(names.v);
	if (st != ST_OK)
		(void)vault_shared(v, NULL);
	return st;
}

/* With the vault held exclusively and the new key in it. */
static enum status reseal(
	struct vault *v, struct rotate_report *r, struct err *err)
{
	struct catalog *c = NULL;
	struct names names = {0};
	size_t i;
	enum status st = catalog_open(v, &c, err);

	if (st == ST_OK)
		st = gather(v, &names, err);
	for (i = 0; st == ST_OK && i < names.n; i++) {
		st = rotate_conv(&names.v[i], v, c, r, err);
		tell_progress(r, i + 1, names.n);
	}
	/* The index last: it remembers which conversations are deleted. */
	if (st == ST_OK)
		st = catalog_rewrite(c, err);
	catalog_close(c);
	free(names.v);
	return st == ST_OK ? vault_rotate_end(v, err) : st;
}

enum status rotate_run(struct vault *v, const struct vault_secret *s,
	struct rotate_report *r, struct err *err)
{
	enum status st = vault_rotate_begin(v, s, err);

	if (st == ST_OK)
		st = reseal(v, r, err);
	(void)vault_shared(v, NULL);
	return st;
}

enum status rotate_finish(
	struct vault *v, struct rotate_report *r, struct err *err)
{
	enum status st;

	if (!vault_rotating(v))
		return ST_OK;
	st = vault_exclusive(v, VAULT_LOCK_MS, err);
	if (st != ST_OK)
		return st;
	if (vault_rotating(v))
		st = reseal(v, r, err);
	(void)vault_shared(v, NULL);
	return st;
}
