#include "store/vault.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/le.h"
#include "store/disk.h"
#include "store/host.h"
#include "store/keyring.h"
#include "store/vault_priv.h"

const char *vault_slot_type_name(enum vault_slot_type type)
{
	static const char *const names[] = {
		[VAULT_EMPTY] = "empty",
		[VAULT_PASSPHRASE] = "passphrase",
		[VAULT_KEYFILE] = "key file",
		[VAULT_BOTH] = "passphrase and key file",
		[VAULT_KEYRING] = "system keyring",
		[VAULT_RECOVERY] = "recovery code",
	};

	return names[type];
}

void vault_notify(struct vault *v, const char *fmt, ...)
{
	va_list ap;

	if (v->notice.len > 0)
		buf_char(&v->notice, ' ');
	va_start(ap, fmt);
	buf_vfmt(&v->notice, fmt, ap);
	va_end(ap);
}

enum status vault_new(struct vault **ret, const char *data_dir,
	const char *state_dir, struct err *err)
{
	struct vault *v;
	struct buf *all[9];
	enum status st;
	char *real;
	size_t i;

	st = box_init(err);
	if (st != ST_OK)
		return st;
	v = calloc(1, sizeof(*v));
	if (v == NULL)
		return err_nomem(err);
	v->lock_fd = -1;
	v->host_fd = -1;
	all[0] = &v->dir;
	all[1] = &v->state_dir;
	all[2] = &v->state;
	all[3] = &v->atv;
	all[4] = &v->bak;
	all[5] = &v->tmp;
	all[6] = &v->write;
	all[7] = &v->notice;
	all[8] = &v->host;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buf_init(all[i], BUF_SMALL);
	buf_fmt(&v->dir, "%s/vault", data_dir);
	/* Of a folder that is not there yet, the name as given will do: it is
	 * made canonical when the vault is opened. */
	real = v->dir.bad ? NULL : realpath(v->dir.p, NULL);
	if (real != NULL)
		buf_set(&v->dir, span_str(real));
	free(real);
	buf_str(&v->state_dir, state_dir);
	buf_fmt(&v->atv, "%s/vault.atv", v->dir.p);
	buf_fmt(&v->bak, "%s/vault.atv.bak", v->dir.p);
	buf_fmt(&v->tmp, "%s/vault.atv.tmp", v->dir.p);
	buf_fmt(&v->write, "%s/vault.write", v->dir.p);
	buf_fmt(&v->host, "%s/vault.host", v->dir.p);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		st = buf_check(all[i], "path", err);
		if (st != ST_OK) {
			vault_close(v);
			return st;
		}
	}
	*ret = v;
	return ST_OK;
}

void vault_close(struct vault *v)
{
	if (v == NULL)
		return;
	secret_free(&v->keys);
	secret_free(&v->old_keys);
	if (v->lock_fd >= 0)
		(void)close(v->lock_fd);
	host_leave(v->host.p, v->host_fd);
	buf_release(&v->host);
	buf_release(&v->notice);
	buf_release(&v->write);
	buf_release(&v->tmp);
	buf_release(&v->bak);
	buf_release(&v->atv);
	buf_release(&v->state);
	buf_release(&v->state_dir);
	buf_release(&v->dir);
	free(v);
}

/* Keeps other machines out where the file lock cannot do that. */
static enum status keep_hosts_out(struct vault *v, struct err *err)
{
	struct err why;
	enum status st;

	v->remote = host_remote(v->dir.p);
	if (v->remote == NULL || v->reading || v->host_fd >= 0)
		return ST_OK;
	st = host_enter(v->host.p, &v->host_fd, &why);
	if (st == ST_IO && (why.sys == EROFS || why.sys == EACCES))
		return ST_OK;
	if (st != ST_OK && err != NULL)
		*err = why;
	return st;
}

/* Takes the shared lock. */
static enum status share(struct vault *v, struct err *err)
{
	struct buf path;
	struct err why;
	enum status st;

	buf_init(&path, BUF_SMALL);
	buf_fmt(&path, "%s/vault.lock", v->dir.p);
	st = buf_check(&path, "path", err);
	if (st != ST_OK)
		goto out;
	if (v->reading && !file_exists(path.p))
		goto out;
	if (disk_open_lock(path.p, &v->lock_fd, &why) == ST_OK) {
		st = disk_lock(v->lock_fd, path.p, LOCK_SH, VAULT_LOCK_MS, err);
	} else if (why.sys != EROFS && why.sys != EACCES && why.sys != ENOENT) {
		/* If nothing can be written here, nobody rewrites it either. */
		st = why.code;
		if (err != NULL)
			*err = why;
	}
	if (st == ST_OK)
		st = keep_hosts_out(v, err);
out:
	buf_release(&path);
	return st;
}

