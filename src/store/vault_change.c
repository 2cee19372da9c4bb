#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "store/disk.h"
#include "store/vault_priv.h"

/*
 * Every change makes a whole new file of the next generation. It is written to
 * vault.atv.tmp, synced and renamed, and then the same is done for
 * vault.atv.bak. A crash at any point leaves the old or the new vault.atv, and
 * a copy that is the same, older or missing, which the next unlock repairs.
 * Whatever a crash leaves in vault.atv.tmp is ignored.
 */

static enum status prepare(struct vault *v, vault_change_fn *fn, void *payload,
	const struct secret *next_keys, struct vault_file *ret, struct err *err)
{
	struct vault_file seal;
	uint64_t generation = v->file.generation;
	enum status st = vault_load(v, err);

	if (st == ST_OK)
		st = vault_check_authentic(v, vault_key(v, KEY_MAC), err);
	if (st != ST_OK)
		return st;
	if (v->file.generation < generation)
		return err_set(err, ST_DAMAGED,
			"an older vault was put in the place of \"%s\" while "
			"it was open: nothing was changed",
			v->atv.p);
	if (v->file.foreign)
		return err_set(err, ST_FAIL,
			"a later version of atllama has left something in the "
			"vault that this one does not know: nothing was "
			"changed; use that version");
	*ret = v->file;
	st = fn(v, ret, payload, err);
	if (st != ST_OK)
		return st;
	ret->generation++;
	vault_file_seal(ret,
		next_keys != NULL ? next_keys->p + KEY_MAC
				  : vault_key(v, KEY_MAC));
	/* Never write what could not be read back. */
	st = vault_file_parse(span_of(ret->raw, VAULT_FILE), &seal, err);
	if (st != ST_OK)
		err_prefix(err, "nothing was changed");
	return st;
}

static enum status read_back(
	const struct vault *v, const struct vault_file *want, struct err *err)
{
	struct buf bytes;
	enum status st;

	buf_init(&bytes, VAULT_FILE_MAX);
	st = disk_read(v->atv.p, &bytes, err);
	if (st == ST_OK &&
		!span_eq(buf_view(&bytes), span_of(want->raw, VAULT_FILE)))
		st = err_set(err, ST_IO,
			"\"%s\" does not hold what was written to it: check "
			"the disk",
			v->atv.p);
	buf_release(&bytes);
	return st;
}

/* Makes the keys with which the vault was just sealed the present ones. */
static void take_keys(struct vault *v, struct secret *next_keys)
{
	secret_free(&v->old_keys);
	v->old_keys = v->keys;
	memcpy(v->old_fingerprint, v->fingerprint, KNOWN_FINGERPRINT);
	v->keys = *next_keys;
	memset(next_keys, 0, sizeof(*next_keys));
	vault_fingerprint(vault_key(v, KEY_MASTER), v->fingerprint);
}

enum status vault_change(struct vault *v, vault_change_fn *fn, void *payload,
	struct secret *next_keys, struct err *err)
{
	struct vault_file next;
	struct known now;
	struct err why;
	int fd = -1;
	enum status st = vault_need_key(v, err);

	buf_reset(&v->notice);
	if (st == ST_OK)
		st = vault_write_lock(v, VAULT_LOCK_MS, &fd, err);
	if (st != ST_OK)
		return st;
	st = prepare(v, fn, payload, next_keys, &next, err);
	if (st == ST_OK)
		st = disk_replace(
			v->atv.p, v->tmp.p, span_of(next.raw, VAULT_FILE), err);
	if (st == ST_OK)
		st = read_back(v, &next, err);
	if (st != ST_OK)
		goto out;
	v->file = next;
	if (next_keys != NULL)
		take_keys(v, next_keys);
	v->from_copy = false;
	v->copy_differs = true;
	if (disk_replace(v->bak.p, v->tmp.p, span_of(next.raw, VAULT_FILE),
		    &why) == ST_OK) {
		v->copy = next;
		v->copy_whole = true;
		v->copy_differs = false;
	} else {
		vault_notify(v,
			"The vault is changed, but its copy still opens with "
			"what it had before, until the next unlock repairs it "
			"(%s).",
			why.msg);
	}
	vault_known_now(v, &now);
	if (known_store(v->state_dir.p, &now, &why) != ST_OK)
		vault_notify(v, "This machine cannot remember the change (%s).",
			why.msg);
out:
	(void)close(fd);
	return st;
}

