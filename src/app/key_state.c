#include <inttypes.h>
#include <unistd.h>

#include "app/key.h"
#include "app/key_priv.h"
#include "base/clock.h"
#include "store/keyring.h"
#include "text/safe.h"
#include "tty/term.h"
#include "wire/json.h"

enum open_state {
	STATE_LOCKED,
	STATE_CACHED,
	STATE_KEYFILE, /* opens without asking */
	STATE_NO_KEYRING,
	STATE_NO_KEYFILE, /* which is what opens it */
	STATE_CODE, /* nothing else opens it */
};

static const char *const state_words[] = {
	[STATE_LOCKED] = "locked",
	[STATE_CACHED] = "unlocked",
	[STATE_KEYFILE] = "key-file",
	[STATE_NO_KEYRING] = "no-keyring",
	[STATE_NO_KEYFILE] = "locked",
	[STATE_CODE] = "locked",
};

static const char *const state_texts[] = {
	[STATE_LOCKED] = "locked: the passphrase will be asked for",
	[STATE_CACHED] = "unlocked for now, by the kernel's keyring",
	[STATE_KEYFILE] = "opens with the key file, without a question",
	[STATE_NO_KEYRING] = "locked, and no keyring here: each command asks",
	[STATE_NO_KEYFILE] = "locked: the key file is missing or does not read",
	[STATE_CODE] = "locked: only the recovery code opens it, by \"atllama "
		       "key passwd --recovery\"",
};

static bool keyfile_reads(const struct key_vault *k)
{
	struct secret s = {0};
	bool ok = vault_keyfile_read(k->at.key_file.p, &s, NULL) == ST_OK;

	secret_free(&s);
	return ok;
}

static enum open_state find_state(const struct key_vault *k)
{
	bool file = keyfile_reads(k);
	struct secret s = {0};
	enum status st;

	if (key_vault_has(k, VAULT_KEYFILE) && file)
		return STATE_KEYFILE;
	st = keyring_get(&k->info.id, k->info.epoch, &s, NULL);
	secret_free(&s);
	if (st == ST_OK)
		return STATE_CACHED;
	if (key_vault_has(k, VAULT_PASSPHRASE) ||
		(key_vault_has(k, VAULT_BOTH) && file))
		return st == ST_NOT_FOUND ? STATE_LOCKED : STATE_NO_KEYRING;
	if (key_vault_has(k, VAULT_KEYFILE) || key_vault_has(k, VAULT_BOTH))
		return STATE_NO_KEYFILE;
	return STATE_CODE;
}

/* Whether memory for secrets can be locked, by trying. */
static bool memory_locked(void)
{
	struct secret s = {0};
	bool ok = secret_new(&s, BOX_KEY) && secret_locked();

	secret_free(&s);
	return ok;
}

static void put_slot(struct buf *out, size_t i, const struct vault_slot_info *s)
{
	buf_fmt(out, "slot %zu       %s", i + 1, vault_slot_type_name(s->type));
	if (s->t > 0)
		buf_fmt(out, ", Argon2id %" PRIu32 " MiB, %" PRIu32 " passes",
			s->m_kib / 1024, s->t);
	buf_str(out, ", since ");
	clock_local(s->created_ms, out);
	if (s->label[0] != '\0') {
		buf_str(out, ", \"");
		safe_line(span_str(s->label), out);
		buf_char(out, '"');
	}
	if (s->below_default)
		buf_str(out,
			"; cheaper to guess than today's default: "
			"\"atllama key passwd\" renews it");
	buf_char(out, '\n');
}

/* What is wrong with the vault's files, each on a line. */
static void put_faults(const struct key_vault *k, struct buf *out)
{
	struct buf faults;
	struct span rest;

	buf_init(&faults, BUF_SMALL);
	vault_faults(k->vault, &faults);
	rest = buf_view(&faults);
	while (rest.n > 0) {
		buf_str(out, "fault        ");
		safe_line(span_cut(&rest, '\n'), out);
		buf_char(out, '\n');
	}
	buf_release(&faults);
}

static enum status put_text(
	const struct app *app, const struct key_vault *k, struct err *err)
{
	struct buf out;
	char hex[ID_HEX + 1];
	size_t i;

	buf_init(&out, BUF_LARGE);
	id_hex(&k->info.id, hex);
	buf_str(&out, "vault        ");
	safe_line(span_str(vault_dir(k->vault)), &out);
	buf_fmt(&out,
		"\nid           %s, change %" PRIu64 ", master key %" PRIu32
		"\nstate        %s\n",
		hex, k->info.generation, k->info.epoch,
		state_texts[find_state(k)]);
	buf_str(&out, "key file     ");
	safe_line(buf_view(&k->at.key_file), &out);
	buf_fmt(&out, "%s\nkey memory   %s\n",
		access(k->at.key_file.p, F_OK) == 0 ? "" : " (none there)",
		memory_locked() ? "never swapped" : "may be swapped to disk");
	for (i = 0; i < k->info.n; i++)
		put_slot(&out, i, &k->info.slots[i]);
	put_faults(k, &out);
	if (vault_rotating(k->vault))
		buf_str(&out,
			"a change of the master key was interrupted; "
			"the next command finishes it\n");
	return key_print(app, &out, err);
}

