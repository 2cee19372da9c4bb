#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "store/catalog_priv.h"
#include "store/graves.h"
#include "store/journal_priv.h"
#include "store/temps.h"

/* The index is rewritten when it is larger than this and larger than twice what
 * counts. */
#define SLACK ((size_t)64 * 1024)

enum { TRIES = 4 };

/* What a refresh has seen. */
struct seen {
	struct catalog *catalog;
	size_t reappeared; /* files of deleted conversations */
	size_t gone; /* conversations without files, not yet reported */
	size_t unreadable; /* conversations */
	bool anew; /* the index is missing or cannot be read */
};

/* Whether size and time of this file are as its entry says. */
static bool as_noted(const struct row *row, const uint8_t device[VAULT_DEVICE],
	uint32_t seg_no, const struct stat *sb)
{
	struct entry e;
	size_t i;

	if (row->payload == NULL ||
		!entry_get(span_of(row->payload, row->payload_n), &row->id, &e))
		return false;
	for (i = 0; i < e.heads.n; i += ENTRY_HEAD) {
		struct head h;

		head_get((const uint8_t *)e.heads.p + i, &h);
		if (h.seg_no == seg_no &&
			memcmp(h.device, device, VAULT_DEVICE) == 0)
			return h.file_size == (uint64_t)sb->st_size &&
				h.file_ns == stat_ns(sb);
	}
	return false;
}

/* Counts a segment for its row, and marks the row when the segment is not as
 * noted; removes a leftover temporary file. */
static enum status look_at_file(
	int dir, const char *name, void *payload, struct err *err)
{
	struct seen *seen = payload;
	struct catalog *c = seen->catalog;
	uint8_t device[VAULT_DEVICE];
	char stem[PLACE_STEM];
	struct stat sb;
	struct id id;
	struct row *row;
	uint32_t seg_no;

	if (temps_named(name) && !vault_reading(c->vault))
		(void)temps_remove(c->vault, dir, name, false);
	if (!place_parse(name, stem, device, &seg_no) ||
		!id_parse(span_str(stem), &id) ||
		fstatat(dir, name, &sb, AT_SYMLINK_NOFOLLOW) != 0 ||
		!S_ISREG(sb.st_mode))
		return ST_OK;
	row = catalog_need_row(c, &id);
	if (row == NULL)
		return c->n >= CATALOG_MAX
			? err_set(err, ST_LIMIT, "more than %zu conversations",
				  CATALOG_MAX)
			: err_nomem(err);
	if (row->deleted) {
		seen->reappeared++;
		return ST_OK;
	}
	row->files++;
	if (!row->stale && !as_noted(row, device, seg_no, &sb))
		row->stale = true;
	return ST_OK;
}

static enum status look_at_files(
	struct catalog *c, struct seen *seen, struct err *err)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		c->rows[i].files = 0;
		c->rows[i].stale = false;
	}
	return place_each_conv(c->vault, look_at_file, seen, err);
}

/* Keeps the entry in its row and, with `append`, in the index, which is not
 * appended to when it is about to be rewritten. */
static enum status store_entry(struct catalog *c, size_t i,
	const struct entry *e, bool append, struct err *err)
{
	struct record r;
	enum status st = catalog_record(c, e, &r, err);

	if (st != ST_OK)
		return st;
	if (!catalog_set_row(c, &c->rows[i], r.payload,
		    frame_padded(SEGMENT_FIXED + r.payload.n) + BOX_TAG +
			    FRAME_HEAD + FRAME_FOOT))
		return err_nomem(err);
	if (append && !vault_reading(c->vault) &&
		index_append(&c->index, &r, err) != ST_OK) {
		log_debug("index: cannot append");
		err_clear(err);
	}
	return ST_OK;
}

