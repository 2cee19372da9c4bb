#include "store/vault_priv.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "store/disk.h"

#define CONTEXT_VAULT "atlvlt01"

enum {
	SUBKEY_WRAP = 1,
	SUBKEY_MAC = 2,
	SUBKEY_INDEX = 3,
	SUBKEY_FINGERPRINT = 5,
	/* A change by another process between reading and unlocking looks like
	 * a rollback. Reading again tells; once is nearly always enough. */
	RELOADS = 3,
};

void vault_known_now(const struct vault *v, struct known *ret)
{
	ret->id = v->file.id;
	memcpy(ret->fingerprint, v->fingerprint, KNOWN_FINGERPRINT);
	ret->generation = v->file.generation;
	ret->path = v->dir.p;
}

static enum status say_known(const struct vault *v, enum known_result result,
	const struct id *other, uint64_t seen, struct err *err)
{
	char hex[ID_HEX + 1];

	switch (result) {
	case KNOWN_SAME:
	case KNOWN_FIRST:
	case KNOWN_NEWER: break;
	case KNOWN_OLDER:
		return err_set(err, ST_DAMAGED,
			"\"%s\" is older (change %" PRIu64 ") than the vault "
			"this machine has seen (change %" PRIu64
			"): somebody, or a backup, put an old one back. "
			"Restore the newer one; or, if you did it yourself, "
			"remove \"%s/known\" and a newer vault.atv.bak",
			v->from_copy ? v->bak.p : v->atv.p, v->file.generation,
			seen, v->state.p);
	case KNOWN_OTHER_KEY:
		return err_set(err, ST_DAMAGED,
			"\"%s\" has the name of the vault this machine knows, "
			"but another key: it was replaced. Restore yours from "
			"a backup; do not write anything private into this one",
			v->atv.p);
	case KNOWN_OTHER_VAULT:
		id_hex(other, hex);
		return err_set(err, ST_DAMAGED,
			"\"%s\" is not the vault that this machine knows "
			"there: it was replaced. Restore yours from a backup; "
			"or, if you put another one there yourself, remove "
			"\"%s/%s/known\"",
			v->atv.p, v->state_dir.p, hex);
	}
	return ST_OK;
}

/*
 * Checks that the authentic file is the one that this machine knows. A copy
 * that is authentic and newer also shows a rollback, because changes are
 * written to vault.atv first.
 */
static enum status check_known(struct vault *v, const uint8_t *mac_key,
	enum known_result *ret, struct err *err)
{
	struct known now;
	struct id other = v->file.id;
	uint64_t seen = 0;
	enum status st;

	vault_known_now(v, &now);
	st = known_check(v->state_dir.p, &now, ret, &other, &seen, err);
	/* A rotation that was killed before it was remembered: only who had
	 * the known key can have sealed it under the new one. */
	if (st == ST_OK && *ret == KNOWN_OTHER_KEY && v->old_keys.p != NULL) {
		memcpy(now.fingerprint, v->old_fingerprint, KNOWN_FINGERPRINT);
		st = known_check(v->state_dir.p, &now, ret, &other, &seen, err);
	}
	if (st == ST_DAMAGED)
		err_hint(err,
			". Remove it, and the vault is taken as known anew");
	if (st != ST_OK)
		return st;
	if (v->copy_whole && id_eq(&v->copy.id, &v->file.id) &&
		v->copy.generation > v->file.generation &&
		vault_file_authentic(&v->copy, mac_key)) {
		*ret = KNOWN_OLDER;
		seen = v->copy.generation;
	}
	return say_known(v, *ret, &other, seen, err);
}

enum status vault_check_authentic(
	const struct vault *v, const uint8_t *mac_key, struct err *err)
{
	if (vault_file_authentic(&v->file, mac_key))
		return ST_OK;
	return err_set(err, ST_DAMAGED,
		"\"%s\" was changed by somebody who does not hold its key: "
		"restore it from a backup",
		v->from_copy ? v->bak.p : v->atv.p);
}

/* Repairs after a crash between writing the two files, or damage to one. */
static void repair(struct vault *v, const uint8_t *mac_key)
{
	struct err err;
	const char *path;
	enum status st;
	int fd;

	if (!v->copy_differs)
		return;
	st = vault_write_lock(v, 0, &fd, &err);
	if (st == ST_BUSY) /* another process is writing them right now */
		return;
	if (st != ST_OK)
		goto out;
	st = vault_load(v, &err);
	if (st == ST_OK)
		st = vault_check_authentic(v, mac_key, &err);
	if (st == ST_OK && v->copy_differs) {
		path = v->from_copy ? v->atv.p : v->bak.p;
		if (v->copy_whole && !id_eq(&v->copy.id, &v->file.id))
			st = err_set(&err, ST_FAIL,
				"\"%s\" belongs to another vault", v->bak.p);
		else
			st = disk_replace(path, v->tmp.p,
				span_of(v->file.raw, VAULT_FILE), &err);
		if (st == ST_OK) {
			v->copy_differs = false;
			vault_notify(v,
				"\"%s\" was missing, damaged or older than "
				"its twin and has been repaired from it.",
				path);
		}
	}
	(void)close(fd);
out:
	if (st != ST_OK)
		vault_notify(v,
			"The two files of the vault differ and could not be "
			"made the same (%s).",
			err.msg);
}

