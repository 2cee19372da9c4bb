#include "store/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/catalog.h"
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

enum status journal_restart(struct journal *j, struct err *err)
{
	drop_segments(j);
	j->fresh = false;
	track_reset(&j->track);
	j->parts_n = UINT32_MAX;
	j->later = false;
	j->leftover = 0;
	j->caught_up = false;
	j->report.records = 0;
	j->report.lost = 0;
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
	j->window.shared = true;
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
