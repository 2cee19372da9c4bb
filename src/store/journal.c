#include "store/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/vec.h"
#include "store/catalog.h"
#include "store/catalog_priv.h"
#include "store/journal_priv.h"

enum { PATH_MAX_BYTES = 64 * 1024 };

#define OUT_MAX (RECORD_PAYLOAD_MAX / 8 * 9 + FRAME_TOTAL_MAX)

void jseg_free(struct jseg *js)
{
	if (js == NULL)
		return;
	if (js->fd >= 0)
		(void)close(js->fd);
	segment_release(&js->segment);
	buf_release(&js->path);
	free(js);
}

static void drop_segments(struct journal *j)
{
	size_t i;

	for (i = 0; i < j->n; i++)
		jseg_free(j->segs[i]);
	j->n = 0;
}

void journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	drop_segments(j);
	free(j->segs);
	scan_window_release(&j->window);
	buf_release(&j->folder);
	buf_release(&j->out);
	buf_release(&j->heads);
	buf_release(&j->parts);
	buf_release(&j->report.text);
	track_release(&j->track);
	free(j);
}

const struct id *journal_id(const struct journal *j)
{
	return &j->id;
}

const struct journal_report *journal_report(const struct journal *j)
{
	return &j->report;
}

struct jseg *journal_last(const struct journal *j)
{
	return j->n > 0 ? j->segs[j->n - 1] : NULL;
}

/* The anchor of this segment, and the copy of its header that goes with it. */
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
 * The header, from the file or else from the index. What is wrong with it is
 * told and not an error, but for a locked vault and a later version.
 */
