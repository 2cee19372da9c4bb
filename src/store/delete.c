#include "store/delete.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vec.h"
#include "store/catalog.h"
#include "store/disk.h"
#include "store/intent.h"
#include "store/live.h"
#include "store/segment.h"
#include "store/shred.h"

enum {
	PATH_MAX_BYTES = 64 * 1024,
	/* Where the wrapped key lies in each copy of a segment's header. */
	KEY_AT = VAULT_AD,
	KEY_BYTES = BOX_NONCE + VAULT_WRAPPED,
	/* How many conversations have their files open and locked at once. */
	BATCH = 64,
	LOCKED_MAX = 64 * 1024, /* files of a batch */
};

void delete_report_init(struct delete_report *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->text, BUF_LARGE);
}

void delete_report_release(struct delete_report *r)
{
	buf_release(&r->text);
	delete_report_init(r);
}

static int id_order(const void *a, const void *b)
{
	return id_cmp(a, b);
}

bool delete_has(const struct id *ids, size_t n, const struct id *id)
{
	return bsearch(id, ids, n, sizeof(*ids), id_order) != NULL;
}

/*
 * Files
 */

enum status shred_fd(int fd, const char *path, struct err *err)
{
	uint8_t noise[KEY_BYTES];
	struct stat sb;
	unsigned copy;

	if (fstat(fd, &sb) != 0)
		return err_sys(err, ST_IO, "cannot look at \"%s\"", path);
	for (copy = 0; copy < 2; copy++) {
		off_t at = (off_t)copy * (off_t)SEGMENT_COPY + (off_t)KEY_AT;
		size_t n = sizeof(noise);

		if (at >= sb.st_size)
			break;
		if (sb.st_size - at < (off_t)n)
			n = (size_t)(sb.st_size - at);
		box_random(noise, n);
		if (pwrite(fd, noise, n, at) != (ssize_t)n)
			return err_sys(
				err, ST_IO, "cannot overwrite \"%s\"", path);
	}
	if (fdatasync(fd) != 0)
		return err_sys(err, ST_IO, "cannot sync \"%s\"", path);
	return ST_OK;
}

enum status shred_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	enum status st;

	if (fd < 0 && errno == ENOENT)
		return ST_OK;
	if (fd < 0)
		return err_sys(err, ST_IO, "cannot open \"%s\"", path);
	st = shred_fd(fd, path, err);
	(void)close(fd);
	if (st == ST_OK && unlink(path) != 0 && errno != ENOENT)
		st = err_sys(err, ST_IO, "cannot remove \"%s\"", path);
	return st;
}

/* Calls fn with the path of each file in a folder of the vault whose name
 * begins with the stem. It is no error if there is no such folder. */
typedef enum status path_fn(const char *path, void *payload, struct err *err);

static enum status each_file(const char *folder, const char *stem, path_fn *fn,
	void *payload, struct err *err)
{
	DIR *dir = opendir(folder);
	struct dirent *de;
	struct buf path;
	enum status st = ST_OK;

	if (dir == NULL)
		return errno == ENOENT
			? ST_OK
			: err_sys(err, ST_IO, "cannot read folder \"%s\"",
				  folder);
	buf_init(&path, PATH_MAX_BYTES);
	while (st == ST_OK && (de = readdir(dir)) != NULL) {
		if (de->d_name[0] == '.' ||
			strncmp(de->d_name, stem, strlen(stem)) != 0)
			continue;
		buf_reset(&path);
		buf_fmt(&path, "%s/%s", folder, de->d_name);
		st = buf_check(&path, "path", err);
		if (st == ST_OK)
			st = fn(path.p, payload, err);
	}
	(void)closedir(dir);
	buf_release(&path);
	return st;
}

/*
 * One batch
 */

struct locked {
	char *path;
	int fd;
};

struct batch {
	struct vault *vault;
	struct catalog *catalog;
	struct delete_report *report;
	struct locked *files; /* open and locked */
	size_t n;
	size_t cap;
	struct id ids[BATCH]; /* sorted: those that can be deleted */
	size_t ids_n;
};

static void let_go(struct batch *b, size_t from)
{
	size_t i;

	for (i = from; i < b->n; i++) {
		(void)close(b->files[i].fd);
		free(b->files[i].path);
	}
	b->n = from;
}

