/*
 * What the commands of "atllama key" share; only they include this.
 */
#ifndef ATL_APP_KEY_PRIV_H
#define ATL_APP_KEY_PRIV_H

#include "app/app.h"
#include "engine/storage.h"
#include "store/vault.h"

/* The vault and where it lies; zeroed, then key_vault_close(). */
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

/* What the user holds; zeroed, then key_held_free(). */
struct key_held {
	struct secret passphrase;
	struct secret keyfile;
	struct secret recovery;
	struct vault_secret s; /* points to those that are set */
};

void key_held_free(struct key_held *h);
/* Asks for what the vault needs, three times at most, and unlocks it; a
 * rotation that was killed is finished. With `recovery` for the code. */
enum status key_unlock_with(struct app *app, struct key_vault *k,
	struct key_held *h, bool recovery, struct err *err);

/* A new passphrase, never empty; with --generate made here, shown once and typed
 * back where there is a terminal. */
enum status key_new_pass(struct app *app, struct secret *ret, struct err *err);
/* The cost for new slots: --kdf, measured and raised. */
enum status key_params(
	struct app *app, struct vault_params *ret, struct err *err);
/* Makes a recovery code, shows it once and has it confirmed where there is a
 * terminal. */
enum status key_new_recovery(
	struct app *app, struct secret *ret, struct err *err);

/* A question with yes or no; --yes answers it. ST_USAGE when there is nobody
 * to ask, ST_STOPPED for no. */
enum status key_confirm(
	const struct app *app, const char *question, struct err *err);
/* The same, where no is an answer and yes the default; false without a
 * terminal. */
bool key_offer(const char *question);
/* Writes it to stdout and releases it. */
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

/* Leaves the first line of an API key without the blanks around it. ST_USAGE
 * when it is empty or could end a header. */
enum status key_trim(struct secret *s, struct err *err) ATTR_MUST_CHECK;

#endif
