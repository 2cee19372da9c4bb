#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/vec.h"
#include "store/catalog_priv.h"
#include "store/disk.h"
#include "store/journal_priv.h"
#include "store/shred.h"

enum { PATH_MAX_BYTES = 64 * 1024 };

/* Takes from the index the anchor of this segment and the copy of its
 * header. */
static void find_anchor(struct journal *j, struct jseg *js)
{
	const uint8_t *boot;
	struct entry e;
	size_t i;

	if (j->with.catalog == NULL || j->fresh ||
		!catalog_entry(j->with.catalog, &j->id, &e))
		return;
	for (i = 0; i < e.heads.n; i += ENTRY_HEAD) {
		struct head h;

		head_get((const uint8_t *)e.heads.p + i, &h);
		if (h.seg_no != js->no ||
			memcmp(h.device, js->device, VAULT_DEVICE) != 0)
			continue;
		js->head = h;
		js->anchored = h.size > 0;
		boot = journal_boot(j);
		js->rebooted = !box_is_zero(boot, ENTRY_BOOT) &&
			memcmp(boot, h.boot, ENTRY_BOOT) != 0;
	}
}

/*
 * Reads the header, from the file or, if it is damaged there, from the index.
 * Damage is reported and is not a failure; a locked vault and a header of a
 * later version are.
 */
static enum status read_header(
	struct journal *j, struct jseg *js, struct err *err)
{
	uint8_t bytes[SEGMENT_HEADER];
	struct err why;
	ssize_t n = fd_pread_full(js->fd, bytes, sizeof(bytes), 0);
	enum status st;

	if (n < 0)
		return err_sys(err, ST_IO, "cannot read \"%s\"", js->path.p);
	st = segment_read(&js->segment, j->with.vault, bytes, (size_t)n, &why);
	if (st == ST_DAMAGED && !id_is_none(&js->head.seg) &&
		segment_read(&js->segment, j->with.vault, js->head.header,
			SEGMENT_COPY, NULL) == ST_OK) {
		journal_tell(j, js, true,
			"the header is damaged and was taken from the index");
		js->spoiled = true;
		st = ST_OK;
	}
	if (st == ST_OK &&
		(!id_eq(&js->segment.info.conv, &j->id) ||
			js->segment.info.seg_no != js->no ||
			memcmp(js->segment.info.device, js->device,
				VAULT_DEVICE) != 0)) {
		segment_release(&js->segment);
		st = err_set(
			&why, ST_DAMAGED, "the header belongs to another file");
	}
	if (st == ST_DAMAGED) {
		journal_tell(j, js, true, "not readable: %s", why.msg);
		js->unreadable = true;
		js->spoiled = true;
		return ST_OK;
	}
	if (st != ST_OK) {
		if (err != NULL)
			*err = why;
		err_prefix(err, "\"%s\"", js->path.p);
	}
	return st;
}

static enum status open_file(
	struct journal *j, struct jseg *js, struct err *err)
{
	int flags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
	struct stat sb;

	js->fd = open(js->path.p, O_RDWR | flags);
	if (js->fd < 0 && (errno == EACCES || errno == EROFS)) {
		js->own = false;
		js->fd = open(js->path.p, O_RDONLY | flags);
	}
	if (js->fd < 0)
		return err_sys(err, errno == ENOENT ? ST_NOT_FOUND : ST_IO,
			"cannot open \"%s\"", js->path.p);
	if (fstat(js->fd, &sb) != 0)
		return err_sys(err, ST_IO, "cannot open \"%s\"", js->path.p);
	if (!S_ISREG(sb.st_mode))
		return err_set(
			err, ST_DAMAGED, "\"%s\" is not a file", js->path.p);
	js->dev = sb.st_dev;
	js->ino = sb.st_ino;
	find_anchor(j, js);
	js->head.file_size = (uint64_t)sb.st_size;
	js->head.file_ns = stat_ns(&sb);
	return read_header(j, js, err);
}

static enum status push(struct journal *j, struct jseg *js, struct err *err)
{
	if (!vec_grow(&j->segs, &j->cap, j->n + 1, sizeof(*j->segs),
		    (size_t)JOURNAL_SEG_MAX * 4))
		return err_nomem(err);
	j->segs[j->n++] = js;
	return ST_OK;
}

