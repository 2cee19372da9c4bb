#include "store/rotate.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/catalog_priv.h"
#include "store/disk.h"
#include "store/journal_priv.h"
#include "store/live.h"
#include "store/names.h"
#include "store/rotate_conv.h"
#include "store/temps.h"

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

/* Finds out what would be lost of one conversation. */
static enum status check_conv(const struct conv_name *name, struct vault *v,
	struct catalog *c, struct rotate_report *r, struct err *err)
{
	struct journal_with with = {.vault = v, .catalog = c};
	struct journal *j = NULL;
	struct err why;
	enum status st = names_open(name, &with, &j, &why);

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

/* Recovers all live files: they are sealed with the old key too, so none may be
 * left, or come back after a power loss, when nothing can open it any more. */
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
		st = names_walk(path.p, on_live, NULL, err);
	if (st == ST_OK && access(path.p, F_OK) == 0)
		st = disk_sync_folder(path.p, err);
	buf_release(&path);
	live_report_release(&report);
	return st;
}

enum status rotate_prepare(struct vault *v, struct catalog *c,
	struct rotate_report *r, struct err *err)
{
	struct conv_names names = {NULL, 0, 0};
	size_t i;
	enum status st = vault_exclusive(v, 0, err);

	if (st != ST_OK)
		return st;
	st = settle_live(v, c, err);
	if (st == ST_OK)
		st = names_gather(v, &names, err);
	for (i = 0; st == ST_OK && i < names.n; i++)
		st = check_conv(&names.v[i], v, c, r, err);
	free(names.v);
	if (st != ST_OK)
		(void)vault_shared(v, NULL);
	return st;
}

/* Seals everything again. The vault is held exclusively and has the new key. */
static enum status reseal(
	struct vault *v, struct rotate_report *r, struct err *err)
{
	struct catalog *c = NULL;
	struct conv_names names = {NULL, 0, 0};
	size_t i;
	enum status st = catalog_open(v, &c, err);

	if (st == ST_OK)
		st = names_gather(v, &names, err);
	for (i = 0; st == ST_OK && i < names.n; i++) {
		st = rotate_conv(&names.v[i], v, c, r, err);
		tell_progress(r, i + 1, names.n);
	}
	if (st == ST_OK)
		st = rotate_aside(v, r, err);
	/* Files that were being written under the old key are of no use. */
	if (st == ST_OK)
		(void)temps_sweep(v, true);
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