static enum status load_one(
	const char *path, struct vault_file *ret, struct err *err)
{
	struct buf bytes;
	enum status st;

	buf_init(&bytes, VAULT_FILE_MAX);
	st = disk_read(path, &bytes, err);
	if (st == ST_FAIL)
		st = err_set(err, ST_DAMAGED, "\"%s\" is too long", path);
	if (st == ST_OK) {
		st = vault_file_parse(buf_view(&bytes), ret, err);
		if (st != ST_OK)
			err_prefix(err, "\"%s\"", path);
	}
	buf_release(&bytes);
	return st;
}

enum status vault_load(struct vault *v, struct err *err)
{
	struct vault_file atv;
	struct vault_file bak;
	struct err bak_err;
	enum status st = load_one(v->atv.p, &atv, err);
	enum status st_bak = load_one(v->bak.p, &bak, &bak_err);

	/* That a later version wrote it (ST_FAIL) is no reason to fall back. */
	v->from_copy = st_bak == ST_OK &&
		(st == ST_NOT_FOUND || st == ST_DAMAGED || st == ST_IO);
	if (st == ST_NOT_FOUND && st_bak != ST_OK && st_bak != ST_NOT_FOUND) {
		if (err != NULL)
			*err = bak_err;
		return st_bak;
	}
	if (v->from_copy)
		atv = bak;
	else if (st != ST_OK)
		return st;
	if (!id_is_none(&v->file.id) && !id_eq(&v->file.id, &atv.id))
		return err_set(err, ST_DAMAGED,
			"\"%s\" was replaced by another vault while it was "
			"open: start again",
			v->atv.p);
	v->file = atv;
	v->copy_whole = st_bak == ST_OK;
	if (v->copy_whole)
		v->copy = bak;
	v->copy_differs = v->from_copy || !v->copy_whole ||
		memcmp(v->copy.raw, v->file.raw, VAULT_FILE) != 0;
	return ST_OK;
}

/* Whether the path exists. A failing disk or a folder without permission is an
 * error: it must not look like a vault that was never made. */
static enum status look_for(const char *path, bool *ret_there, struct err *err)
{
	struct stat sb;

	*ret_there = stat(path, &sb) == 0;
	if (!*ret_there && errno != ENOENT && errno != ENOTDIR)
		return err_sys(err, ST_IO, "cannot look at \"%s\"", path);
	return ST_OK;
}

static enum status open_vault(struct vault **ret, const char *data_dir,
	const char *state_dir, bool reading, struct err *err)
{
	char hex[ID_HEX + 1];
	struct vault *v = NULL;
	bool there = false;
	enum status st = vault_new(&v, data_dir, state_dir, err);

	if (st != ST_OK)
		return st;
	v->reading = reading;
	st = look_for(v->atv.p, &there, err);
	if (st == ST_OK && !there)
		st = look_for(v->bak.p, &there, err);
	if (st == ST_OK && !there)
		st = err_set(err, ST_NOT_FOUND, "there is no vault in \"%s\"",
			v->dir.p);
	if (st != ST_OK)
		goto out;
	/* First the lock: whoever holds it exclusively rewrites the vault. */
	st = share(v, err);
	if (st == ST_OK)
		st = vault_load(v, err);
	if (st != ST_OK)
		goto out;
	id_hex(&v->file.id, hex);
	buf_fmt(&v->state, "%s/%s", v->state_dir.p, hex);
	st = buf_check(&v->state, "path", err);
	if (st == ST_OK) {
		*ret = v;
		v = NULL;
	}
out:
	vault_close(v);
	return st;
}

enum status vault_open(struct vault **ret, const char *data_dir,
	const char *state_dir, struct err *err)
{
	return open_vault(ret, data_dir, state_dir, false, err);
}

enum status vault_open_reading(struct vault **ret, const char *data_dir,
	const char *state_dir, struct err *err)
{
	return open_vault(ret, data_dir, state_dir, true, err);
}

bool vault_reading(const struct vault *v)
{
	return v->reading;
}

void vault_faults(const struct vault *v, struct buf *out)
{
	uint64_t seen = known_generation(v->state_dir.p, &v->file.id);
	struct vault_file file;
	struct err err;

	/* With the key the vault would not have been unlocked at all. */
	if (seen > v->file.generation)
		buf_fmt(out,
			"the vault is older (change %" PRIu64
			") than one that this machine has seen (change %" PRIu64
			")\n",
			v->file.generation, seen);
	if (load_one(v->atv.p, &file, &err) != ST_OK)
		buf_fmt(out, "%s; its copy is whole\n", err.msg);
	if (load_one(v->bak.p, &file, &err) != ST_OK)
		buf_fmt(out, "%s\n", err.msg);
	else if (v->copy_differs && v->copy_whole && !v->from_copy)
		buf_fmt(out, "\"%s\" is not like its twin\n", v->bak.p);
}

