/*
 * The vault: the file that holds the master key of all saved data, wrapped once
 * for each secret that may open it.
 *
 * A vault is in "<data>/vault": the file vault.atv, 4096 bytes with the key
 * slots, and its copy vault.atv.bak. What only this machine knows about it (its
 * fingerprint, the highest generation seen, the device id) is in
 * "<state>/<vault id>". The layout is described in atllama-journal(5).
 *
 * vault_open() reads and checks the vault without a key; vault_unlock() gets
 * the master key. An open vault holds a shared lock on vault.lock; a process
 * that rewrites all data takes that lock exclusively. One process at a time
 * changes a vault, under an exclusive lock on vault.write: the file is replaced
 * atomically as a whole, and then the copy.
 *
 * Keys are kept in struct secret, which fork() wipes in the child: open the
 * vault again there. One thread at a time may use a vault; but the accessors,
 * wrapping and unwrapping may be called from several while nobody changes it.
 */
#ifndef ATL_STORE_VAULT_H
#define ATL_STORE_VAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/secret.h"
#include "store/box.h"

#define VAULT_SLOTS 8
#define VAULT_LABEL_MAX 64 /* bytes of UTF-8 */
#define VAULT_DEVICE 8 /* bytes of a device id */
#define VAULT_AD 96 /* bytes of a segment header bound to its root */
#define VAULT_WRAPPED (BOX_KEY + BOX_TAG)
#define VAULT_PASSPHRASE_MAX 1024 /* bytes */
/* How long to wait for a lock before failing with the name of its holder. */
#define VAULT_LOCK_MS 5000

enum vault_slot_type {
	VAULT_EMPTY = 0,
	VAULT_PASSPHRASE = 1,
	VAULT_KEYFILE = 2,
	VAULT_BOTH = 3, /* passphrase and key file together */
	VAULT_KEYRING = 4, /* reserved; never made by this version */
	VAULT_RECOVERY = 5,
};

/* What the user can present; each may be NULL. Borrowed for the call. */
struct vault_secret {
	const struct secret *passphrase;
	const struct secret *keyfile; /* BOX_KEY bytes */
	const struct secret *recovery; /* BOX_KEY bytes */
	/* Run Argon2id even when a slot's cost is below the floor or takes more
	 * than 3/4 of the memory, because the user allowed that this once. */
	bool allow_kdf;
};

/* The cost of Argon2id for new slots with a passphrase. */
struct vault_params {
	uint32_t t;
	uint32_t m_kib;
	bool allow_weak; /* for tests: below the floor of 64 MiB and t = 2 */
};

#define VAULT_PARAMS_DEFAULT                                                   \
	{                                                                      \
		.t = 3, .m_kib = 256 * 1024                                    \
	}

/* Finds a cost by name: "default" (256 MiB, t = 3), "low-memory" (64 MiB, 3),
 * "high" (1 GiB, 4) or "minimal" (64 MiB, 2: the floor). ST_USAGE for another
 * name, with a message that lists these. */
enum status vault_params_named(
	const char *name, struct vault_params *ret, struct err *err);
/* Raises t (to 10 at most) until unlocking takes about 0.8 s on this
 * machine. */
enum status vault_params_tune(struct vault_params *p, struct err *err);

struct vault;

/*
 * Makes "<data_dir>/vault" with one slot for the secret (passphrase and key
 * file together make one of type VAULT_BOTH) and another for the recovery code
 * if there is one, and returns it unlocked. If a vault is there already, or
 * another process makes it meanwhile, that one is opened and unlocked with the
 * secret instead, and nothing is written. Free it with vault_close().
 */
enum status vault_create(struct vault **ret, const char *data_dir,
	const char *state_dir, const struct vault_secret *s,
	const struct vault_params *params, struct err *err);
/*
 * Opens the vault, still locked. ST_NOT_FOUND when there is none; ST_DAMAGED
 * when neither file is whole; ST_FAIL when a later version wrote it; ST_BUSY
 * when it is being rewritten. Free it with vault_close().
 */
enum status vault_open(struct vault **ret, const char *data_dir,
	const char *state_dir, struct err *err);
/*
 * The same for reading only: nothing is made, remembered or repaired, now or
 * when the vault is unlocked. The functions that change a vault must not be
 * used with it.
 */