enum status vault_make_slot(struct vault_file *next, size_t i,
	enum vault_slot_type type, const struct vault_secret *s,
	const struct vault_params *params, const char *label,
	const uint8_t mk[BOX_KEY], struct err *err)
{
	struct vault_secret again = *s;
	uint8_t got[BOX_KEY];
	enum status st;

	st = vault_slot_make(next, i, type, s, params, label, mk, err);
	if (st != ST_OK)
		return st;
	again.allow_kdf = true;
	st = vault_slot_open(next, i, &again, got, err);
	if (st == ST_OK && !box_equal(got, mk, BOX_KEY))
		st = ST_LOCKED;
	if (st == ST_LOCKED || st == ST_DAMAGED)
		st = err_set(err, ST_FAIL,
			"the new key slot did not open with its own secret: "
			"nothing was changed; check this machine's memory");
	box_wipe(got, sizeof(got));
	return st;
}

struct add {
	enum vault_slot_type type;
	const struct vault_secret *s;
	const struct vault_params *params;
	const char *label;
};

static enum status add(struct vault *v, struct vault_file *next, void *payload,
	struct err *err)
{
	const struct add *a = payload;
	size_t i = vault_file_free_slot(next);

	if (i == VAULT_SLOTS)
		return err_set(err, ST_LIMIT,
			"all %d key slots are taken: remove one first",
			VAULT_SLOTS);
	return vault_make_slot(next, i, a->type, a->s, a->params, a->label,
		vault_key(v, KEY_MASTER), err);
}

enum status vault_add_slot(struct vault *v, enum vault_slot_type type,
	const struct vault_secret *s, const struct vault_params *params,
	const char *label, struct err *err)
{
	struct add a = {type, s, params, label};

	return vault_change(v, add, &a, NULL, err);
}

static enum status remove_slot(struct vault *v, struct vault_file *next,
	void *payload, struct err *err)
{
	const struct id *slot = payload;
	size_t i = vault_file_find_slot(next, slot);
	size_t kept = 0;
	size_t k;

	(void)v;
	if (i == VAULT_SLOTS)
		return err_set(err, ST_NOT_FOUND, "there is no such key slot");
	/* A keyring loses its content, so it must not be the only slot. */
	for (k = 0; k < VAULT_SLOTS; k++) {
		unsigned type = vault_file_slot(next, k)[VS_TYPE];

		if (k != i && type != VAULT_EMPTY && type != VAULT_KEYRING)
			kept++;
	}
	if (kept == 0)
		return err_set(err, ST_USAGE,
			"this is the last key slot, and without it nothing "
			"could be read any more: add another one first");
	memset(vault_file_slot(next, i), 0, VS_LEN);
	return ST_OK;
}

enum status vault_remove_slot(
	struct vault *v, const struct id *slot, struct err *err)
{
	struct id id = *slot;

	return vault_change(v, remove_slot, &id, NULL, err);
}

struct replace {
	const struct vault_secret *old;
	const struct vault_secret *s;
	const struct vault_params *params;
};

static enum status replace(struct vault *v, struct vault_file *next,
	void *payload, struct err *err)
{
	const struct replace *r = payload;
	enum vault_slot_type type = vault_secret_type(r->s);
	struct vault_slot was;
	uint8_t mk[BOX_KEY];
	size_t i;
	enum status st = vault_slot_any(next, r->old, mk, &i, err);

	if (st == ST_OK && !box_equal(mk, vault_key(v, KEY_MASTER), BOX_KEY))
		st = err_set(err, ST_DAMAGED,
			"the key slot holds the key of another vault");
	box_wipe(mk, sizeof(mk));
	if (st != ST_OK)
		return st;
	if (!vault_slot_get(next, i, &was) || was.type != type)
		was.label[0] = '\0';
	return vault_make_slot(next, i, type, r->s, r->params, was.label,
		vault_key(v, KEY_MASTER), err);
}

