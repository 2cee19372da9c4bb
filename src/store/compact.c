#include "store/compact.h"

#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/catalog_priv.h"
#include "store/dead.h"
#include "store/disk.h"
#include "store/journal_priv.h"
#include "store/live.h"
#include "store/names.h"
#include "store/present.h"
#include "store/rewrite.h"
#include "store/shred.h"
#include "store/temps.h"

enum { TRIES = 8 };

void compact_report_init(struct compact_report *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->text, BUF_LARGE);
}

void compact_report_release(struct compact_report *r)
{
	buf_release(&r->text);
	compact_report_init(r);
}

/* One conversation that is being compacted. */
struct compacting {
	struct vault *vault;
	struct catalog *catalog;
	const struct conv_name *name;
	struct compact_report *report;
	struct dead dead;
	struct rewrite w;
	uint64_t number; /* of the next record */
};

/* Leaves the conversation alone and reports the reason. */
static enum status leave(struct compacting *k, const char *why)
{
	buf_fmt(&k->report->text, "%s was left as it is: %s\n", k->name->stem,
		why);
	k->report->left++;
	return ST_OK;
}

static uint64_t bytes_of(const struct journal *j)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < j->n; i++)
		n += j->segs[i]->head.file_size;
	return n;
}

/* Whether another process has the conversation open: it would have to wait for
 * us, or would write beside us. */
static bool in_use(struct compacting *k, const struct journal *j)
{
	struct buf who;
	bool used;

	if (k->name->reserved)
		return false;
	buf_init(&who, BUF_SMALL);
	used = live_writer(k->vault, &j->id, &who) ||
		present_others(k->vault, &j->id, &who);
	if (used) {
		buf_str(&who, " has it open");
		(void)leave(k, who.p);
	}
	buf_release(&who);
	return used;
}

static bool may_be_compacted(struct compacting *k, const struct journal *j)
{
	size_t i;

	if (j->report.damaged) {
		k->report->damaged++;
		(void)leave(k,
			"it is damaged, and what does not read would be gone; "
			"\"atllama verify\" says what is wrong");
		return false;
	}
	if (j->later) {
		(void)leave(k, "a later version of atllama has written to it");
		return false;
	}
	for (i = 0; i < j->n; i++)
		if (!j->segs[i]->own) {
			(void)leave(k,
				"another device has written to it, or it is "
				"read-only");
			return false;
		}
	return true;
}

static enum status on_record(
	const struct record *r, uint64_t seq, void *payload, struct err *err)
{
	struct compacting *k = payload;

	(void)seq;
	if (dead_has(&k->dead, k->number++))
		return ST_OK;
	return rewrite_put(&k->w, r, err);
}

static void on_loss(const struct scan_loss *loss, void *payload)
{
	uint64_t *losses = payload;

	(void)loss;
	++*losses;
}

/* Reads the new file back from the disk: the old ones are removed only if it is
 * as it was written. */
static enum status read_back(struct compacting *k, struct err *err)
{
	struct scan_window window = {.p = NULL};
	struct scan scan;
	uint64_t losses = 0;
	enum status st;

	scan_begin(&scan, &k->w.seg);
	st = scan_run(&scan, &window, scan_pread, &k->w.fd, k->w.bytes, NULL,
		on_loss, &losses, err);
	scan_window_release(&window);
	if (st == ST_OK &&
		(losses > 0 || scan.next_seq != k->w.seq || scan.tail > 0 ||
			memcmp(scan.link, k->w.link, SEGMENT_LINK) != 0))
		st = err_set(err, ST_IO,
			"\"%s\" does not read as it was written: nothing was "
			"replaced",
			k->w.path.p);
	return st;
}

static enum status write_new(
	struct compacting *k, struct journal *j, struct err *err)
{
	uint8_t link[SEGMENT_LINK];
	size_t i;
	enum status st = rewrite_begin_all(
		&k->w, k->vault, j, journal_last(j)->scan.link, err);

	for (i = 0; i < j->n && st == ST_OK; i++)
		st = journal_each(j, j->segs[i], on_record, NULL, k, link, err);
	if (st == ST_OK && k->number != k->dead.records)
		st = err_set(err, ST_IO,
			"conversation %s does not read twice the same: "
			"nothing was replaced",
			j->stem);
	if (st == ST_OK)
		st = rewrite_put_note(
			&k->w, "what was here is not needed any more", err);
	if (st == ST_OK)
		st = rewrite_sync(&k->w, err);
	return st == ST_OK ? read_back(k, err) : st;
}

/* Keeps a copy of an unfinished append, as the next append would do. */
static enum status keep_tail(
	struct compacting *k, const struct jseg *last, struct err *err)
{
	if (last->scan.tail == 0)
		return ST_OK;
	return place_quarantine(k->vault, k->name->stem, last->fd,
		last->scan.end, last->scan.tail, err);
}

/* Compacts it; the last segment is locked and all of it has been read. */
static enum status compact_locked(
	struct compacting *k, struct journal *j, struct err *err)
{
	struct jseg *last = journal_last(j);
	uint64_t before = bytes_of(j);
	enum status st = dead_find(j, &k->dead, err);