enum status vault_open_reading(struct vault **ret, const char *data_dir,
	const char *state_dir, struct err *err);
bool vault_reading(const struct vault *v);
/* Says in a sentence each what is wrong with the two files: one is missing,
 * damaged or unlike the other, or they are older than this machine has seen.
 * Nothing when all is well. */
void vault_faults(const struct vault *v, struct buf *out);
/* Frees v, which may be NULL, and wipes its keys. */
void vault_close(struct vault *v);

/*
 * Unlocks the vault by trying the slots whose type fits the secret. ST_LOCKED:
 * the passphrase, key file or code is wrong, or no slot is of a fitting type.
 * ST_DAMAGED: the secret is right but the slot is damaged, or the vault is not
 * the one that this machine knows or is older than that; do not go on then.
 * ST_USAGE: the cost of the slot is out of bounds (nothing was run). On success
 * the vault is remembered as known and an older copy is repaired.
 */
enum status vault_unlock(
	struct vault *v, const struct vault_secret *s, struct err *err);
/* Unlocks with the key in the kernel's keyring, and starts its timeout again.
 * ST_NOT_FOUND when there is no key; ST_FAIL when there is no keyring;
 * otherwise as vault_unlock(). */
enum status vault_unlock_cached(struct vault *v, struct err *err);
/* Puts the master key into the keyring for timeout_s seconds. */
enum status vault_cache(struct vault *v, unsigned timeout_s, struct err *err);
/* Revokes the cached key, if any, and forgets the keys held here. */
enum status vault_lock(struct vault *v, struct err *err);
bool vault_unlocked(const struct vault *v);
/* What the user should be told about the last calls, such as a repaired copy,
 * in whole sentences; mostly empty. Belongs to v. */
struct span vault_notice(const struct vault *v);

/*
 * Changes to an unlocked vault. Each reads the file again under the lock, adds
 * 1 to the generation, and writes, verifies and copies it. ST_LOCKED when the
 * vault is locked, ST_BUSY when another process holds the lock, ST_FAIL when
 * the file has content that this version does not know. A change that is killed
 * leaves either the old or the new state.
 */

/* Adds a slot. type is VAULT_PASSPHRASE, _KEYFILE, _BOTH or _RECOVERY, and s
 * has what it needs. label may be NULL. ST_LIMIT when all slots are taken. */
enum status vault_add_slot(struct vault *v, enum vault_slot_type type,
	const struct vault_secret *s, const struct vault_params *params,
	const char *label, struct err *err);
/* Removes a slot. ST_NOT_FOUND when there is no such slot; ST_USAGE when it is
 * the last one. */
enum status vault_remove_slot(
	struct vault *v, const struct id *slot, struct err *err);
/* Replaces the slot that `old` opens by one for `new_secret`. The master key
 * stays the same: an old copy of the vault still opens with the old secret. */
enum status vault_change_secret(struct vault *v, const struct vault_secret *old,
	const struct vault_secret *new_secret,
	const struct vault_params *params, struct err *err);

struct vault_slot_info {
	struct id id;
	enum vault_slot_type type;
	uint32_t t; /* 0 without Argon2id */
	uint32_t m_kib;
	int64_t created_ms;
	bool below_default; /* cheaper to attack than a new slot would be */
	char label[VAULT_LABEL_MAX + 1]; /* not authentic until unlocked */
};

struct vault_info {
	struct id id;
	uint64_t generation;
	uint32_t epoch;
	size_t n;
	struct vault_slot_info slots[VAULT_SLOTS];
};

void vault_info(const struct vault *v, struct vault_info *ret);
/* "passphrase", "key file", ... */
const char *vault_slot_type_name(enum vault_slot_type type);

const struct id *vault_id(const struct vault *v);
uint32_t vault_epoch(const struct vault *v);
const char *vault_dir(const struct vault *v); /* "<data>/vault" */
/* "<state>/<vault id>"; made by vault_unlock() where it can be. */
const char *vault_state(const struct vault *v);
/* The random id of this machine's copy, made at the first call; all zeros if it
 * may not be made. */
enum status vault_device(
	struct vault *v, uint8_t ret[VAULT_DEVICE], struct err *err);