enum status vault_write_lock(
	const struct vault *v, int wait_ms, int *ret_fd, struct err *err)
{
	int fd;
	enum status st = disk_open_lock(v->write.p, &fd, err);

	if (st != ST_OK)
		return st;
	st = disk_lock(fd, v->write.p, LOCK_EX, wait_ms, err);
	if (st == ST_OK)
		*ret_fd = fd;
	else
		(void)close(fd);
	return st;
}

const uint8_t *vault_key(const struct vault *v, size_t which)
{
	return v->keys.p != NULL ? v->keys.p + which : NULL;
}

bool vault_unlocked(const struct vault *v)
{
	return v->keys.p != NULL;
}

enum status vault_unlock(
	struct vault *v, const struct vault_secret *s, struct err *err)
{
	uint8_t mk[BOX_KEY];
	enum status st;

	buf_reset(&v->notice);
	if (vault_secret_type(s) == VAULT_EMPTY)
		return err_set(err, ST_LOCKED, "the vault is locked");
	st = vault_load(v, err);
	if (st == ST_OK)
		st = vault_slot_any(&v->file, s, mk, NULL, err);
	if (st == ST_OK)
		st = vault_admit(v, mk, err);
	box_wipe(mk, sizeof(mk));
	return st;
}

enum status vault_unlock_cached(struct vault *v, struct err *err)
{
	struct secret mk = {0};
	enum status st;

	buf_reset(&v->notice);
	st = vault_load(v, err);
	if (st == ST_OK)
		st = keyring_get(&v->file.id, v->file.epoch, &mk, err);
	if (st == ST_OK)
		st = vault_admit(v, mk.p, err);
	if (st == ST_OK)
		keyring_refresh(&v->file.id, v->file.epoch);
	secret_free(&mk);
	return st;
}

enum status vault_need_key(const struct vault *v, struct err *err)
{
	if (v->keys.p == NULL)
		return err_set(err, ST_LOCKED, "the vault is locked");
	return ST_OK;
}

enum status vault_cache(struct vault *v, unsigned timeout_s, struct err *err)
{
	enum status st = vault_need_key(v, err);

	if (st != ST_OK)
		return st;
	return keyring_put(&v->file.id, v->file.epoch, vault_key(v, KEY_MASTER),
		timeout_s, err);
}

enum status vault_lock(struct vault *v, struct err *err)
{
	secret_free(&v->keys);
	secret_free(&v->old_keys);
	return keyring_revoke(&v->file.id, v->file.epoch, err);
}

struct span vault_notice(const struct vault *v)
{
	return buf_view(&v->notice);
}

void vault_info(const struct vault *v, struct vault_info *ret)
{
	static const struct vault_params standard = VAULT_PARAMS_DEFAULT;
	struct vault_slot slot;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	ret->id = v->file.id;
	ret->generation = v->file.generation;
	ret->epoch = v->file.epoch;
	for (i = 0; i < VAULT_SLOTS; i++) {
		struct vault_slot_info *one = &ret->slots[ret->n];

		if (!vault_slot_get(&v->file, i, &slot))
			continue;
		one->id = slot.id;
		one->type = slot.type;
		one->t = slot.t;
		one->m_kib = slot.m_kib;
		one->created_ms = slot.created_ms;
		one->below_default = slot.kdf == VAULT_KDF_ARGON2ID13 &&
			(slot.t < standard.t || slot.m_kib < standard.m_kib);
		memcpy(one->label, slot.label, sizeof(one->label));
		ret->n++;
	}
}

const struct id *vault_id(const struct vault *v)
{
	return &v->file.id;
}

uint32_t vault_epoch(const struct vault *v)
{
	return v->file.epoch;
}

const char *vault_dir(const struct vault *v)
{
	return v->dir.p;
}

const char *vault_state(const struct vault *v)
{
	return v->state.p;
}

enum status vault_device(
	struct vault *v, uint8_t ret[VAULT_DEVICE], struct err *err)
{
	enum status st = ST_OK;

	if (!v->device_known)
		st = known_device(v->state_dir.p, &v->file.id, !v->reading,
			v->device, err);
	if (st != ST_OK)
		return st;
	v->device_known = true;
	memcpy(ret, v->device, VAULT_DEVICE);
	return ST_OK;
}

const uint8_t *vault_index_key(const struct vault *v)
{
	return vault_key(v, KEY_INDEX);
}

const uint8_t *vault_index_key_at(const struct vault *v, uint32_t epoch)
{
	if (epoch == v->file.epoch)
		return vault_key(v, KEY_INDEX);
	if (v->old_keys.p != NULL && epoch == v->file.old_epoch)
		return v->old_keys.p + KEY_INDEX;
	return NULL;
}