enum status vault_change_secret(struct vault *v, const struct vault_secret *old,
	const struct vault_secret *new_secret,
	const struct vault_params *params, struct err *err)
{
	struct replace r = {old, new_secret, params};

	return vault_change(v, replace, &r, NULL, err);
}

/* Makes a new vault in memory, of generation 1. */
static enum status build(struct vault *v, const struct vault_secret *s,
	const struct vault_params *params, uint8_t mk[BOX_KEY],
	struct vault_file *ret, struct err *err)
{
	struct id id;
	enum vault_slot_type type = vault_secret_type(s);
	enum status st = ST_OK;

	if (type == VAULT_EMPTY)
		return err_set(err, ST_USAGE,
			"a vault needs a passphrase, a key file or a recovery "
			"code");
	box_random_id(&id);
	vault_file_init(ret, &id);
	ret->generation = 1;
	box_random(mk, BOX_KEY);
	/* The keys are derived before the first slot is made and tried. */
	st = vault_adopt(v, mk, err);
	if (st == ST_OK)
		st = vault_make_slot(ret, 0, type, s, params, NULL, mk, err);
	if (st == ST_OK && type != VAULT_RECOVERY && s->recovery != NULL)
		st = vault_make_slot(
			ret, 1, VAULT_RECOVERY, s, params, NULL, mk, err);
	if (st == ST_OK)
		vault_file_seal(ret, vault_key(v, KEY_MAC));
	return st;
}

/* *ret_made is false when another process was first. */
static enum status publish(struct vault *v, const struct vault_file *f,
	bool *ret_made, struct err *err)
{
	struct span bytes = span_of(f->raw, VAULT_FILE);
	int fd;
	enum status st = vault_write_lock(v, VAULT_LOCK_MS, &fd, err);

	if (st != ST_OK)
		return st;
	st = disk_publish(v->atv.p, v->tmp.p, bytes, ret_made, err);
	if (st == ST_OK && *ret_made)
		st = disk_replace(v->bak.p, v->tmp.p, bytes, err);
	(void)close(fd);
	return st;
}

static enum status create(struct vault **ret, const char *data_dir,
	const char *state_dir, const struct vault_secret *s,
	const struct vault_params *params, struct err *err)
{
	struct vault *draft = NULL;
	struct vault *v = NULL;
	struct vault_file f = {0};
	struct known now;
	uint8_t mk[BOX_KEY];
	bool made = false;
	enum status st = vault_new(&draft, data_dir, state_dir, err);

	if (st != ST_OK)
		return st;
	st = build(draft, s, params, mk, &f, err);
	if (st == ST_OK)
		st = file_mkdirs(draft->dir.p, 0700, err);
	if (st == ST_OK)
		st = publish(draft, &f, &made, err);
	if (st == ST_OK)
		st = vault_open(&v, data_dir, state_dir, err);
	if (st != ST_OK)
		goto out;
	if (made) {
		vault_known_now(v, &now);
		if (known_release_path(v->state_dir.p, &now))
			vault_notify(v,
				"There was another vault here before; what was "
				"saved with it cannot be read with this one.");
		st = vault_admit(v, mk, err);
	} else {
		st = vault_unlock(v, s, err);
		if (st == ST_LOCKED)
			err_prefix(err,
				"another process made the vault meanwhile");
	}
	if (st == ST_OK) {
		*ret = v;
		v = NULL;
	}
out:
	box_wipe(mk, sizeof(mk));
	vault_close(v);
	vault_close(draft);
	return st;
}

enum status vault_create(struct vault **ret, const char *data_dir,
	const char *state_dir, const struct vault_secret *s,
	const struct vault_params *params, struct err *err)
{
	struct vault *v = NULL;
	struct err why;
	enum status st = vault_open(&v, data_dir, state_dir, &why);

	if (st == ST_NOT_FOUND)
		return create(ret, data_dir, state_dir, s, params, err);
	if (st == ST_OK)
		st = vault_unlock(v, s, &why);
	if (st == ST_OK)
		*ret = v;
	else
		vault_close(v);
	if (st != ST_OK && err != NULL)
		*err = why;
	return st;
}