/* The key of the index records; NULL when locked. */
const uint8_t *vault_index_key(const struct vault *v);
/* The same for an epoch; NULL also when the vault does not have its key. */
const uint8_t *vault_index_key_at(const struct vault *v, uint32_t epoch);

/*
 * The root key of a segment. `ad` is the first 96 bytes of the segment's
 * header, to which the wrapped key is bound. ST_LOCKED when the vault is
 * locked.
 */

/* Makes a random root, hedged with the vault's key and the header. The caller
 * frees *ret with secret_free(). */
enum status vault_new_root(const struct vault *v, const uint8_t ad[VAULT_AD],
	struct secret *ret, struct err *err);
/* Wraps a root under the vault's present key. */
enum status vault_wrap_root(const struct vault *v, const uint8_t ad[VAULT_AD],
	const uint8_t root[BOX_KEY], uint8_t ret_nonce[BOX_NONCE],
	uint8_t ret_wrapped[VAULT_WRAPPED], struct err *err);
/* Unwraps a root. ST_DAMAGED when it is not authentic; ST_LOCKED also when it
 * was wrapped in an epoch whose key this vault does not have. The caller frees
 * *ret_root with secret_free(). */
enum status vault_unwrap_root(const struct vault *v, uint32_t epoch,
	const uint8_t ad[VAULT_AD], const uint8_t nonce[BOX_NONCE],
	const uint8_t wrapped[VAULT_WRAPPED], struct secret *ret_root,
	struct err *err);

/*
 * Rotation: replacing the master key. During one the vault also holds the key
 * of the previous epoch, sealed under the new one, and reads what either has
 * sealed; store/rotate rewrites everything under the new one. Somebody who has
 * an old copy of the vault, its old secret and old copies of the files can
 * still read those.
 */

/* Finds out which slots, numbered as in vault_info(), this secret opens. Runs
 * Argon2id for each that takes a passphrase. A cost out of bounds and damage
 * are failures; opening no slot is not. */
enum status vault_fits(const struct vault *v, const struct vault_secret *s,
	bool ret[VAULT_SLOTS], struct err *err);
/*
 * Makes the new key and wraps it for the slots that the secret opens, at the
 * cost they have. The other slots are dropped, because the key cannot be
 * wrapped without their secrets. ST_LOCKED when the secret opens none. The
 * caller has called vault_exclusive().
 */
enum status vault_rotate_begin(
	struct vault *v, const struct vault_secret *s, struct err *err);
/* Whether a rotation is under way. */
bool vault_rotating(const struct vault *v);
/* Destroys the old key. Call it when nothing is sealed with that any more. */
enum status vault_rotate_end(struct vault *v, struct err *err);
/*
 * Waits until no other process has the vault open, keeps others from opening
 * it, and reads it again. After wait_ms, ST_BUSY with a message that names the
 * others; the vault is then shared as before.
 */
enum status vault_exclusive(struct vault *v, int wait_ms, struct err *err);
/* Lets others open it again. */
enum status vault_shared(struct vault *v, struct err *err);

/*
 * A key file: 32 random bytes as 64 hexadecimal digits and a newline; 32 raw
 * bytes can be read too. The caller frees *ret with secret_free().
 */

/* Makes the folder (0700) and the file (0600). A file that exists is left as it
 * is, without error: read it afterwards. */
enum status vault_keyfile_create(const char *path, struct err *err);
/* Reads a key file. ST_NOT_FOUND when there is none; ST_CONFIG when it is a
 * symbolic link, not a file, not the user's own, or readable by others;
 * ST_DAMAGED when it has neither form. */
enum status vault_keyfile_read(
	const char *path, struct secret *ret, struct err *err);

/*
 * A recovery code: 32 random bytes and a checksum of 3, in base 32 (digits and
 * upper-case letters without I, L, O and U), 14 groups of 4 with dashes.
 */
#define VAULT_RECOVERY_TEXT 69

/* Makes a code: its bytes, and its text to be shown once. The caller frees both
 * with secret_free(). */
enum status vault_recovery_new(
	struct secret *ret, struct secret *ret_text, struct err *err);
/* Reads a code that was typed in: lower case, missing dashes, spaces, O for 0,
 * and I or L for 1 are accepted. ST_USAGE with a message that says whether
 * characters are missing, foreign or mistyped. */
enum status vault_recovery_parse(
	struct span text, struct secret *ret, struct err *err);

#endif
