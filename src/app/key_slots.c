#include <string.h>

#include "app/key_priv.h"
#include "app/unlock.h"
#include "tty/term.h"

/* The kinds of slots as they are typed. */
static const struct {
	const char *name;
	enum vault_slot_type type;
} kinds[] = {
	{"passphrase", VAULT_PASSPHRASE},
	{"key-file", VAULT_KEYFILE},
	{"both", VAULT_BOTH},
	{"recovery", VAULT_RECOVERY},
};

enum { KINDS_N = sizeof(kinds) / sizeof(kinds[0]), PREFIX_MIN = 4 };

static enum status kind_of(
	const char *word, enum vault_slot_type *ret, struct err *err)
{
	size_t i;

	for (i = 0; i < KINDS_N; i++)
		if (strcmp(kinds[i].name, word) == 0) {
			*ret = kinds[i].type;
			return ST_OK;
		}
	return err_set(err, ST_USAGE,
		"\"%s\" is none of passphrase, key-file, both, recovery", word);
}

static bool wants_pass(enum vault_slot_type type)
{
	return type == VAULT_PASSPHRASE || type == VAULT_BOTH;
}

static bool wants_file(enum vault_slot_type type)
{
	return type == VAULT_KEYFILE || type == VAULT_BOTH;
}

static enum status check_generate(
	const struct app *app, enum vault_slot_type type, struct err *err)
{
	if (app->args.generate && !wants_pass(type))
		return err_set(err, ST_USAGE,
			"--generate makes a passphrase, and this is none");
	return ST_OK;
}

/* Gathers the secrets of a new slot, and makes the key file if there is
 * none. */
static enum status gather(struct app *app, const struct storage_places *at,
	enum vault_slot_type type, struct key_held *ret, struct err *err)
{
	enum status st = check_generate(app, type, err);

	if (st != ST_OK)
		return st;
	if (type == VAULT_RECOVERY) {
		st = key_new_recovery(app, &ret->recovery, err);
		ret->s.recovery = &ret->recovery;
		return st;
	}
	if (wants_pass(type) && ret->s.passphrase == NULL) {
		st = key_new_pass(app, &ret->passphrase, err);
		ret->s.passphrase = &ret->passphrase;
	}
	if (st == ST_OK && wants_file(type)) {
		st = vault_keyfile_create(at->key_file.p, err);
		if (st == ST_OK)
			st = vault_keyfile_read(
				at->key_file.p, &ret->keyfile, err);
		ret->s.keyfile = &ret->keyfile;
	}
	return st;
}

static void say_cost(const struct app *app, const struct vault_params *params)
{
	app_note(app, "the passphrase costs %u MiB and %u passes of Argon2id",
		(unsigned)(params->m_kib / 1024), (unsigned)params->t);
}

static void say_file(const struct app *app, const struct storage_places *at)
{
	app_note(app,
		"the key file is %s; keep a copy of it elsewhere, for without "
		"it nothing can be read",
		at->key_file.p);
}

/* Which kind of slot is to be added, from the words or by asking. */
static enum status choose(struct app *app, struct key_held *h,
	enum vault_slot_type *ret, struct err *err)
{
	const char *word = key_arg(app, 0);
	enum status st = ST_OK;

	*ret = VAULT_KEYFILE;
	if (word != NULL)
		st = kind_of(word, ret, err);
	else if (app->args.generate)
		*ret = VAULT_PASSPHRASE;
	else if (unlock_can_ask(app))
		st = unlock_ask(STORAGE_NEW, &h->passphrase, app, err);
	if (st == ST_OK && *ret == VAULT_RECOVERY)
		st = err_set(err, ST_USAGE,
			"a vault begins with a passphrase, a key-file or both");
	if (st == ST_OK && h->passphrase.len > 0) {
		h->s.passphrase = &h->passphrase;
		*ret = VAULT_PASSPHRASE;
	}
	return st;
}

