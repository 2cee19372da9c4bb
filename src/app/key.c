#include "app/key.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "app/key_priv.h"
#include "app/key_words.h"
#include "app/question.h"
#include "app/screen.h"
#include "app/unlock.h"
#include "base/file.h"
#include "store/rotate.h"
#include "tty/pass.h"

enum { TRIES = 3, GROUP = 4 };

static enum status (*const runs[])(struct app *app, struct err *err) = {
	[KEY_INIT] = key_init,
	[KEY_STATUS] = key_status,
	[KEY_PASSWD] = key_passwd,
	[KEY_ADD] = key_add,
	[KEY_REMOVE] = key_remove,
	[KEY_RECOVERY] = key_recovery,
	[KEY_UNLOCK] = key_unlock,
	[KEY_LOCK] = key_lock,
	[KEY_ROTATE] = key_rotate,
	[KEY_SET] = key_set,
	[KEY_UNSET] = key_unset,
	[KEY_NAMES] = key_names,
};

enum status key_run(struct app *app, struct err *err)
{
	enum key_what what = key_find(app->args.words.v[0]);

	assert(what != KEY_WHATS); /* args_parse() has checked the words */
	return runs[what](app, err);
}

const char *key_arg(const struct app *app, size_t i)
{
	return i + 1 < app->args.words.n ? app->args.words.v[i + 1] : NULL;
}

enum status key_print(const struct app *app, struct buf *out, struct err *err)
{
	enum status st = screen_write(app, out, err);

	buf_release(out);
	return st;
}

/*
 * Questions
 */

enum status key_confirm(
	const struct app *app, const char *question, struct err *err)
{
	if (app->args.yes)
		return ST_OK;
	if (!question_terminal())
		return err_set(err, ST_USAGE,
			"there is no terminal to ask on: --yes goes ahead");
	if (!question_yes(question))
		return err_set(err, ST_STOPPED, "nothing was changed");
	return ST_OK;
}

bool key_offer(const char *question)
{
	char line[64];

	return question_line(question, line, sizeof(line)) &&
		(line[0] == '\0' || line[0] == 'y' || line[0] == 'Y');
}

/*
 * The vault
 */

enum status key_vault_open(
	struct app *app, struct key_vault *k, struct err *err)
{
	struct storage_options o = unlock_options(app);
	enum status st;

	memset(k, 0, sizeof(*k));
	st = storage_places_find(&k->at, &o, err);
	if (st == ST_OK)
		st = vault_open(&k->vault, k->at.data.p, k->at.state.p, err);
	if (st == ST_NOT_FOUND)
		err_hint(err, "; \"atllama key init\" makes one");
	if (st == ST_OK)
		vault_info(k->vault, &k->info);
	return st;
}

void key_vault_close(struct key_vault *k)
{
	vault_close(k->vault);
	k->vault = NULL;
	storage_places_release(&k->at);
}

bool key_vault_has(const struct key_vault *k, enum vault_slot_type type)
{
	size_t i;

	for (i = 0; i < k->info.n; i++)
		if (k->info.slots[i].type == type)
			return true;
	return false;
}

void key_held_free(struct key_held *h)
{
	secret_free(&h->passphrase);
	secret_free(&h->keyfile);
	secret_free(&h->recovery);
	memset(&h->s, 0, sizeof(h->s));
}

/* Reads the key file, if the vault has a slot for one and the file exists. */
static void take_file(const struct key_vault *k, struct key_held *h)
{
	if ((key_vault_has(k, VAULT_KEYFILE) || key_vault_has(k, VAULT_BOTH)) &&
		h->keyfile.p == NULL &&
		vault_keyfile_read(k->at.key_file.p, &h->keyfile, NULL) ==
			ST_OK)
		h->s.keyfile = &h->keyfile;
}

static enum status read_secret(struct app *app, const char *prompt,
	struct secret *ret, struct err *err)
{
	secret_free(ret);
	if (app->args.passphrase_fd.set)
		return pass_from_fd((int)app->args.passphrase_fd.v, ret, err);
	if (!question_terminal())
		return err_set(err, ST_LOCKED,
			"there is no terminal to ask for it; give it with "
			"--passphrase-fd");
	return pass_read(prompt, ret, err);
}

/* Nothing typed on the terminal leaves the passphrase unset. */
static enum status read_pass(struct app *app, const char *prompt,
	struct key_held *h, struct err *err)
{
	enum status st = read_secret(app, prompt, &h->passphrase, err);

	h->s.allow_kdf = app->args.allow_kdf;
	h->s.passphrase = st == ST_OK && h->passphrase.len > 0 ? &h->passphrase
							       : NULL;
	return st;
}

static enum status read_nth_pass(
	struct app *app, int n, struct key_held *h, struct err *err)
{
	return read_pass(app,
		n == 0 ? "Passphrase of your conversations: "
		       : "That is not it. Passphrase: ",
		h, err);
}

static enum status read_recovery(
	struct app *app, struct key_held *h, struct err *err)
{
	struct secret text = {0};
	enum status st = read_secret(app, "Recovery code: ", &text, err);

	if (st == ST_OK)
		st = vault_recovery_parse(
			secret_view(&text), &h->recovery, err);
	if (st == ST_OK)
		h->s.recovery = &h->recovery;
	secret_free(&text);
	return st;
}

static enum status finish_rotation(
	struct app *app, struct key_vault *k, struct err *err)
{
	struct rotate_report report;
	enum status st;