void vault_fingerprint(
	const uint8_t mk[BOX_KEY], uint8_t ret[KNOWN_FINGERPRINT])
{
	uint8_t whole[BOX_KEY];

	box_kdf(whole, CONTEXT_VAULT, SUBKEY_FINGERPRINT, mk);
	memcpy(ret, whole, KNOWN_FINGERPRINT);
	box_wipe(whole, sizeof(whole));
}

enum status vault_derive(
	const uint8_t mk[BOX_KEY], struct secret *ret, struct err *err)
{
	if (!secret_new(ret, KEYS_LEN))
		return err_nomem(err);
	memcpy(ret->p + KEY_MASTER, mk, BOX_KEY);
	box_kdf(ret->p + KEY_WRAP, CONTEXT_VAULT, SUBKEY_WRAP, mk);
	box_kdf(ret->p + KEY_MAC, CONTEXT_VAULT, SUBKEY_MAC, mk);
	box_kdf(ret->p + KEY_INDEX, CONTEXT_VAULT, SUBKEY_INDEX, mk);
	ret->len = KEYS_LEN;
	return ST_OK;
}

/* During a rotation: gets the key of the previous epoch from the authentic
 * file. */
static enum status adopt_old(
	struct vault *v, const uint8_t mk[BOX_KEY], struct err *err)
{
	uint8_t old[BOX_KEY];
	enum status st;

	secret_free(&v->old_keys);
	if (v->file.old_epoch == 0)
		return ST_OK;
	if (!vault_file_get_old(&v->file, mk, old))
		return err_set(err, ST_DAMAGED,
			"the key that the vault had before does not open: "
			"restore vault.atv from a backup");
	st = vault_derive(old, &v->old_keys, err);
	vault_fingerprint(old, v->old_fingerprint);
	box_wipe(old, sizeof(old));
	return st;
}

enum status vault_adopt(
	struct vault *v, const uint8_t mk[BOX_KEY], struct err *err)
{
	secret_free(&v->keys);
	vault_fingerprint(mk, v->fingerprint);
	return vault_derive(mk, &v->keys, err);
}

/* Tells the user once on this machine that the file system is a remote one. */
static void tell_remote(struct vault *v)
{
	struct buf path;
	int fd = -1;

	if (v->remote == NULL)
		return;
	buf_init(&path, BUF_SMALL);
	buf_fmt(&path, "%s/remote", v->state.p);
	if (!path.bad)
		fd = open(
			path.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0) {
		(void)close(fd);
		vault_notify(v,
			"\"%s\" is on a file system (%s) whose locks may not "
			"reach other machines: one machine at a time can have "
			"it open, which the file vault.host sees to. A folder "
			"on a local disk is better.",
			v->dir.p, v->remote);
	}
	buf_release(&path);
}

enum status vault_admit(
	struct vault *v, const uint8_t mk[BOX_KEY], struct err *err)
{
	struct secret keys = {0};
	struct known now;
	struct err why;
	enum known_result result = KNOWN_SAME;
	uint64_t generation;
	enum status st;
	int tries;

	vault_fingerprint(mk, v->fingerprint);
	st = vault_derive(mk, &keys, err);
	if (st != ST_OK)
		return st;
	for (tries = 0;; tries++) {
		st = vault_check_authentic(v, keys.p + KEY_MAC, err);
		if (st == ST_OK)
			st = adopt_old(v, mk, err);
		if (st == ST_OK)
			st = check_known(v, keys.p + KEY_MAC, &result, err);
		if (st == ST_OK || result != KNOWN_OLDER || tries == RELOADS)
			break;
		generation = v->file.generation;
		if (vault_load(v, NULL) != ST_OK ||
			v->file.generation <= generation)
			break;
	}
	if (st != ST_OK) {
		secret_free(&v->old_keys);
		secret_free(&keys);
		return st;
	}
	if (result != KNOWN_SAME && !v->reading) {
		vault_known_now(v, &now);
		if (known_store(v->state_dir.p, &now, &why) != ST_OK)
			vault_notify(v,
				"This machine cannot remember the vault, so "
				"that it would not notice another in its place "
				"(%s).",
				why.msg);
	}
	secret_free(&v->keys);
	v->keys = keys;
	if (!v->reading) {
		repair(v, vault_key(v, KEY_MAC));
		tell_remote(v);
	}
	return ST_OK;
}