static enum status lock_file(const char *path, void *payload, struct err *err)
{
	struct batch *b = payload;
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	enum status st;

	if (fd < 0 && errno == ENOENT)
		return ST_OK;
	if (fd < 0)
		return err_sys(err, ST_IO, "cannot open \"%s\"", path);
	st = disk_lock(fd, path, LOCK_EX, VAULT_LOCK_MS, err);
	if (st == ST_OK &&
		!vec_grow(&b->files, &b->cap, b->n + 1, sizeof(*b->files),
			LOCKED_MAX))
		st = err_nomem(err);
	if (st == ST_OK) {
		b->files[b->n].path = str_dup(path);
		b->files[b->n].fd = fd;
		if (b->files[b->n].path == NULL)
			st = err_nomem(err);
		else
			b->n++;
	}
	if (st != ST_OK)
		(void)close(fd);
	return st;
}

/* Locks all files of a conversation, unless another process is writing a reply
 * to it. */
static enum status lock_conv(
	struct batch *b, const struct id *id, struct err *err)
{
	size_t before = b->n;
	char stem[ID_HEX + 1];
	struct buf folder;
	struct buf who;
	enum status st = ST_OK;

	buf_init(&folder, PATH_MAX_BYTES);
	buf_init(&who, BUF_SMALL);
	id_hex(id, stem);
	if (live_writer(b->vault, id, &who)) {
		st = err_set(err, ST_BUSY,
			"conversation %.8s was not deleted: %s is writing a "
			"reply in it",
			stem, who.p);
		goto out;
	}
	place_conv_folder(b->vault, id, &folder);
	st = buf_check(&folder, "path", err);
	if (st == ST_OK)
		st = each_file(folder.p, stem, lock_file, b, err);
	if (st == ST_OK)
		b->ids[b->ids_n++] = *id;
	else
		let_go(b, before);
out:
	buf_release(&folder);
	buf_release(&who);
	return st;
}

static enum status shred_locked(struct batch *b, struct err *err)
{
	size_t i;
	enum status st = ST_OK;

	for (i = 0; i < b->n && st == ST_OK; i++)
		st = shred_fd(b->files[i].fd, b->files[i].path, err);
	return st;
}

static enum status unlink_locked(struct batch *b, struct err *err)
{
	size_t i;
	enum status st = ST_OK;

	for (i = 0; i < b->n && st == ST_OK; i++) {
		if (unlink(b->files[i].path) != 0 && errno != ENOENT)
			return err_sys(err, ST_IO, "cannot remove \"%s\"",
				b->files[i].path);
		b->report->files++;
		st = disk_sync_parent(b->files[i].path, err);
	}
	return st;
}

static enum status purge_file(const char *path, void *payload, struct err *err)
{
	struct batch *b = payload;
	enum status st = shred_file(path, err);

	b->report->files += st == ST_OK;
	return st;
}

/* Removes the live file of a reply that a crash has left in one of the
 * conversations. lock_conv() has made sure that it has no writer. */
static enum status purge_live(const char *path, void *payload, struct err *err)
{
	struct batch *b = payload;
	struct id conv;

	if (!live_is_of(path, &conv) || !delete_has(b->ids, b->ids_n, &conv))
		return ST_OK;
	return purge_file(path, b, err);
}

static enum status purge(struct batch *b, struct err *err)
{
	struct buf folder;
	size_t i;
	enum status st = ST_OK;

	buf_init(&folder, PATH_MAX_BYTES);
	place_folder(b->vault, "live", &folder);
	if (!folder.bad)
		st = each_file(folder.p, "", purge_live, b, err);
	place_folder(b->vault, "quarantine", &folder);
	for (i = 0; i < b->ids_n && st == ST_OK && !folder.bad; i++) {
		char stem[ID_HEX + 1];

		id_hex(&b->ids[i], stem);
		st = each_file(folder.p, stem, purge_file, b, err);
	}
	buf_release(&folder);
	return st;
}

/* Reports a failure; the first one is kept as the status. */
static void note_fault(struct delete_report *r, enum status st,
	const struct err *why, enum status *first, struct err *err)
{
	buf_str(&r->text, why->msg);
	buf_char(&r->text, '\n');
	if (*first != ST_OK)
		return;
	*first = st;
	if (err != NULL)
		*err = *why;
}