static void add_slot(
	struct json_writer *w, size_t i, const struct vault_slot_info *s)
{
	json_open(w, '{');
	json_member_int(w, "slot", (int64_t)i + 1);
	json_member_id(w, "id", &s->id);
	json_member_str(w, "type", span_str(vault_slot_type_name(s->type)));
	if (s->t > 0) {
		json_member_int(w, "passes", s->t);
		json_member_int(w, "memory_kib", s->m_kib);
	}
	json_member_time(w, "created", s->created_ms);
	json_member_str(w, "label", span_str(s->label));
	json_member_bool(w, "rehash", s->below_default);
	json_close(w, '}');
}

static enum status put_json(
	const struct app *app, const struct key_vault *k, struct err *err)
{
	struct buf out;
	struct buf faults;
	struct span rest;
	struct json_writer w = {.out = &out, .safe = term_get()->out};
	size_t i;

	buf_init(&out, BUF_LARGE);
	buf_init(&faults, BUF_SMALL);
	vault_faults(k->vault, &faults);
	rest = buf_view(&faults);
	json_open(&w, '{');
	json_member_str(&w, "vault", span_str(vault_dir(k->vault)));
	json_member_id(&w, "id", &k->info.id);
	json_member_int(
		&w, "generation", (int64_t)(k->info.generation & INT64_MAX));
	json_member_int(&w, "epoch", k->info.epoch);
	json_member_bool(&w, "rotating", vault_rotating(k->vault));
	json_member_str(&w, "state", span_str(state_words[find_state(k)]));
	json_member_str(&w, "key_file", buf_view(&k->at.key_file));
	json_member_bool(&w, "memory_locked", memory_locked());
	json_key(&w, "slots");
	json_open(&w, '[');
	for (i = 0; i < k->info.n; i++)
		add_slot(&w, i, &k->info.slots[i]);
	json_close(&w, ']');
	json_key(&w, "faults");
	json_open(&w, '[');
	while (rest.n > 0)
		json_add_string(&w, span_cut(&rest, '\n'));
	json_close(&w, ']');
	json_close(&w, '}');
	buf_char(&out, '\n');
	buf_release(&faults);
	return key_print(app, &out, err);
}

enum status key_status(struct app *app, struct err *err)
{
	struct key_vault k;
	enum status st = key_vault_open(app, &k, err);

	if (st == ST_OK)
		st = app->args.json ? put_json(app, &k, err)
				    : put_text(app, &k, err);
	key_vault_close(&k);
	return st;
}

enum status key_lock_now(struct app *app, bool *ret_locked, struct err *err)
{
	struct key_vault k;
	struct err why;
	enum open_state state = STATE_LOCKED;
	enum status st = key_vault_open(app, &k, err);

	if (st == ST_OK) {
		state = find_state(&k);
		st = vault_lock(k.vault, &why);
		if (st == ST_FAIL && state != STATE_CACHED) {
			app_note(app,
				"there was nothing to lock: the kernel's "
				"keyring is refused here (%s)",
				why.msg);
			st = ST_OK;
		} else if (st == ST_OK) {
			app_note(app, "locked");
		} else if (err != NULL) {
			*err = why;
		}
	}
	if (st == ST_OK && state == STATE_KEYFILE)
		app_note(app,
			"the key file \"%s\" still opens the vault without a "
			"question",
			k.at.key_file.p);
	*ret_locked = st == ST_OK && state != STATE_KEYFILE;
	key_vault_close(&k);
	return st;
}

enum status key_lock(struct app *app, struct err *err)
{
	bool locked;

	return key_lock_now(app, &locked, err);
}

enum status key_unlock(struct app *app, struct err *err)
{
	int64_t minutes = app->args.timeout.set ? app->args.timeout.v
						: STORAGE_CACHE_S / 60;
	struct key_vault k;
	struct key_held h = {0};
	enum status st = key_vault_open(app, &k, err);

	if (st == ST_OK && !app->args.recovery &&
		find_state(&k) == STATE_KEYFILE) {
		app_note(app,
			"the key file opens the vault without a question: "
			"there is nothing to unlock");
		goto out;
	}
	if (st == ST_OK)
		st = key_unlock_with(app, &k, &h, app->args.recovery, err);
	if (st == ST_OK) {
		st = vault_cache(k.vault, (unsigned)(minutes * 60), err);
		if (st != ST_OK)
			err_prefix(err,
				"the secret is right, but the vault cannot be "
				"kept open and will be asked for each time");
	}
	if (st == ST_OK)
		app_note(app,
			"unlocked for %" PRId64
			" minutes; \"atllama key lock\" "
			"ends it",
			minutes);
	if (st == ST_OK && app->args.recovery)
		app_note(app,
			"\"atllama key passwd --recovery\" sets a new "
			"passphrase");
out:
	key_held_free(&h);
	key_vault_close(&k);
	return st;
}
