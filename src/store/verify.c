#include "store/verify.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/catalog_priv.h"
#include "store/verify_priv.h"

enum { PATH_MAX_BYTES = 64 * 1024, TEXT_MAX = 64 * 1024 };

void verify_tell(struct verify *y, enum verify_what what, const char *name)
{
	struct verify_fault f = {
		.what = what,
		.name = name,
		.title = buf_view(&y->title),
		.text = buf_view(&y->text),
	};

	if (y->text.len == 0)
		return;
	y->report->faults++;
	if (y->report->fault != NULL)
		y->report->fault(&f, y->report->payload);
	buf_reset(&y->text);
	buf_reset(&y->title);
}

static bool stopped(const struct verify *y)
{
	return y->report->stop != NULL && y->report->stop(y->report->payload);
}

static enum status each_conv(
	struct verify *y, const struct conv_names *names, struct err *err)
{
	size_t i;
	enum status st = ST_OK;

	for (i = 0; i < names->n && st == ST_OK; i++) {
		if (stopped(y))
			return err_set(err, ST_STOPPED, "stopped");
		st = verify_conv(y, &names->v[i], err);
		if (y->report->progress != NULL)
			y->report->progress(
				i + 1, names->n, y->report->payload);
	}
	return st;
}

/*
 * The index
 */

struct held {
	struct verify *verify;
	const struct conv_names *names;
	struct id *missing;
	size_t n;
};

static int stem_cmp(const void *key, const void *name)
{
	const struct conv_name *n = name;

	return n->reserved ? 1 : strcmp(key, n->stem);
}

/* The names have each conversation with files, sorted by id, after the reserved
 * ones. */
static enum status on_known(
	const struct id *id, bool deleted, void *payload, struct err *err)
{
	struct held *h = payload;
	char stem[ID_HEX + 1];
	struct id *grown;

	id_hex(id, stem);
	if (deleted ||
		(h->names->n > 0 &&
			bsearch(stem, h->names->v, h->names->n,
				sizeof(*h->names->v), stem_cmp) != NULL))
		return ST_OK;
	grown = reallocarray(h->missing, h->n + 1, sizeof(*grown));
	if (grown == NULL)
		return err_nomem(err);
	h->missing = grown;
	h->missing[h->n++] = *id;
	return ST_OK;
}

static void tell_missing(struct verify *y, const struct id *id)
{
	char stem[ID_HEX + 1];
	struct entry e;

	id_hex(id, stem);
	if (catalog_entry(y->catalog, id, &e))
		buf_set(&y->title, e.row.title);
	buf_fmt(&y->text,
		"all of its files are missing; \"atllama delete %s\" forgets "
		"it\n",
		stem);
	y->report->conversations++;
	y->report->damaged++;
	verify_tell(y, VERIFY_CONVERSATION, stem);
}

/* Reserved conversations have files but are not listed by their id. */
static bool is_reserved(const struct conv_names *names, const struct id *id)
{
	size_t i;

	for (i = 0; i < names->n && names->v[i].reserved; i++) {
		struct span parts[2] = {
			span_str("atl/s/v1"), span_str(names->v[i].stem)};
		struct id one;

		box_hash(one.b, ID_LEN, (struct span){NULL, 0}, parts, 2);
		if (id_eq(&one, id))
			return true;
	}
	return false;
}

static enum status check_index(
	struct verify *y, const struct conv_names *names, struct err *err)
{
	struct held h = {y, names, NULL, 0};
	uint64_t losses = 0;
	struct err why;
	size_t i;
	enum status st = catalog_each(y->catalog, on_known, &h, &losses, &why);

	y->report->anchored = st == ST_OK;
	if (st == ST_DAMAGED || st == ST_IO || st == ST_FAIL)
		buf_fmt(&y->text, "%s; it is made anew when it is needed\n",
			why.msg);
	else if (st == ST_OK && losses > 0)
		buf_fmt(&y->text,
			"it does not read in %llu places, and is repaired when "
			"it is needed\n",
			(unsigned long long)losses);
	else if (st != ST_OK && st != ST_NOT_FOUND) {
		if (err != NULL)
			*err = why;
		free(h.missing);
		return st;
	}
	verify_tell(y, VERIFY_INDEX, "index.ati");
	for (i = 0; i < h.n; i++)
		if (!is_reserved(names, &h.missing[i]))
			tell_missing(y, &h.missing[i]);
	free(h.missing);
	return ST_OK;
}

/*
 * The rest
 */

static void check_vault(struct verify *y)
{
	vault_faults(y->vault, &y->text);
	verify_tell(y, VERIFY_VAULT, "vault.atv");
}

struct looking {
	struct verify *verify;
	const char *folder;
};

static enum status on_live(const char *name, void *payload, struct err *err)
{
	const struct looking *l = payload;
	size_t n = strlen(name);
	struct buf path;
	int fd;
	enum status st;