/* For when the index knows another segment of this number. If this one was made
 * of that one, it was compacted, and a crash came before the index was told. */
static void other_file(struct journal *j, struct jseg *js)
{
	const struct segment_info *info = &js->segment.info;

	js->renewed = (info->flags & SEGMENT_COMPACTED) &&
		id_eq(&info->prev_seg, &js->head.seg);
	if (!js->renewed && js->anchored)
		journal_tell(
			j, js, true, "is not the file that was here before");
	js->anchored = false;
	js->head.settled = false;
}

static enum status add_segment(struct journal *j,
	const uint8_t device[VAULT_DEVICE], uint32_t no, struct err *err)
{
	struct jseg *js = calloc(1, sizeof(*js));
	enum status st;

	if (js == NULL)
		return err_nomem(err);
	js->fd = -1;
	js->no = no;
	memcpy(js->device, device, VAULT_DEVICE);
	js->own = memcmp(device, j->device, VAULT_DEVICE) == 0;
	buf_init(&js->path, PATH_MAX_BYTES);
	place_segment(&js->path, j->folder.p, j->stem, device, no);
	st = buf_check(&js->path, "path", err);
	if (st == ST_OK)
		st = open_file(j, js, err);
	if (st == ST_OK && !js->unreadable) {
		scan_begin(&js->scan, &js->segment);
		if (!id_is_none(&js->head.seg) &&
			!id_eq(&js->head.seg, &js->segment.info.seg))
			other_file(j, js);
	}
	if (st == ST_OK)
		st = push(j, js, err);
	if (st != ST_OK)
		jseg_free(js);
	return st;
}

enum status journal_probe(
	struct journal *j, uint32_t no, bool *ret_found, struct err *err)
{
	struct buf path;
	bool there;
	enum status st = ST_OK;

	*ret_found = false;
	buf_init(&path, PATH_MAX_BYTES);
	place_segment(&path, j->folder.p, j->stem, j->device, no);
	there = !path.bad && access(path.p, F_OK) == 0;
	buf_release(&path);
	if (!there)
		return ST_OK;
	st = add_segment(j, j->device, no, err);
	if (st == ST_OK)
		*ret_found = true;
	return st;
}

enum status journal_lock_last(
	struct journal *j, bool *ret_moved, struct err *err)
{
	struct jseg *last = journal_last(j);
	bool same = true;
	bool more = false;
	enum status st = disk_lock(
		last->fd, last->path.p, LOCK_EX, VAULT_LOCK_MS, err);

	if (st == ST_OK)
		st = jseg_same(last, &same, err);
	if (st == ST_OK && same)
		st = journal_probe(j, last->no + 1, &more, err);
	*ret_moved = st == ST_OK && (!same || more);
	return st;
}

/* A segment found in the folder. */
struct found {
	uint8_t device[VAULT_DEVICE];
	uint32_t no;
};

static int found_cmp(const void *a, const void *b)
{
	const struct found *x = a;
	const struct found *y = b;

	if (x->no != y->no)
		return x->no < y->no ? -1 : 1;
	return memcmp(x->device, y->device, VAULT_DEVICE);
}

static enum status list_folder(
	struct journal *j, struct found **ret, size_t *ret_n, struct err *err)
{
	DIR *dir = opendir(j->folder.p);
	struct dirent *de;
	size_t cap = 0;

	if (dir == NULL && errno == ENOENT)
		return ST_OK;
	if (dir == NULL)
		return err_sys(
			err, ST_IO, "cannot read folder \"%s\"", j->folder.p);
	while ((de = readdir(dir)) != NULL) {
		char stem[PLACE_STEM];
		struct found f;

		if (!place_parse(de->d_name, stem, f.device, &f.no) ||
			strcmp(stem, j->stem) != 0)
			continue;
		if (!vec_grow(ret, &cap, *ret_n + 1, sizeof(**ret),
			    (size_t)JOURNAL_SEG_MAX * 4)) {
			(void)closedir(dir);
			return err_nomem(err);
		}
		(*ret)[(*ret_n)++] = f;
	}
	(void)closedir(dir);
	return ST_OK;
}

static bool compacted(const struct jseg *js)
{
	return !js->unreadable && (js->segment.info.flags & SEGMENT_COMPACTED);
}

