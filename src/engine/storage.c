#include "engine/storage.h"

#include <string.h>

#include "base/file.h"
#include "engine/memory.h"
#include "store/catalog.h"
#include "store/delete.h"
#include "store/live.h"
#include "store/rotate.h"
#include "store/vault.h"

enum { TRIES = 3 };

static enum status place(enum xdg which, const char *given, const char *tail,
	struct buf *out, struct err *err)
{
	buf_init(out, BUF_SMALL);
	if (given == NULL)
		return file_xdg(which, tail, out, err);
	buf_str(out, given);
	return buf_check(out, "path", err);
}

void storage_places_release(struct storage_places *p)
{
	buf_release(&p->data);
	buf_release(&p->state);
	buf_release(&p->key_file);
}

enum status storage_places_find(struct storage_places *p,
	const struct storage_options *o, struct err *err)
{
	enum status st;

	buf_init(&p->state, BUF_SMALL);
	buf_init(&p->key_file, BUF_SMALL);
	st = place(XDG_DATA, o->data, NULL, &p->data, err);

	if (st == ST_OK)
		st = place(XDG_STATE, o->state, NULL, &p->state, err);
	if (st == ST_OK)
		st = place(XDG_CONFIG, o->key_file, "key", &p->key_file, err);
	return st;
}

static void tell(const struct storage_options *o, const char *text)
{
	if (o->notice != NULL && text[0] != '\0')
		o->notice(text, o->payload);
}

static enum status create(struct storage *s, const struct storage_options *o,
	const struct storage_places *at, struct err *err)
{
	struct vault_params params = VAULT_PARAMS_DEFAULT;
	struct vault_secret with = {0};
	struct secret passphrase = {0};
	struct secret keyfile = {0};
	struct buf text;
	enum status st = ST_OK;

	buf_init(&text, BUF_SMALL);
	if (o->pass != NULL)
		st = o->pass(STORAGE_NEW, &passphrase, o->payload, err);
	if (st == ST_OK && passphrase.len > 0) {
		with.passphrase = &passphrase;
		st = vault_params_tune(&params, err);
		buf_str(&text,
			"Without the passphrase nothing of it can be read; "
			"\"atllama key recovery\" makes a code for the day it "
			"is forgotten.");
	} else if (st == ST_OK) {
		st = vault_keyfile_create(at->key_file.p, err);
		if (st == ST_OK)
			st = vault_keyfile_read(at->key_file.p, &keyfile, err);
		with.keyfile = &keyfile;
		buf_fmt(&text,
			"Conversations are saved encrypted with the key file "
			"%s; keep a copy of it elsewhere.",
			at->key_file.p);
	}
	if (st == ST_OK)
		st = vault_create(&s->vault, at->data.p, at->state.p, &with,
			&params, err);
	if (st == ST_OK && with.passphrase != NULL)
		(void)vault_cache(s->vault, STORAGE_CACHE_S, NULL);
	if (st == ST_OK)
		tell(o, text.p);
	secret_free(&passphrase);
	secret_free(&keyfile);
	buf_release(&text);
	return st;
}

static bool has_slot(const struct vault_info *info, enum vault_slot_type type)
{
	size_t i;

	for (i = 0; i < info->n; i++)
		if (info->slots[i].type == type)
			return true;
	return false;
}

/* The error after too many wrong passphrases. */
static enum status forgotten(struct vault *v, struct err *err)
{
	struct vault_info info;

	vault_info(v, &info);
	if (err != NULL && has_slot(&info, VAULT_RECOVERY))
		err_hint(err,
			"; with the recovery code \"atllama key passwd "
			"--recovery\" sets a new one");
	else if (err != NULL)
		err_hint(err, "; --private chats without what is saved");
	return ST_LOCKED;
}

/* Unlocks with the passphrase, together with the key file where a slot wants
 * both. */
static enum status unlock_asking(struct vault *v,
	const struct storage_options *o, const struct secret *keyfile,
	struct err *err)
{
	enum status st = ST_LOCKED;
	int i;