	if (!vault_rotating(k->vault))
		return ST_OK;
	rotate_report_init(&report);
	st = rotate_finish(k->vault, &report, err);
	if (report.text.len > 0)
		app_say(app, "%s", report.text.p);
	if (st == ST_OK)
		app_note(app,
			"a change of the master key was interrupted, and has "
			"been finished");
	rotate_report_release(&report);
	return st;
}

/* Tries one recovery code. ST_LOCKED when it is mistyped or belongs to another
 * vault. */
static enum status try_recovery(struct app *app, struct key_vault *k,
	struct key_held *h, struct err *err)
{
	enum status st = read_recovery(app, h, err);

	if (st == ST_USAGE && !app->args.passphrase_fd.set)
		return ST_LOCKED;
	return st == ST_OK ? vault_unlock(k->vault, &h->s, err) : st;
}

static enum status unlock_recovery(struct app *app, struct key_vault *k,
	struct key_held *h, struct err *err)
{
	int left = app->args.passphrase_fd.set ? 1 : TRIES;
	enum status st = ST_LOCKED;

	while (st == ST_LOCKED && left-- > 0) {
		st = try_recovery(app, k, h, err);
		if (st == ST_LOCKED && left > 0)
			app_say(app, "%s", err->msg);
	}
	return st;
}

/* Unlocks with the key file and, where a slot takes one, the passphrase. */
static enum status unlock_usual(struct app *app, struct key_vault *k,
	struct key_held *h, struct err *err)
{
	bool asks = key_vault_has(k, VAULT_PASSPHRASE) ||
		key_vault_has(k, VAULT_BOTH);
	int tries = app->args.passphrase_fd.set || !asks ? 1 : TRIES;
	enum status st = ST_LOCKED;
	int i;

	take_file(k, h);
	for (i = 0; st == ST_LOCKED && i < tries; i++) {
		st = asks ? read_nth_pass(app, i, h, err) : ST_OK;
		if (st != ST_OK)
			return st;
		st = vault_unlock(k->vault, &h->s, err);
	}
	if (st == ST_LOCKED && asks && key_vault_has(k, VAULT_RECOVERY))
		err_hint(err,
			"; with the recovery code \"atllama key passwd "
			"--recovery\" sets a new one");
	return st;
}

enum status key_unlock_with(struct app *app, struct key_vault *k,
	struct key_held *h, bool recovery, struct err *err)
{
	enum status st;

	h->s.allow_kdf = app->args.allow_kdf;
	st = recovery ? unlock_recovery(app, k, h, err)
		      : unlock_usual(app, k, h, err);
	if (st == ST_OK && vault_notice(k->vault).n > 0)
		app_note(app, "%s", vault_notice(k->vault).p);
	if (st == ST_OK)
		st = finish_rotation(app, k, err);
	if (st == ST_OK)
		vault_info(k->vault, &k->info);
	return st;
}

/*
 * New secrets
 */

enum status key_params(
	struct app *app, struct vault_params *ret, struct err *err)
{
	static const char *const names[] = {
		[KDF_DEFAULT] = "default",
		[KDF_LOW_MEMORY] = "low-memory",
		[KDF_HIGH] = "high",
		[KDF_MINIMAL] = "minimal",
	};
	enum status st = vault_params_named(names[app->args.kdf], ret, err);

	/* The minimal profile is chosen where every second counts, so it is not
	 * tuned. */
	if (st == ST_OK && app->args.kdf != KDF_MINIMAL)
		st = vault_params_tune(ret, err);
	if (st == ST_NOMEM)
		err_hint(err, "; --kdf low-memory needs 64 MiB");
	return st;
}

/* Whether the user types back the last characters of the code. */
static bool confirmed(const struct secret *text)
{
	const char *want = (const char *)text->p + text->len - GROUP;
	char line[128];
	int i;

	for (i = 0; i < TRIES; i++) {
		struct span typed;

		if (!question_line(i == 0
				    ? "Write it down. Its last 4 characters, "
				      "to be sure: "
				    : "Those are not its last 4 characters. "
				      "Once more: ",
			    line, sizeof(line)))
			return false;
		typed = span_trim(span_str(line));
		if (typed.n == GROUP && strncasecmp(typed.p, want, GROUP) == 0)
			return true;
	}
	return false;
}

static bool show(int fd, const struct secret *text)
{
	static const char before[] =
		"Recovery code, shown this once; whoever has it can open "
		"the vault:\n\n    ";

	return fd_write_full(fd, before, sizeof(before) - 1) &&
		fd_write_full(fd, text->p, text->len) &&
		fd_write_full(fd, "\n\n", 2);
}

enum status key_new_recovery(
	struct app *app, struct secret *ret, struct err *err)
{
	struct secret key = {0};
	struct secret text = {0};
	bool ask = question_terminal() && !app->args.passphrase_fd.set;
	enum status st = vault_recovery_new(&key, &text, err);
	int fd = -1;

	if (st != ST_OK)
		return st;
	if (ask) {
		/* Straight to the terminal, so that no log of stderr has it. */
		fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
		if (fd < 0 || !show(fd, &text))
			st = err_sys(
				err, ST_IO, "cannot write to the terminal");
		else if (!confirmed(&text))
			st = err_set(err, ST_STOPPED,
				"no recovery code was made: it was not typed "
				"back");
		if (fd >= 0)
			(void)close(fd);
	} else if (!fd_write_full(STDOUT_FILENO, text.p, text.len) ||
		!fd_write_full(STDOUT_FILENO, "\n", 1)) {
		st = err_sys(err, ST_IO, "cannot write to standard output");
	}
	if (st == ST_OK) {
		*ret = key;
		key = (struct secret){0};
	}
	secret_free(&key);
	secret_free(&text);
	return st;
}