static enum status offer_recovery(
	struct app *app, struct key_held *h, struct err *err)
{
	unsigned before = term_interrupts();
	bool wanted = app->args.recovery ||
		(!app->args.passphrase_fd.set &&
			key_offer("Make a recovery code, in case the "
				  "passphrase is forgotten? [Y/n] "));
	enum status st;

	if (term_interrupts() != before)
		return err_set(err, ST_STOPPED, "no vault was made");
	if (!wanted)
		return ST_OK;
	st = key_new_recovery(app, &h->recovery, err);
	h->s.recovery = &h->recovery;
	return st;
}

static enum status make(struct app *app, const struct storage_places *at,
	struct key_held *h, enum vault_slot_type type, struct err *err)
{
	struct vault_params params = VAULT_PARAMS_DEFAULT;
	struct vault *v = NULL;
	enum status st = gather(app, at, type, h, err);

	if (st == ST_OK && wants_pass(type))
		st = key_params(app, &params, err);
	if (st == ST_OK && wants_pass(type))
		st = offer_recovery(app, h, err);
	if (st == ST_OK)
		st = vault_create(
			&v, at->data.p, at->state.p, &h->s, &params, err);
	if (st != ST_OK)
		return st;
	if (vault_notice(v).n > 0)
		app_say(app, "%s", vault_notice(v).p);
	app_note(app, "the vault is made: %s", vault_dir(v));
	if (wants_pass(type)) {
		say_cost(app, &params);
		(void)vault_cache(v, STORAGE_CACHE_S, NULL);
	}
	if (wants_pass(type) && h->s.recovery == NULL)
		app_note(app,
			"without the passphrase nothing can be read; \"atllama "
			"key recovery\" makes a code for that day");
	if (wants_file(type))
		say_file(app, at);
	vault_close(v);
	return ST_OK;
}

enum status key_init(struct app *app, struct err *err)
{
	struct storage_options o = unlock_options(app);
	struct storage_places at;
	struct vault *there = NULL;
	struct key_held h = {0};
	enum vault_slot_type type;
	enum status st = storage_places_find(&at, &o, err);

	if (st != ST_OK)
		goto out;
	st = vault_open(&there, at.data.p, at.state.p, err);
	if (st == ST_OK)
		st = err_set(err, ST_BUSY,
			"there is a vault already in \"%s\"; \"atllama key "
			"status\" shows what opens it, key add and key passwd "
			"change that",
			vault_dir(there));
	else if (st == ST_NOT_FOUND)
		st = choose(app, &h, &type, err);
	if (st == ST_OK)
		st = make(app, &at, &h, type, err);
out:
	key_held_free(&h);
	vault_close(there);
	storage_places_release(&at);
	return st;
}

/* Tells what an old passphrase can still open. */
static void say_old(const struct app *app)
{
	app_note(app,
		"an old copy of the vault (a backup, a synced folder) still "
		"opens with what it had; \"atllama key rotate\" encrypts "
		"everything anew");
}

/* The slot with a passphrase, if it is the only one; else NULL. */
static const struct vault_slot_info *only_pass(const struct vault_info *info)
{
	const struct vault_slot_info *found = NULL;
	size_t i;

	for (i = 0; i < info->n; i++) {
		if (!wants_pass(info->slots[i].type))
			continue;
		if (found != NULL)
			return NULL;
		found = &info->slots[i];
	}
	return found;
}

/* The passphrase is forgotten: adds a new slot and removes the old one. */
static enum status replace_forgotten(struct app *app, struct key_vault *k,
	const struct vault_params *params, struct key_held *h, struct err *err)
{
	const struct vault_slot_info *old = only_pass(&k->info);
	struct id id = old != NULL ? old->id : (struct id){{0}};
	enum status st = vault_add_slot(
		k->vault, VAULT_PASSPHRASE, &h->s, params, NULL, err);

	if (st == ST_OK && old != NULL)
		st = vault_remove_slot(k->vault, &id, err);
	else if (st == ST_OK)
		app_note(app,
			"the other passphrases stay; \"atllama key remove\" "
			"takes one away");
	return st;
}