	if (o->pass == NULL)
		return err_set(err, ST_LOCKED,
			"the saved conversations are locked and there is no "
			"terminal to ask for the passphrase; unlock them in "
			"one with atllama key unlock, give it with "
			"--passphrase-fd, or use --private");
	for (i = 0; i < TRIES && st == ST_LOCKED; i++) {
		struct secret passphrase = {0};
		struct vault_secret with = {.passphrase = &passphrase,
			.keyfile = keyfile,
			.allow_kdf = o->allow_kdf};

		st = o->pass(i == 0 ? STORAGE_UNLOCK : STORAGE_AGAIN,
			&passphrase, o->payload, err);
		if (st != ST_OK)
			return st;
		st = vault_unlock(v, &with, err);
		secret_free(&passphrase);
	}
	if (st == ST_LOCKED)
		return forgotten(v, err);
	if (st == ST_OK)
		(void)vault_cache(v, STORAGE_CACHE_S, NULL);
	return st;
}

/* Unlocks with the remembered passphrase, or by asking for it. */
static enum status unlock_by_pass(struct storage *s,
	const struct storage_options *o, const struct secret *keyfile,
	struct err *err)
{
	enum status st = o->no_cache ? ST_NOT_FOUND
				     : vault_unlock_cached(s->vault, NULL);

	s->asks = st == ST_NOT_FOUND || st == ST_FAIL || st == ST_LOCKED;
	if (s->asks)
		return unlock_asking(s->vault, o, keyfile, err);
	return st == ST_OK ? ST_OK : vault_unlock_cached(s->vault, err);
}

/* The error when there is nothing to unlock with. */
static enum status no_way(const struct vault_info *info,
	const struct storage_places *at, enum status file_st, struct err *err)
{
	if (!has_slot(info, VAULT_KEYFILE) && !has_slot(info, VAULT_BOTH))
		return err_set(err, ST_LOCKED,
			"the saved conversations open with their recovery code "
			"alone: \"atllama key passwd --recovery\" sets a "
			"passphrase, or use --private");
	if (file_st == ST_NOT_FOUND)
		return err_set(err, ST_LOCKED,
			"the key file \"%s\" of the saved conversations is "
			"missing: put it back, or use --private",
			at->key_file.p);
	if (has_slot(info, VAULT_KEYFILE))
		return err_set(err, ST_LOCKED,
			"the key file \"%s\" is not that of the saved "
			"conversations: put theirs back, or use --private",
			at->key_file.p);
	return ST_LOCKED; /* err tells why the key file was not read */
}

static enum status unlock(struct storage *s, const struct storage_options *o,
	const struct storage_places *at, struct err *err)
{
	struct vault_info info;
	struct secret keyfile = {0};
	struct vault_secret with = {
		.keyfile = &keyfile, .allow_kdf = o->allow_kdf};
	bool has_file;
	bool takes_pass;
	enum status file_st;
	enum status st = ST_LOCKED;

	vault_info(s->vault, &info);
	file_st = vault_keyfile_read(at->key_file.p, &keyfile, err);
	has_file = file_st == ST_OK;
	takes_pass = has_slot(&info, VAULT_PASSPHRASE) ||
		(has_file && has_slot(&info, VAULT_BOTH));
	if (has_slot(&info, VAULT_KEYFILE)) {
		if (has_file)
			st = vault_unlock(s->vault, &with, err);
		else if (file_st != ST_NOT_FOUND && !takes_pass)
			st = file_st;
	}
	if (st == ST_LOCKED && takes_pass)
		st = unlock_by_pass(s, o, has_file ? &keyfile : NULL, err);
	else if (st == ST_LOCKED)
		st = no_way(&info, at, file_st, err);
	secret_free(&keyfile);
	return st;
}

static enum status finish_rotation(
	struct storage *s, const struct storage_options *o, struct err *err)
{
	struct rotate_report report;
	enum status st;

	if (!vault_rotating(s->vault))
		return ST_OK;
	rotate_report_init(&report);
	st = rotate_finish(s->vault, &report, err);
	if (st == ST_OK)
		tell(o,
			"A change of the master key was interrupted, and has "
			"been finished.");
	else
		err_prefix(err,
			"an interrupted change of the master key could not be "
			"finished");
	tell(o, report.text.len > 0 ? report.text.p : "");
	rotate_report_release(&report);
	return st;
}

