#include <stdio.h>

#include "store/catalog_priv.h"
#include "store/journal_priv.h"
#include "store/names.h"
#include "store/rewrite.h"
#include "store/shred.h"

enum { TRIES = 8 };

/* A reserved conversation that is being rewritten. */
struct forgetting {
	struct vault *vault;
	const char *name; /* of the conversation */
	unsigned type; /* of the records to be removed */
	const struct id *ids; /* sorted */
	size_t n;
	size_t found; /* how many are to be removed */
	bool writing; /* otherwise only counting */
	struct rewrite w;
};

static enum status on_record(
	const struct record *r, uint64_t seq, void *payload, struct err *err)
{
	struct forgetting *f = payload;

	(void)seq;
	if (r->type == f->type && delete_has(f->ids, f->n, &r->id)) {
		f->found++;
		return ST_OK;
	}
	return f->writing ? rewrite_put(&f->w, r, err) : ST_OK;
}

static enum status scan_all(
	struct forgetting *f, struct journal *j, struct err *err)
{
	uint8_t link[SEGMENT_LINK];
	size_t i;
	enum status st = ST_OK;

	f->found = 0;
	for (i = 0; i < j->n && st == ST_OK; i++)
		if (!j->segs[i]->unreadable)
			st = journal_each(
				j, j->segs[i], on_record, NULL, f, link, err);
	return st;
}

/* Writes all that stays to a temporary file, synced, as one segment with the
 * number of the last one. */
static enum status write_new(
	struct forgetting *f, struct journal *j, struct err *err)
{
	enum status st = rewrite_begin_all(&f->w, f->vault, j, NULL, err);

	f->writing = true;
	if (st == ST_OK)
		st = scan_all(f, j, err);
	if (st == ST_OK)
		st = rewrite_put_note(
			&f->w, "what was before was deleted", err);
	return st == ST_OK ? rewrite_sync(&f->w, err) : st;
}

/*
 * Puts the new file in the place of the last segment, so that another process
 * that has the history open finds it replaced rather than gone. The old last
 * segment and those before it lose their keys.
 */
static enum status replace(
	struct forgetting *f, struct journal *j, struct err *err)
{
	struct jseg *last = journal_last(j);
	enum status st = rewrite_replace(&f->w, last->path.p, err);

	if (st == ST_OK)
		st = shred_fd(last->fd, last->path.p, err);
	return st == ST_OK ? journal_sweep(j, last->no, err) : st;
}

static bool all_ours(const struct journal *j)
{
	size_t i;

	for (i = 0; i < j->n; i++)
		if (!j->segs[i]->own || j->segs[i]->unreadable)
			return false;
	return true;
}

/* Does it once, with the journal open. *ret_again: before we had the lock, the
 * last segment was replaced or continued in another one. */
static enum status forget(struct forgetting *f, struct journal *j,
	bool *ret_again, struct err *err)
{
	enum status st = scan_all(f, j, err);

	if (st != ST_OK || (f->found == 0 && j->leftover == 0))
		return st;
	if (!all_ours(j))
		return err_set(err, ST_FAIL,
			"what was to go stays in the %s, part of which another "
			"device wrote or which does not read",
			f->name);
	st = journal_lock_last(j, ret_again, err);
	if (st != ST_OK || *ret_again)
		return st;
	/* Nothing to do but what a crash may have left of an earlier time. */
	if (f->found == 0)
		return journal_sweep(j, j->leftover, err);
	st = rewrite_settle(j, err);
	if (st == ST_OK)
		st = write_new(f, j, err);
	return st == ST_OK ? replace(f, j, err) : st;
}

static enum status forget_records(struct vault *v, struct catalog *c,
	const struct forgetting *what, size_t *ret_found, struct err *err)
{
	struct conv_name name = {.reserved = true};
	struct journal_with with = {.vault = v, .catalog = c};
	bool again = true;
	int tries;
	enum status st = ST_OK;

	(void)snprintf(name.stem, sizeof(name.stem), "%s", what->name);
	for (tries = 0; again && tries < TRIES && st == ST_OK; tries++) {
		struct forgetting f = *what;
		struct journal *j = NULL;

		again = false;
		f.vault = v;
		rewrite_init(&f.w);
		st = journal_open_reserved(&with, what->name, &j, err);
		if (st == ST_OK && j->n > 0)
			st = forget(&f, j, &again, err);
		/* Else the index would hold the old file's anchor against
		 * it. */
		if (st == ST_OK && f.w.seq > 0 && c != NULL)
			st = rewrite_note(&name, v, c, err);
		if (st == ST_OK && !again)
			*ret_found = f.found;
		journal_close(j);
		rewrite_release(&f.w);
	}
	if (st == ST_OK && again)
		st = err_set(err, ST_BUSY,
			"the %s is being rewritten by another process",
			what->name);
	return st;
}

enum status forget_lines(struct vault *v, struct catalog *c,
	const struct id *ids, size_t n, struct delete_report *r,
	struct err *err)
{
	struct forgetting what = {
		.name = "history", .type = RECORD_INPUT, .ids = ids, .n = n};
	size_t found = 0;
	enum status st = forget_records(v, c, &what, &found, err);

	r->lines += found;
	return st;
}

enum status delete_values(struct vault *v, struct catalog *c, const char *name,
	const struct id *ids, size_t n, struct err *err)
{
	struct forgetting what = {
		.name = name, .type = RECORD_VALUE, .ids = ids, .n = n};
	size_t found = 0;

	return forget_records(v, c, &what, &found, err);
}