/* Reads a conversation again, because its files are not as noted. */
static enum status read_again(struct catalog *c, size_t i, bool append,
	struct seen *seen, struct err *err)
{
	struct journal_with with = {c->vault, c, NULL, NULL};
	struct journal *j = NULL;
	struct id id = c->rows[i].id;
	struct entry e;
	enum status st = journal_open(&with, &id, &j, err);

	if (st == ST_OK)
		st = journal_read(j, err);
	if (st == ST_OK)
		st = journal_entry(j, &c->heads, &e, err);
	if (st == ST_OK)
		st = store_entry(c, i, &e, append, err);
	journal_close(j);
	if (st == ST_OK || st == ST_NOMEM || st == ST_LOCKED)
		return st;
	/* One bad conversation must not hide the others. */
	seen->unreadable++;
	log_debug("index: %s", err != NULL ? err->msg : "unreadable");
	err_clear(err);
	return ST_OK;
}

/* Notes that the files of a conversation are gone though it was not deleted
 * here. */
static enum status note_gone(struct catalog *c, size_t i, bool append,
	struct seen *seen, struct err *err)
{
	struct row *row = &c->rows[i];
	struct entry e;

	if (!entry_get(span_of(row->payload, row->payload_n), &row->id, &e) ||
		(e.flags & (ENTRY_GONE | ENTRY_RESERVED)))
		return ST_OK;
	seen->gone++;
	e.flags |= ENTRY_GONE;
	return store_entry(c, i, &e, append, err);
}

static size_t heads_of(const struct row *row)
{
	struct entry e;

	if (row->payload == NULL ||
		!entry_get(span_of(row->payload, row->payload_n), &row->id, &e))
		return 0;
	return e.heads.n / ENTRY_HEAD;
}

static enum status renew_rows(
	struct catalog *c, struct seen *seen, struct err *err)
{
	struct err own;
	size_t i;
	enum status st = ST_OK;

	for (i = 0; i < c->n && st == ST_OK; i++) {
		struct row *row = &c->rows[i];

		if (row->deleted)
			continue;
		if (row->files == 0 && row->payload != NULL)
			st = note_gone(c, i, !seen->anew, seen, &own);
		else if (row->files > 0 &&
			(row->stale || heads_of(row) != row->files))
			st = read_again(c, i, !seen->anew, seen, &own);
	}
	if (st != ST_OK && err != NULL)
		*err = own;
	return st;
}

enum status catalog_put_rows(struct catalog *c, struct err *err)
{
	size_t i;
	enum status st = ST_OK;

	for (i = 0; i < c->n && st == ST_OK; i++) {
		const struct row *row = &c->rows[i];
		struct record r = {.type = RECORD_ENTRY, .id = row->id};

		if (row->deleted)
			r.type = RECORD_DELETED;
		else if (row->payload == NULL)
			continue;
		else
			r.payload = span_of(row->payload, row->payload_n);
		st = index_put(&c->index, &r, err);
	}
	return st;
}

/*
 * Rewrites the index from the rows. With the lock held, the index is first read
 * to its end: what others wrote after we looked replaces what we have, as it
 * should. If another process has replaced the index, our rows are gone, and
 * ST_BUSY tells the caller to look again.
 */
static enum status rewrite(struct catalog *c, struct err *err)
{
	uint64_t resets = c->resets;
	enum status st = index_begin(&c->index, err);

	if (st != ST_OK)
		return st;
	if (c->resets != resets)
		return index_commit(&c->index,
			err_set(err, ST_BUSY, "the index was replaced"), NULL);
	return index_commit(&c->index, catalog_put_rows(c, err), err);
}

static void tell_seen(struct catalog *c, const struct seen *seen)
{
	if (seen->reappeared > 0 && !c->told_reappeared) {
		c->told_reappeared = true;
		catalog_tell(c,
			"%zu files of deleted conversations have come back; "
			"they are not read",
			seen->reappeared);
	}
	if (seen->gone > 0)
		catalog_tell(c,
			"%zu conversation%s gone: the files were removed, "
			"but not by atllama on this machine",
			seen->gone, seen->gone == 1 ? " is" : "s are");
	if (seen->unreadable > 0)
		catalog_tell(c,
			"%zu conversations cannot be read; \"atllama verify\" "
			"says why",
			seen->unreadable);
}