static enum status read_header(
	struct journal *j, struct jseg *js, struct err *err)
{
	uint8_t bytes[SEGMENT_HEADER];
	struct err why;
	ssize_t n = pread(js->fd, bytes, sizeof(bytes), 0);
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
		if (js->anchored &&
			!id_eq(&js->head.seg, &js->segment.info.seg)) {
			journal_tell(j, js, true,
				"is not the file that was here before");
			js->anchored = false;
		}
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

/* Segments that the index knows of and that are gone, and ones that name a
 * predecessor which is not there. */
static void check_missing(struct journal *j)
{
	struct entry e;
	size_t i;
	size_t k;

	for (i = 0; i < j->n; i++) {
		struct jseg *js = j->segs[i];
		struct jseg *prev = i > 0 ? j->segs[i - 1] : NULL;

		if (!js->unreadable &&
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
		if (k == j->n)
			journal_tell(j, NULL, true,
				"segment %u of the conversation is missing",
				h.seg_no);
	}
}

enum status journal_find(struct journal *j, struct err *err)
{
	struct found *found = NULL;
	size_t n = 0;
	size_t i;
	enum status st = list_folder(j, &found, &n, err);

	if (n > 1)
		qsort(found, n, sizeof(*found), found_cmp);
	for (i = 0; i < n && st == ST_OK; i++)
		st = add_segment(j, found[i].device, found[i].no, err);
	free(found);
	if (st == ST_OK && j->n > 0)
		check_missing(j);
	return st;
}

enum status journal_restart(struct journal *j, struct err *err)
{
	drop_segments(j);
	j->fresh = false;
	track_reset(&j->track);
	j->parts_n = UINT32_MAX;
	j->later = false;
	j->caught_up = false;
	j->report.records = 0;
	j->report.lost = 0;
	j->report.gaps = 0;
	j->report.torn = 0;
	j->report.damaged = false;
	buf_reset(&j->report.text);
	return journal_find(j, err);
}

enum status jseg_same(const struct jseg *js, bool *ret, struct err *err)
{
	struct stat sb;

	if (lstat(js->path.p, &sb) != 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return err_set(err, ST_NOT_FOUND,
				"the conversation was deleted by another "
				"process");
		return err_sys(err, ST_IO, "cannot look at \"%s\"", js->path.p);
	}
	*ret = sb.st_dev == js->dev && sb.st_ino == js->ino;
	return ST_OK;
}

static enum status journal_new(const struct journal_with *w,
	const struct id *conv, struct journal **ret, struct err *err)
{
	struct journal *j = calloc(1, sizeof(*j));
	enum status st;

	if (j == NULL)
		return err_nomem(err);
	j->with = *w;
	j->parts_n = UINT32_MAX;
	buf_init(&j->folder, PATH_MAX_BYTES);
	buf_init(&j->out, OUT_MAX);
	buf_init(&j->heads, (size_t)ENTRY_HEADS_MAX * ENTRY_HEAD);
	buf_init(&j->parts, RECORD_PAYLOAD_MAX);
	buf_init(&j->report.text, BUF_SMALL);
	track_init(&j->track);
	j->fresh = conv == NULL;
	if (conv != NULL)
		j->id = *conv;
	else
		box_random_id(&j->id);
	id_hex(&j->id, j->stem);
	place_conv_folder(w->vault, &j->id, &j->folder);
	st = buf_check(&j->folder, "path", err);
	if (st == ST_OK)
		st = vault_device(w->vault, j->device, err);
	if (st != ST_OK) {
		journal_close(j);
		return st;
	}
	*ret = j;
	return ST_OK;
}

static enum status refuse_deleted(
	const struct journal_with *w, const struct id *conv, struct err *err)
{
	if (w->catalog != NULL && catalog_deleted(w->catalog, conv))
		return err_set(
			err, ST_NOT_FOUND, "the conversation was deleted");
	return ST_OK;
}

enum status journal_create(const struct journal_with *w, const struct id *conv,
	struct journal **ret, struct err *err)
{
	struct journal *j = NULL;
	enum status st = ST_OK;

	if (conv != NULL)
		st = refuse_deleted(w, conv, err);
	if (st == ST_OK)
		st = journal_new(w, conv, &j, err);
	if (st == ST_OK && conv != NULL)
		st = journal_find(j, err);
	if (st == ST_OK && j->n > 0)
		st = err_set(err, ST_BUSY, "there is a conversation %s already",
			j->stem);
	if (st != ST_OK) {
		journal_close(j);
		return st;
	}
	*ret = j;
	return ST_OK;
}

enum status journal_open(const struct journal_with *w, const struct id *conv,
	struct journal **ret, struct err *err)
{
	struct journal *j = NULL;
	enum status st = refuse_deleted(w, conv, err);
	size_t i;

	if (st == ST_OK)
		st = journal_new(w, conv, &j, err);
	if (st == ST_OK)
		st = journal_find(j, err);
	if (st != ST_OK)
		goto fail;
	if (j->n == 0) {
		st = err_set(err, ST_NOT_FOUND, "no conversation %s", j->stem);
		goto fail;
	}
	for (i = 0; i < j->n; i++)
		if (!j->segs[i]->unreadable)
			break;
	if (i == j->n) {
		st = err_set(err, ST_DAMAGED,
			"conversation %s cannot be "
			"read: %s",
			j->stem, j->report.text.p);
		goto fail;
	}
	*ret = j;
	return ST_OK;
fail:
	journal_close(j);
	return st;
}

static bool name_ok(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n < PLACE_STEM && name[n] == '\0';
}

enum status journal_open_reserved(const struct journal_with *w,
	const char *name, struct journal **ret, struct err *err)
{
	struct span parts[2] = {span_str("atl/s/v1"), span_str(name)};
	struct journal *j = NULL;
	struct id id;
	enum status st;

	if (!name_ok(name))
		return err_set(err, ST_USAGE,
			"\"%s\" is no name of a reserved conversation", name);
	box_hash(id.b, ID_LEN, (struct span){NULL, 0}, parts, 2);
	st = journal_new(w, &id, &j, err);
	if (st != ST_OK)
		return st;
	j->reserved = true;
	memcpy(j->stem, name, strlen(name) + 1);
	place_folder(w->vault, "s", &j->folder);
	st = buf_check(&j->folder, "path", err);
	if (st == ST_OK)
		st = journal_find(j, err);
	if (st != ST_OK) {
		journal_close(j);
		return st;
	}
	*ret = j;
	return ST_OK;
}