/* Whether a compacted segment stands for the one of h, which the index
 * knows. */
static bool stood_for(const struct journal *j, const struct head *h)
{
	size_t i;

	for (i = 0; i < j->n; i++)
		if (compacted(j->segs[i]) && j->segs[i]->no > h->seg_no &&
			memcmp(j->segs[i]->device, h->device, VAULT_DEVICE) ==
				0)
			return true;
	return false;
}

/* Reports segments that the index knows and that are gone, and segments whose
 * header names a predecessor that is not there. */
static void check_missing(struct journal *j)
{
	struct entry e;
	size_t i;
	size_t k;

	for (i = 0; i < j->n; i++) {
		struct jseg *js = j->segs[i];
		struct jseg *prev = i > 0 ? j->segs[i - 1] : NULL;

		if (!js->unreadable && !compacted(js) &&
			!id_is_none(&js->segment.info.prev_seg) &&
			(prev == NULL ||
				(!prev->unreadable &&
					!id_eq(&js->segment.info.prev_seg,
						&prev->segment.info.seg))))
			journal_tell(j, js, true,
				"the segment before it is missing");
	}
	if (j->with.catalog == NULL ||
		!catalog_entry(j->with.catalog, &j->id, &e))
		return;
	for (i = 0; i < e.heads.n; i += ENTRY_HEAD) {
		struct head h;

		head_get((const uint8_t *)e.heads.p + i, &h);
		for (k = 0; k < j->n; k++)
			if (j->segs[k]->no == h.seg_no &&
				memcmp(j->segs[k]->device, h.device,
					VAULT_DEVICE) == 0)
				break;
		if (k == j->n && !stood_for(j, &h))
			journal_tell(j, NULL, true,
				"segment %u of the conversation is missing",
				h.seg_no);
	}
}

static void turn_round(struct journal *j)
{
	size_t i;

	for (i = 0; i < j->n / 2; i++) {
		struct jseg *js = j->segs[i];

		j->segs[i] = j->segs[j->n - 1 - i];
		j->segs[j->n - 1 - i] = js;
	}
}

/*
 * Adds the segments that were found, from the last to the first. Those that a
 * compacted segment of the same device stands for are not even opened: a crash
 * has left them, and their keys may be gone already.
 */
static enum status add_found(
	struct journal *j, const struct found *found, size_t n, struct err *err)
{
	const struct jseg *stands = NULL;
	enum status st = ST_OK;

	while (n-- > 0 && st == ST_OK) {
		if (stands != NULL &&
			memcmp(found[n].device, stands->device, VAULT_DEVICE) ==
				0) {
			j->leftover = stands->no;
			continue;
		}
		st = add_segment(j, found[n].device, found[n].no, err);
		if (st == ST_OK && stands == NULL && compacted(journal_last(j)))
			stands = journal_last(j);
	}
	turn_round(j);
	return st;
}

enum status journal_find(struct journal *j, struct err *err)
{
	struct found *found = NULL;
	size_t n = 0;
	enum status st = list_folder(j, &found, &n, err);

	if (n > 1)
		qsort(found, n, sizeof(*found), found_cmp);
	if (st == ST_OK)
		st = add_found(j, found, n, err);
	free(found);
	if (st == ST_OK && j->n > 0)
		check_missing(j);
	return st;
}

enum status journal_sweep(struct journal *j, uint32_t below, struct err *err)
{
	struct found *found = NULL;
	struct buf path;
	size_t n = 0;
	size_t i;
	enum status st = list_folder(j, &found, &n, err);

	buf_init(&path, PATH_MAX_BYTES);
	for (i = 0; i < n && st == ST_OK; i++) {
		if (found[i].no >= below ||
			memcmp(found[i].device, j->device, VAULT_DEVICE) != 0)
			continue;
		place_segment(&path, j->folder.p, j->stem, found[i].device,
			found[i].no);
		st = buf_check(&path, "path", err);
		if (st == ST_OK)
			st = shred_file(path.p, err);
	}
	if (st == ST_OK && j->n > 0)
		st = disk_sync_parent(j->segs[0]->path.p, err);
	if (st == ST_OK)
		j->leftover = 0;
	buf_release(&path);
	free(found);
	return st;
}