	if (n < 4 || strcmp(name + n - 4, ".atj") != 0)
		return ST_OK;
	buf_init(&path, PATH_MAX_BYTES);
	buf_fmt(&path, "%s/%s", l->folder, name);
	st = buf_check(&path, "path", err);
	fd = st == ST_OK
		? open(path.p, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
		: -1;
	if (fd >= 0) {
		if (flock(fd, LOCK_SH | LOCK_NB) != 0)
			l->verify->report->live++;
		else
			l->verify->report->orphans++;
		(void)close(fd);
	}
	buf_release(&path);
	return st;
}

static enum status on_aside(const char *name, void *payload, struct err *err)
{
	const struct looking *l = payload;

	(void)name;
	(void)err;
	l->verify->report->aside++;
	return ST_OK;
}

static enum status on_file(const char *name, void *payload, struct err *err)
{
	const struct looking *l = payload;
	uint8_t device[VAULT_DEVICE];
	char stem[PLACE_STEM];
	size_t n = strlen(name);
	uint32_t no;

	(void)err;
	if (!place_parse(name, stem, device, &no) &&
		(n < 4 || strcmp(name + n - 4, ".tmp") != 0))
		l->verify->report->strangers++;
	return ST_OK;
}

static enum status on_folder(const char *name, void *payload, struct err *err)
{
	const struct looking *l = payload;
	struct looking below = *l;
	struct buf path;
	enum status st;

	buf_init(&path, PATH_MAX_BYTES);
	buf_fmt(&path, "%s/%s", l->folder, name);
	st = buf_check(&path, "path", err);
	below.folder = path.p;
	if (st == ST_OK)
		st = names_walk(path.p, on_file, &below, err);
	buf_release(&path);
	return st;
}

static enum status look_around(struct verify *y, struct err *err)
{
	static const struct {
		const char *folder;
		names_fn *fn;
	} places[] = {
		{"c", on_folder},
		{"s", on_file},
		{"live", on_live},
		{"quarantine", on_aside},
	};
	struct buf path;
	size_t i;
	enum status st = ST_OK;

	buf_init(&path, PATH_MAX_BYTES);
	for (i = 0; i < sizeof(places) / sizeof(places[0]) && st == ST_OK;
		i++) {
		struct looking l = {y, NULL};

		place_folder(y->vault, places[i].folder, &path);
		st = buf_check(&path, "path", err);
		l.folder = path.p;
		if (st == ST_OK)
			st = names_walk(path.p, places[i].fn, &l, err);
	}
	buf_release(&path);
	return st;
}

static enum status verify_all(struct verify *y, struct err *err)
{
	struct conv_names names = {NULL, 0, 0};
	enum status st = names_gather(y->vault, &names, err);

	check_vault(y);
	if (st == ST_OK && y->catalog != NULL)
		st = check_index(y, &names, err);
	if (st == ST_OK)
		st = each_conv(y, &names, err);
	if (st == ST_OK)
		st = look_around(y, err);
	free(names.v);
	return st;
}

static enum status on_nothing(
	const struct id *id, bool deleted, void *payload, struct err *err)
{
	(void)id;
	(void)deleted;
	(void)payload;
	(void)err;
	return ST_OK;
}

static enum status verify_some(
	struct verify *y, const struct id *ids, size_t n, struct err *err)
{
	struct conv_names all = {NULL, 0, 0};
	struct conv_names names = {calloc(n, sizeof(*names.v)), n, n};
	uint64_t losses;
	size_t i;
	enum status st = names.v == NULL ? err_nomem(err)
					 : names_gather(y->vault, &all, err);

	y->report->anchored = y->catalog != NULL &&
		catalog_each(y->catalog, on_nothing, NULL, &losses, NULL) ==
			ST_OK;
	for (i = 0, names.n = 0; i < n && st == ST_OK; i++) {
		struct conv_name one = {.reserved = false};

		id_hex(&ids[i], one.stem);
		if (all.n > 0 &&
			bsearch(one.stem, all.v, all.n, sizeof(*all.v),
				stem_cmp) != NULL)
			names.v[names.n++] = one;
		else if (y->catalog != NULL &&
			catalog_knows(y->catalog, &ids[i]))
			tell_missing(y, &ids[i]);
		else
			st = err_set(err, ST_NOT_FOUND,
				"there is no conversation %s", one.stem);
	}
	if (st == ST_OK)
		st = each_conv(y, &names, err);
	free(names.v);
	free(all.v);
	return st;
}

enum status verify_run(struct vault *v, struct catalog *c, const struct id *ids,
	size_t n, struct verify_report *r, struct err *err)
{
	struct verify y = {.vault = v, .catalog = c, .report = r};
	enum status st;

	buf_init(&y.text, TEXT_MAX);
	buf_init(&y.title, BUF_SMALL);
	st = n > 0 ? verify_some(&y, ids, n, err) : verify_all(&y, err);
	scan_window_release(&y.window);
	buf_release(&y.text);
	buf_release(&y.title);
	return st;
}
