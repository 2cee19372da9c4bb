/*
 * Key slots: seal the master key with a user's secret, and open it again.
 */
#ifndef ATL_STORE_VAULT_SLOT_H
#define ATL_STORE_VAULT_SLOT_H

#include "store/vault_file.h"

/*
 * Fills slot i, which is overwritten, of a file whose id and epoch are set.
 * Refuses a cost out of bounds. ST_USAGE when the secret lacks what the type
 * needs. The file is unchanged on failure.
 */
enum status vault_slot_make(struct vault_file *f, size_t i,
	enum vault_slot_type type, const struct vault_secret *s,
	const struct vault_params *params, const char *label,
	const uint8_t mk[BOX_KEY], struct err *err);

/*
 * Gets the master key from slot i. ST_LOCKED: the secret does not open it, or
 * lacks what it needs; ST_USAGE: its cost is out of bounds and nothing was run;
 * ST_DAMAGED: the secret is right but the slot is damaged.
 */
enum status vault_slot_open(const struct vault_file *f, size_t i,
	const struct vault_secret *s, uint8_t ret_mk[BOX_KEY], struct err *err);

/*
 * Gets the master key from the first slot that the secret opens; slots that use
 * all parts of the secret are tried first. ret_slot may be NULL. Fails as
 * above, with the gravest of the errors.
 */
enum status vault_slot_any(const struct vault_file *f,
	const struct vault_secret *s, uint8_t ret_mk[BOX_KEY], size_t *ret_slot,
	struct err *err);

/* The type of slot for this secret: passphrase and key file together are
 * VAULT_BOTH; a recovery code counts only when alone; VAULT_EMPTY for none. */
enum vault_slot_type vault_secret_type(const struct vault_secret *s);

#endif
