#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/disk.h"
#include "store/keyring.h"
#include "store/vault_priv.h"

/*
 * The new key is in the slots before anything is sealed with it, and the old
 * one is in the reserve until nothing is sealed with it any more. So wherever a
 * rotation is killed, the present secret opens the vault, and the vault opens
 * everything.
 */

enum status vault_fits(const struct vault *v, const struct vault_secret *s,
	bool ret[VAULT_SLOTS], struct err *err)
{
	struct vault_slot slot;
	uint8_t mk[BOX_KEY];
	size_t n = 0;
	size_t i;
	enum status st = ST_OK;

	memset(ret, 0, VAULT_SLOTS * sizeof(*ret));
	for (i = 0; i < VAULT_SLOTS; i++) {
		if (!vault_slot_get(&v->file, i, &slot))
			continue;
		st = vault_slot_open(&v->file, i, s, mk, err);
		box_wipe(mk, sizeof(mk));
		if (st != ST_OK && st != ST_LOCKED)
			return st;
		ret[n++] = st == ST_OK;
	}
	err_clear(err);
	return ST_OK;
}

struct rotation {
	const struct vault_secret *s;
	struct secret keys; /* the new ones */
};

/* Wraps the new key for slot i, or empties the slot; *ret_kept says which. */
static enum status rewrap(struct vault *v, const struct rotation *r,
	struct vault_file *next, size_t i, bool *ret_kept, struct err *err)
{
	struct vault_params params = {.allow_weak = true};
	struct vault_slot slot;
	uint8_t mk[BOX_KEY];
	enum status st;

	*ret_kept = false;
	if (!vault_slot_get(&v->file, i, &slot)) {
		memset(vault_file_slot(next, i), 0, VS_LEN);
		return ST_OK;
	}
	st = vault_slot_open(&v->file, i, r->s, mk, err);
	if (st == ST_OK && !box_equal(mk, vault_key(v, KEY_MASTER), BOX_KEY))
		st = err_set(err, ST_DAMAGED,
			"a key slot holds the key of another vault");
	box_wipe(mk, sizeof(mk));
	if (st == ST_LOCKED) {
		memset(vault_file_slot(next, i), 0, VS_LEN);
		return ST_OK;
	}
	if (st != ST_OK)
		return st;
	params.t = slot.t;
	params.m_kib = slot.m_kib;
	st = vault_make_slot(next, i, slot.type, r->s, &params, slot.label,
		r->keys.p + KEY_MASTER, err);
	*ret_kept = st == ST_OK;
	return st;
}

static enum status begin(struct vault *v, struct vault_file *next,
	void *payload, struct err *err)
{
	struct rotation *r = payload;
	size_t kept = 0;
	size_t i;
	enum status st = ST_OK;

	if (v->file.old_epoch != 0)
		return err_set(err, ST_BUSY,
			"another change of the master key is not finished");
	if (v->file.epoch == UINT32_MAX)
		return err_set(err, ST_LIMIT, "the vault is worn out");
	next->epoch = v->file.epoch + 1;
	for (i = 0; i < VAULT_SLOTS && st == ST_OK; i++) {
		bool one;

		st = rewrap(v, r, next, i, &one, err);
		kept += one;
	}
	if (st != ST_OK)
		return st;
	if (kept == 0)
		return err_set(err, ST_LOCKED,
			"this opens none of the key slots, so that nothing "
			"would open the new key: nothing was changed");
	vault_file_put_old(next, v->file.epoch, vault_key(v, KEY_MASTER),
		r->keys.p + KEY_MASTER);
	return ST_OK;
}

enum status vault_rotate_begin(
	struct vault *v, const struct vault_secret *s, struct err *err)
{
	struct rotation r = {.s = s};
	uint32_t before = v->file.epoch;
	uint8_t mk[BOX_KEY];
	enum status st = vault_need_key(v, err);

	if (st != ST_OK)
		return st;
	box_hedged(mk, sizeof(mk), vault_key(v, KEY_MASTER), NULL, 0);
	st = vault_derive(mk, &r.keys, err);
	box_wipe(mk, sizeof(mk));
	if (st == ST_OK)
		st = vault_change(v, begin, &r, &r.keys, err);
	if (st == ST_OK)
		(void)keyring_revoke(&v->file.id, before, NULL);
	secret_free(&r.keys);
	return st;
}

bool vault_rotating(const struct vault *v)
{
	return v->file.old_epoch != 0;
}

static enum status finish(struct vault *v, struct vault_file *next,
	void *payload, struct err *err)
{
	(void)v;
	(void)payload;
	(void)err;
	vault_file_clear_old(next);
	return ST_OK;
}

enum status vault_rotate_end(struct vault *v, struct err *err)
{
	enum status st = vault_change(v, finish, NULL, NULL, err);

	if (st == ST_OK)
		secret_free(&v->old_keys);
	return st;
}

static enum status relock(
	struct vault *v, int how, int wait_ms, struct err *err)
{
	struct buf path;
	enum status st;

	if (v->lock_fd < 0)
		return err_set(err, ST_IO,
			"\"%s\" cannot be locked: is it read-only?", v->dir.p);
	buf_init(&path, BUF_SMALL);
	buf_fmt(&path, "%s/vault.lock", v->dir.p);
	st = buf_check(&path, "path", err);
	if (st == ST_OK)
		st = disk_lock(v->lock_fd, path.p, how, wait_ms, err);
	buf_release(&path);
	return st;
}

enum status vault_exclusive(struct vault *v, int wait_ms, struct err *err)
{
	uint32_t epoch = v->file.epoch;
	enum status st = relock(v, LOCK_EX, wait_ms, err);

	if (st != ST_OK) {
		/* The shared lock was lost in trying for the exclusive one. */
		(void)relock(v, LOCK_SH, VAULT_LOCK_MS, NULL);
		return st;
	}
	/* There was no lock for a moment, so the file may have changed. */
	st = vault_load(v, err);
	if (st == ST_OK && v->keys.p != NULL) {
		if (v->file.epoch != epoch)
			st = err_set(err, ST_BUSY,
				"another process has changed the master key "
				"meanwhile: start again");
		else
			st = vault_check_authentic(
				v, vault_key(v, KEY_MAC), err);
	}
	if (st == ST_OK && v->file.old_epoch == 0)
		secret_free(&v->old_keys);
	if (st != ST_OK)
		(void)relock(v, LOCK_SH, VAULT_LOCK_MS, NULL);
	return st;
}

enum status vault_shared(struct vault *v, struct err *err)
{
	return relock(v, LOCK_SH, VAULT_LOCK_MS, err);
}
