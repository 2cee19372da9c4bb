/*
 * What the files of "atllama key" share.
 */
#ifndef ATL_APP_KEY_PRIV_H
#define ATL_APP_KEY_PRIV_H

#include "app/app.h"
#include "engine/storage.h"
#include "store/vault.h"

/* The vault and where it is. Zeroed at first; ends with key_vault_close(). */
struct key_vault {
	struct storage_places at;
	struct vault *vault;
	struct vault_info info; /* as it was opened */
};

/* Opens it without unlocking. ST_NOT_FOUND says how to make one. */
enum status key_vault_open(
	struct app *app, struct key_vault *k, struct err *err);
void key_vault_close(struct key_vault *k);
bool key_vault_has(const struct key_vault *k, enum vault_slot_type type);

/* The secrets at hand. Zeroed at first; ends with key_held_free(). */
struct key_held {
	struct secret passphrase;
	struct secret keyfile;
	struct secret recovery;
	struct vault_secret s; /* points to those that are set */
};

void key_held_free(struct key_held *h);
/* Asks for what the vault needs, three times at most, and unlocks it; a
 * rotation that was interrupted is completed. `recovery`: with a recovery
 * code. */
enum status key_unlock_with(struct app *app, struct key_vault *k,
	struct key_held *h, bool recovery, struct err *err);

/* Gets a new passphrase, never empty. With --generate it is made here, shown
 * once and, on a terminal, typed back. */
enum status key_new_pass(struct app *app, struct secret *ret, struct err *err);
/* The parameters for new slots: those of --kdf, raised to what was measured. */
enum status key_params(
	struct app *app, struct vault_params *ret, struct err *err);
/* Makes a recovery code, shows it once and, on a terminal, has it confirmed. */
enum status key_new_recovery(
	struct app *app, struct secret *ret, struct err *err);

/* Asks for a yes; --yes answers it. ST_USAGE when nobody can be asked,
 * ST_STOPPED for no. */
enum status key_confirm(
	const struct app *app, const char *question, struct err *err);
/* Asks a question whose default is yes; false for no and without a terminal. */
bool key_offer(const char *question);
/* Writes *out to standard output and releases it. */
enum status key_print(const struct app *app, struct buf *out, struct err *err);

/* The i-th word behind "key", NULL when there are fewer. */
const char *key_arg(const struct app *app, size_t i);

enum status key_init(struct app *app, struct err *err);
enum status key_status(struct app *app, struct err *err);
enum status key_passwd(struct app *app, struct err *err);
enum status key_add(struct app *app, struct err *err);
enum status key_remove(struct app *app, struct err *err);
enum status key_recovery(struct app *app, struct err *err);
enum status key_lock(struct app *app, struct err *err);
enum status key_unlock(struct app *app, struct err *err);
enum status key_rotate(struct app *app, struct err *err);
enum status key_set(struct app *app, struct err *err);
enum status key_unset(struct app *app, struct err *err);
enum status key_names(struct app *app, struct err *err);

/* Cuts an API key to its first line, without blanks around it. ST_USAGE when
 * nothing is left, or what could end a header. */
enum status key_trim(struct secret *s, struct err *err) ATTR_MUST_CHECK;

#endif