/* Whether an anchor can have been lost: not if there is but one conversation,
 * which may be new. */
static bool had_anchor(const struct catalog *c)
{
	size_t live = 0;
	size_t i;

	for (i = 0; i < c->n; i++)
		live += c->rows[i].files > 0;
	return live > 1;
}

static void tell_anew(struct catalog *c, const struct seen *seen, bool lost)
{
	if (seen->anew && had_anchor(c))
		catalog_tell(c,
			"the list of conversations was rebuilt from the files; "
			"if any were cut or replaced before, that can no "
			"longer be noticed");
	else if (lost)
		catalog_tell(c,
			"the list of conversations was damaged and has been "
			"repaired from the files");
}

static enum status on_grave(const struct id *id, void *payload, struct err *err)
{
	struct row *row = catalog_need_row(payload, id);

	if (row == NULL)
		return err_nomem(err);
	row->deleted = true;
	return ST_OK;
}

/* Reads the index, then looks at the files, then renews what has changed. */
static enum status look(struct catalog *c, struct seen *seen, struct err *err)
{
	enum status st;

	c->broken = false;
	st = index_sync(&c->index, err);
	if (st == ST_NOMEM || st == ST_LOCKED)
		return st;
	if (st != ST_OK) {
		err_clear(err);
		catalog_drop_rows(c);
		seen->anew = true;
		st = graves_each(c->vault, on_grave, c, err);
		if (st == ST_NOMEM)
			return st;
		if (st != ST_OK)
			log_debug("index: what was deleted does not read");
		err_clear(err);
	}
	if (c->broken)
		return err_nomem(err);
	c->building = true;
	st = look_at_files(c, seen, err);
	if (st == ST_OK)
		st = renew_rows(c, seen, err);
	c->building = false;
	return st;
}

static bool mostly_dead(const struct catalog *c)
{
	uint64_t size = c->index.scan.end;

	return size > SLACK && size > 2 * (uint64_t)c->live;
}

static bool wants_rewrite(const struct catalog *c, const struct seen *seen)
{
	return !vault_reading(c->vault) &&
		(seen->anew || c->index.losses > 0 || mostly_dead(c));
}

void catalog_reduce(struct catalog *c)
{
	if (index_sync(&c->index, NULL) == ST_OK && !c->broken &&
		mostly_dead(c))
		(void)rewrite(c, NULL);
}

enum status catalog_refresh(struct catalog *c, struct err *err)
{
	bool again = true;
	int tries;

	for (tries = 0; again && tries < TRIES; tries++) {
		struct seen seen = {.catalog = c};
		struct err own;
		enum status st = look(c, &seen, err);

		if (st != ST_OK)
			return st;
		again = false;
		if (wants_rewrite(c, &seen)) {
			bool lost = c->index.losses > 0;

			st = rewrite(c, &own);
			again = st == ST_BUSY;
			if (st == ST_OK)
				tell_anew(c, &seen, lost);
			else if (!again && !c->unkept)
				catalog_tell(c,
					"the list of conversations cannot be "
					"kept: %s",
					own.msg);
			c->unkept = st != ST_OK && !again;
		}
		if (!again)
			tell_seen(c, &seen);
	}
	return ST_OK;
}

enum status catalog_rewrite(struct catalog *c, struct err *err)
{
	enum status st = ST_BUSY;
	int tries;

	for (tries = 0; st == ST_BUSY && tries < TRIES; tries++) {
		st = catalog_refresh(c, err);
		if (st == ST_OK)
			st = rewrite(c, err);
	}
	return st;
}