/* Completes a deletion that was interrupted. */
static void finish_deletion(struct storage *s, const struct storage_options *o)
{
	struct delete_report report;
	struct buf text;
	struct err why;
	enum status st;

	delete_report_init(&report);
	buf_init(&text, BUF_SMALL);
	st = delete_finish(s->vault, s->catalog, &report, &why);
	if (st != ST_OK)
		buf_fmt(&text,
			"a deletion that was interrupted could not be "
			"finished: %s",
			why.msg);
	else if (report.conversations > 0)
		buf_fmt(&text,
			"A deletion was interrupted, and has been finished: "
			"%zu conversation%s.",
			report.conversations,
			report.conversations == 1 ? "" : "s");
	tell(o, text.p);
	buf_release(&text);
	delete_report_release(&report);
}

/* Recovers what a crash left behind. A fault there must not keep the user from
 * chatting, so it is only told. */
static void recover(struct storage *s, const struct storage_options *o)
{
	struct live_report report;
	struct buf text;

	live_report_init(&report);
	buf_init(&text, BUF_SMALL);
	(void)live_recover(s->vault, s->catalog, &report, NULL);
	if (report.recovered > 0)
		buf_fmt(&text,
			"%zu interrupted repl%s recovered; atllama -c goes "
			"on.",
			report.recovered,
			report.recovered == 1 ? "y was" : "ies were");
	if (report.text.len > 0)
		buf_fmt(&text, "%s%s", text.len > 0 ? "\n" : "", report.text.p);
	tell(o, text.p);
	live_report_release(&report);
	buf_release(&text);
}

/* Opens and unlocks the vault, or makes one. */
static enum status open_vault(struct storage *s,
	const struct storage_options *o, const struct storage_places *at,
	struct err *err)
{
	struct err absent = {0};
	enum status st = o->reading
		? vault_open_reading(
			  &s->vault, at->data.p, at->state.p, &absent)
		: vault_open(&s->vault, at->data.p, at->state.p, &absent);

	if (st == ST_OK)
		return unlock(s, o, at, err);
	if (st == ST_NOT_FOUND && !o->existing_only && !o->reading)
		return create(s, o, at, err);
	if (err != NULL)
		*err = absent;
	return st;
}

/* Completes what was interrupted, and opens what is in the vault. */
static enum status open_content(
	struct storage *s, const struct storage_options *o, struct err *err)
{
	enum status st = o->reading ? ST_OK : finish_rotation(s, o, err);

	if (st == ST_OK)
		st = catalog_open(s->vault, &s->catalog, err);
	if (st != ST_OK || o->reading)
		return st;
	finish_deletion(s, o);
	recover(s, o);
	s->memory = memory_new(s->vault, s->catalog);
	return s->memory != NULL ? ST_OK : err_nomem(err);
}

enum status storage_open(
	struct storage *s, const struct storage_options *o, struct err *err)
{
	struct storage_places at;
	enum status st;

	memset(s, 0, sizeof(*s));
	st = storage_places_find(&at, o, err);
	if (st == ST_OK)
		st = open_vault(s, o, &at, err);
	if (st == ST_OK) {
		struct span notice = vault_notice(s->vault);

		tell(o, notice.n > 0 ? notice.p : "");
		st = open_content(s, o, err);
	}
	if (st != ST_OK) {
		bool asks = s->asks;

		storage_close(s);
		s->asks = asks;
	}
	storage_places_release(&at);
	return st;
}

enum status storage_open_keyless(
	struct storage *s, const struct storage_options *o, struct err *err)
{
	struct storage_places at;
	enum status st;

	memset(s, 0, sizeof(*s));
	st = storage_places_find(&at, o, err);
	if (st == ST_OK)
		st = vault_open_reading(&s->vault, at.data.p, at.state.p, err);
	storage_places_release(&at);
	return st;
}

void storage_close(struct storage *s)
{
	memory_free(s->memory);
	catalog_close(s->catalog);
	vault_close(s->vault);
	memset(s, 0, sizeof(*s));
}