	if (st != ST_OK)
		return st;
	if (j->n == 1 && k->dead.n == 0 && j->leftover == 0)
		return ST_OK;
	if (j->n == 1 && k->dead.n == 0)
		return journal_sweep(j, j->leftover, err);
	st = rewrite_settle(j, err);
	if (st == ST_OK)
		st = write_new(k, j, err);
	if (st == ST_OK)
		st = keep_tail(k, last, err);
	if (st == ST_OK)
		st = rewrite_replace(&k->w, last->path.p, err);
	if (st == ST_OK)
		st = rewrite_note(k->name, k->vault, k->catalog, err);
	if (st == ST_OK)
		st = shred_fd(last->fd, last->path.p, err);
	if (st == ST_OK)
		st = journal_sweep(j, last->no, err);
	if (st != ST_OK)
		return st;
	k->report->compacted++;
	k->report->records += k->dead.n;
	k->report->segments += j->n - 1;
	k->report->before += before;
	k->report->after += k->w.bytes;
	return ST_OK;
}

/* *ret_again: before we had the lock, the last segment was replaced or
 * continued in another one. */
static enum status compact_journal(struct compacting *k, struct journal *j,
	bool *ret_again, struct err *err)
{
	struct jseg *last;
	bool moved = false;
	enum status st = journal_read(j, err);

	if (st != ST_OK || j->n == 0 || in_use(k, j) || !may_be_compacted(k, j))
		return st;
	last = journal_last(j);
	st = journal_lock_last(j, &moved, err);
	/* What was appended meanwhile, now under the lock. */
	if (st == ST_OK && !moved)
		st = journal_scan(j, last, &moved, err);
	if (st == ST_OK && moved) {
		*ret_again = true;
		return ST_OK;
	}
	if (st == ST_OK && (last->scan.tail > 0 || journal_beyond(last)))
		(void)journal_judge(j, last);
	if (st != ST_OK || !may_be_compacted(k, j))
		return st;
	return compact_locked(k, j, err);
}

static enum status compact_one(struct vault *v, struct catalog *c,
	const struct conv_name *name, struct compact_report *r, struct err *err)
{
	struct journal_with with = {.vault = v, .catalog = c};
	bool again = true;
	int tries;
	enum status st = ST_OK;

	for (tries = 0; again && st == ST_OK; tries++) {
		struct compacting k = {
			.vault = v, .catalog = c, .name = name, .report = r};
		struct journal *j = NULL;

		if (tries == TRIES)
			return err_set(err, ST_BUSY,
				"conversation %s is being written by another "
				"process",
				name->stem);
		again = false;
		rewrite_init(&k.w);
		st = names_open(name, &with, &j, err);
		if (st == ST_OK)
			st = compact_journal(&k, j, &again, err);
		journal_close(j);
		rewrite_release(&k.w);
		dead_release(&k.dead);
	}
	return st;
}

/* Compacts one conversation. If that fails for a reason of its own, it is left
 * alone and reported, so that the others still have their turn. */
static enum status compact_name(struct vault *v, struct catalog *c,
	const struct conv_name *name, struct compact_report *r, struct err *err)
{
	struct err why = {0};
	enum status st;

	r->conversations++;
	st = compact_one(v, c, name, r, &why);
	switch (st) {
	case ST_OK:
	case ST_NOT_FOUND: return ST_OK; /* deleted, now or before */
	case ST_DAMAGED: r->damaged++; break;
	case ST_BUSY:
	case ST_FAIL:
	case ST_LOCKED:
	case ST_USAGE: break;
	default:
		if (err != NULL)
			*err = why;
		return st;
	}
	buf_fmt(&r->text, "%s was left as it is: %s\n", name->stem, why.msg);
	r->left++;
	return ST_OK;
}

/* Makes names of ids; the caller frees ret->v. */
static enum status named(
	const struct id *ids, size_t n, struct conv_names *ret, struct err *err)
{
	size_t i;

	ret->v = calloc(n, sizeof(*ret->v));
	if (ret->v == NULL)
		return err_nomem(err);
	for (i = 0; i < n; i++)
		id_hex(&ids[i], ret->v[i].stem);
	ret->n = n;
	return ST_OK;
}

enum status compact_convs(struct vault *v, struct catalog *c,
	const struct id *ids, size_t n, struct compact_report *r,
	struct err *err)
{
	struct conv_names names = {NULL, 0, 0};
	size_t i;
	enum status st = n > 0 ? named(ids, n, &names, err)
			       : names_gather(v, &names, err);

	for (i = 0; i < names.n && st == ST_OK; i++) {
		if (r->stop != NULL && r->stop(r->payload)) {
			st = err_set(err, ST_STOPPED, "stopped");
			break;
		}
		st = compact_name(v, c, &names.v[i], r, err);
		if (r->progress != NULL)
			r->progress(i + 1, names.n, r->payload);
	}
	if (st == ST_OK && n == 0)
		r->temps = temps_sweep(v, false);
	free(names.v);
	return st;
}

static uint64_t index_bytes(const struct catalog *c)
{
	struct stat sb;

	return stat(c->index.path.p, &sb) == 0 ? (uint64_t)sb.st_size : 0;
}

enum status compact_index(
	struct catalog *c, struct compact_report *r, struct err *err)
{
	uint64_t before = index_bytes(c);
	enum status st = catalog_rewrite(c, err);

	if (st == ST_OK) {
		r->index_before = before;
		r->index_after = index_bytes(c);
	}
	return st;
}