/* Finds which of the secrets at hand open the slot of the passphrase. */
static enum status pick_old(const struct key_vault *k,
	const struct key_held *old, struct vault_secret *ret, struct err *err)
{
	bool fits[VAULT_SLOTS];
	size_t i;
	enum status st = vault_fits(k->vault, &old->s, fits, err);

	if (st != ST_OK)
		return st;
	*ret = old->s;
	for (i = 0; i < k->info.n; i++)
		if (fits[i] && k->info.slots[i].type == VAULT_PASSPHRASE) {
			ret->keyfile = NULL;
			return ST_OK;
		}
	for (i = 0; i < k->info.n; i++)
		if (fits[i] && k->info.slots[i].type == VAULT_BOTH)
			return ST_OK;
	return err_set(err, ST_LOCKED,
		"the vault was opened, but not by that passphrase");
}

static enum status change_pass(struct app *app, struct key_vault *k,
	struct key_held *old, struct key_held *neu, struct err *err)
{
	struct vault_secret was = {0};
	struct vault_params params;
	enum status st = ST_OK;

	if (!app->args.recovery)
		st = pick_old(k, old, &was, err);
	if (st == ST_OK)
		st = key_new_pass(app, &neu->passphrase, err);
	if (st == ST_OK)
		st = key_params(app, &params, err);
	if (st != ST_OK)
		return st;
	neu->s.passphrase = &neu->passphrase;
	if (app->args.recovery) {
		st = replace_forgotten(app, k, &params, neu, err);
	} else {
		neu->s.keyfile = was.keyfile;
		st = vault_change_secret(k->vault, &was, &neu->s, &params, err);
		neu->s.keyfile = NULL;
	}
	if (st != ST_OK)
		return st;
	app_note(app, "the passphrase is changed");
	say_cost(app, &params);
	say_old(app);
	return ST_OK;
}

enum status key_passwd(struct app *app, struct err *err)
{
	struct key_vault k;
	struct key_held old = {0};
	struct key_held neu = {0};
	enum status st = key_vault_open(app, &k, err);

	if (st == ST_OK && !app->args.recovery &&
		!key_vault_has(&k, VAULT_PASSPHRASE) &&
		!key_vault_has(&k, VAULT_BOTH))
		st = err_set(err, ST_USAGE,
			"the vault has no passphrase; \"atllama key add "
			"passphrase\" adds one");
	if (st == ST_OK)
		st = key_unlock_with(app, &k, &old, app->args.recovery, err);
	if (st == ST_OK)
		st = change_pass(app, &k, &old, &neu, err);
	if (st == ST_OK && vault_notice(k.vault).n > 0)
		app_say(app, "%s", vault_notice(k.vault).p);
	key_held_free(&old);
	key_held_free(&neu);
	key_vault_close(&k);
	return st;
}

/* Opens the vault the usual way, the keyring included. */
static enum status open_usual(
	struct app *app, struct key_vault *k, struct err *err)
{
	struct storage_options o = unlock_options(app);
	enum status st;

	memset(k, 0, sizeof(*k));
	o.existing_only = true;
	st = storage_places_find(&k->at, &o, err);
	if (st == ST_OK)
		st = storage_open(&app->storage, &o, err);
	if (st == ST_NOT_FOUND)
		err_hint(err, "; \"atllama key init\" makes one");
	if (st == ST_OK)
		vault_info(app->storage.vault, &k->info);
	return st;
}

enum status key_add(struct app *app, struct err *err)
{
	struct vault_params params = VAULT_PARAMS_DEFAULT;
	struct key_vault k = {.vault = NULL};
	struct key_held h = {0};
	enum vault_slot_type type;
	enum status st = kind_of(key_arg(app, 0), &type, err);