/* Notes the deletion in the index, then removes the files. On a full disk there
 * may be no room for the index before the files are gone, so that it comes
 * second; the keys have been overwritten by now. */
static enum status bury_locked(struct batch *b, struct err *err)
{
	enum status st = ST_OK;
	enum status gone;

	if (b->ids_n > 0)
		st = catalog_delete(b->catalog, b->ids, b->ids_n, err);
	if (st != ST_OK && st != ST_IO)
		return st;
	gone = unlink_locked(b, st == ST_OK ? err : NULL);
	if (st == ST_OK || gone != ST_OK)
		return st != ST_OK ? st : gone;
	/* An open file still takes up its room. */
	let_go(b, 0);
	return catalog_delete(b->catalog, b->ids, b->ids_n, err);
}

static enum status delete_batch(
	struct batch *b, const struct id *ids, size_t n, struct err *err)
{
	struct intent intent;
	struct err why;
	size_t i;
	enum status first = ST_OK;
	enum status st;

	for (i = 0; i < n; i++) {
		st = lock_conv(b, &ids[i], &why);
		if (st != ST_OK)
			note_fault(b->report, st, &why, &first, err);
	}
	intent_begin(&intent, b->vault, b->ids, b->ids_n);
	st = shred_locked(b, &why);
	if (st == ST_OK)
		st = bury_locked(b, &why);
	if (st == ST_OK)
		st = purge(b, &why);
	if (st == ST_OK && b->ids_n > 0)
		st = forget_lines(b->vault, b->catalog, b->ids, b->ids_n,
			b->report, &why);
	if (st == ST_OK)
		b->report->conversations += b->ids_n;
	else
		note_fault(b->report, st, &why, &first, err);
	intent_end(&intent, st == ST_OK);
	let_go(b, 0);
	b->ids_n = 0;
	return first;
}

enum status delete_convs(struct vault *v, struct catalog *c,
	const struct id *ids, size_t n, struct delete_report *r,
	struct err *err)
{
	struct batch *b = calloc(1, sizeof(*b));
	struct id *sorted = calloc(n + 1, sizeof(*sorted));
	size_t kept = 0;
	size_t i;
	enum status first = ST_OK;

	if (b == NULL || sorted == NULL) {
		free(b);
		free(sorted);
		return err_nomem(err);
	}
	if (n > 0)
		memcpy(sorted, ids, n * sizeof(*ids));
	qsort(sorted, n, sizeof(*sorted), id_order);
	for (i = 0; i < n; i++)
		if (kept == 0 || !id_eq(&sorted[kept - 1], &sorted[i]))
			sorted[kept++] = sorted[i];
	b->vault = v;
	b->catalog = c;
	b->report = r;
	for (i = 0; i < kept; i += BATCH) {
		size_t some = kept - i < BATCH ? kept - i : BATCH;
		struct err why;
		enum status st = delete_batch(b, sorted + i, some, &why);

		if (st != ST_OK && first == ST_OK) {
			first = st;
			if (err != NULL)
				*err = why;
		}
	}
	free(b->files);
	free(b);
	free(sorted);
	return first;
}

enum status delete_older(struct vault *v, struct catalog *c, int64_t before_ms,
	const struct id *except, struct delete_report *r, struct err *err)
{
	const struct catalog_entry *list;
	struct id *ids;
	size_t n;
	size_t old = 0;
	size_t i;
	enum status st = catalog_list(c, &list, &n, err);

	if (st != ST_OK)
		return st;
	ids = calloc(n + 1, sizeof(*ids));
	if (ids == NULL)
		return err_nomem(err);
	for (i = 0; i < n; i++)
		if (list[i].updated_ms < before_ms &&
			(except == NULL || !id_eq(&list[i].id, except)))
			ids[old++] = list[i].id;
	if (old > 0)
		st = delete_convs(v, c, ids, old, r, err);
	free(ids);
	return st;
}

enum status delete_finish(struct vault *v, struct catalog *c,
	struct delete_report *r, struct err *err)
{
	struct id *ids = NULL;
	size_t n = 0;
	enum status st = intent_left(v, &ids, &n, err);

	if (st == ST_OK && n > 0)
		st = delete_convs(v, c, ids, n, r, err);
	free(ids);
	return st;
}
