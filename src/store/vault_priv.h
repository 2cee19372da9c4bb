/*
 * Shared by the parts of the vault; nobody else includes this.
 */
#ifndef ATL_STORE_VAULT_PRIV_H
#define ATL_STORE_VAULT_PRIV_H

#include "store/vault.h"
#include "store/vault_file.h"
#include "store/vault_known.h"
#include "store/vault_slot.h"

struct vault {
	struct buf dir; /* canonical */
	struct buf state_dir;
	struct buf state;
	struct buf atv;
	struct buf bak;
	struct buf tmp; /* only for the process that has locked vault.write */
	struct buf write; /* vault.write */
	struct buf notice;
	int lock_fd; /* shared lock on vault.lock; -1 if it cannot be made */
	struct buf host; /* vault.host */
	int host_fd; /* -1 where locks can be trusted */
	const char *remote; /* kind of file system if they cannot be */
	bool reading; /* no file may be made or changed */

	struct vault_file file; /* the one in use */
	struct vault_file copy; /* vault.atv.bak, if copy_whole */
	bool from_copy; /* vault.atv is missing or damaged */
	bool copy_whole;
	bool copy_differs; /* any byte differs from file, or it is missing */

	struct secret keys; /* KEYS_LEN bytes, or empty while locked */
	uint8_t fingerprint[KNOWN_FINGERPRINT];
	/* Those of file.old_epoch; empty except during a rotation. */
	struct secret old_keys;
	uint8_t old_fingerprint[KNOWN_FINGERPRINT];
	/* Read only once, so that names of files and their headers agree. */
	uint8_t device[VAULT_DEVICE];
	bool device_known;
};

enum {
	KEY_MASTER = 0,
	KEY_WRAP = BOX_KEY,
	KEY_MAC = 2 * BOX_KEY,
	KEY_INDEX = 3 * BOX_KEY,
	KEYS_LEN = 4 * BOX_KEY,
};

/* NULL while locked. */
const uint8_t *vault_key(const struct vault *v, size_t which);

/* ST_LOCKED when the vault has no keys. */
enum status vault_need_key(const struct vault *v, struct err *err);
/* Makes a vault with its paths set and nothing read. */
enum status vault_new(struct vault **ret, const char *data_dir,
	const char *state_dir, struct err *err);
/* Reads both files again. */
enum status vault_load(struct vault *v, struct err *err);
/* Takes the lock needed for changing the vault; close *ret_fd to release it. */
enum status vault_write_lock(
	const struct vault *v, int wait_ms, int *ret_fd, struct err *err);
/*
 * Called with the master key once it is known: checks that the vault is
 * authentic and the one that this machine knows, remembers it, keeps the keys
 * and repairs a copy that differs.
 */
enum status vault_admit(
	struct vault *v, const uint8_t mk[BOX_KEY], struct err *err);
/* Keeps the keys derived from the master key, without any check. */
enum status vault_adopt(
	struct vault *v, const uint8_t mk[BOX_KEY], struct err *err);
/*
 * Changes the slots of `next`, which is the file as read under the lock.
 */
typedef enum status vault_change_fn(struct vault *v, struct vault_file *next,
	void *payload, struct err *err);

/*
 * Makes one change: writes the file of the next generation, verifies and copies
 * it. With `next_keys` (else NULL), which fn fills, the file is sealed with
 * those keys; v takes them over, and its present keys become the old ones.
 */
enum status vault_change(struct vault *v, vault_change_fn *fn, void *payload,
	struct secret *next_keys, struct err *err);
/* Makes slot i for this master key and opens it as a test: otherwise a memory
 * error during Argon2id could lock the user out. */
enum status vault_make_slot(struct vault_file *next, size_t i,
	enum vault_slot_type type, const struct vault_secret *s,
	const struct vault_params *params, const char *label,
	const uint8_t mk[BOX_KEY], struct err *err);
/* Derives the KEYS_LEN bytes of keys from the master key. */
enum status vault_derive(
	const uint8_t mk[BOX_KEY], struct secret *ret, struct err *err);
void vault_fingerprint(
	const uint8_t mk[BOX_KEY], uint8_t ret[KNOWN_FINGERPRINT]);
/* Checks that the keyed checksum of the file in use was made with this key. */
enum status vault_check_authentic(
	const struct vault *v, const uint8_t *mac_key, struct err *err);
void vault_known_now(const struct vault *v, struct known *ret);
void vault_notify(struct vault *v, const char *fmt, ...) ATTR_PRINTF(2, 3);

#endif