	if (st == ST_OK)
		st = open_usual(app, &k, err);
	if (st == ST_OK)
		st = gather(app, &k.at, type, &h, err);
	if (st == ST_OK && wants_pass(type))
		st = key_params(app, &params, err);
	if (st == ST_OK)
		st = vault_add_slot(app->storage.vault, type, &h.s, &params,
			app->args.label, err);
	if (st == ST_OK) {
		app_note(app, "the %s opens the vault now",
			vault_slot_type_name(type));
		if (wants_pass(type))
			say_cost(app, &params);
		if (wants_file(type))
			say_file(app, &k.at);
	}
	key_held_free(&h);
	key_vault_close(&k);
	return st;
}

static enum status find_slot(const struct vault_info *info, const char *word,
	struct vault_slot_info *ret, struct err *err)
{
	struct span text = span_str(word);
	size_t found = 0;
	size_t i;

	for (i = 0; i < info->n; i++) {
		bool number = text.n == 1 && text.p[0] == (char)('1' + i);

		if (number ||
			(text.n >= PREFIX_MIN &&
				id_has_prefix(&info->slots[i].id, text))) {
			*ret = info->slots[i];
			found++;
		}
	}
	if (found == 1)
		return ST_OK;
	return err_set(err, found == 0 ? ST_NOT_FOUND : ST_USAGE,
		"\"%s\" %s; \"atllama key status\" numbers them", word,
		found == 0 ? "is no key slot" : "fits several key slots");
}

enum status key_remove(struct app *app, struct err *err)
{
	struct key_vault k;
	struct vault_slot_info slot = {0};
	struct buf text;
	enum status st = open_usual(app, &k, err);

	buf_init(&text, BUF_SMALL);
	if (st == ST_OK)
		st = find_slot(&k.info, key_arg(app, 0), &slot, err);
	if (st == ST_OK && k.info.n > 1) {
		buf_fmt(&text,
			"Remove the %s, so that it does not open the vault any "
			"more? [y/N] ",
			vault_slot_type_name(slot.type));
		st = key_confirm(app, text.p, err);
	}
	if (st == ST_OK)
		st = vault_remove_slot(app->storage.vault, &slot.id, err);
	if (st == ST_OK) {
		app_note(app, "the %s is removed",
			vault_slot_type_name(slot.type));
		say_old(app);
	}
	buf_release(&text);
	key_vault_close(&k);
	return st;
}

/* Removes the earlier recovery codes, now that the new one works. */
static enum status drop_codes(
	struct app *app, const struct vault_info *before, struct err *err)
{
	enum status st = ST_OK;
	size_t i;

	for (i = 0; i < before->n && st == ST_OK; i++)
		if (before->slots[i].type == VAULT_RECOVERY)
			st = vault_remove_slot(
				app->storage.vault, &before->slots[i].id, err);
	return st;
}

enum status key_recovery(struct app *app, struct err *err)
{
	struct vault_params none = VAULT_PARAMS_DEFAULT;
	struct key_vault k;
	struct key_held h = {0};
	enum status st = open_usual(app, &k, err);

	if (st == ST_OK)
		st = gather(app, &k.at, VAULT_RECOVERY, &h, err);
	if (st == ST_OK)
		st = vault_add_slot(app->storage.vault, VAULT_RECOVERY, &h.s,
			&none, app->args.label, err);
	if (st == ST_OK)
		st = drop_codes(app, &k.info, err);
	if (st == ST_OK)
		app_note(app,
			"the recovery code opens the vault: \"atllama key "
			"passwd --recovery\" sets a new passphrase with it%s",
			key_vault_has(&k, VAULT_RECOVERY)
				? "; the one before does not any more"
				: "");
	key_held_free(&h);
	key_vault_close(&k);
	return st;
}
