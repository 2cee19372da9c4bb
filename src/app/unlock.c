#include "app/unlock.h"

#include <fcntl.h>
#include <unistd.h>

#include "store/vault.h"
#include "text/strength.h"
#include "tty/pass.h"
#include "tty/term.h"

bool unlock_can_ask(const struct app *app)
{
	int fd;

	if (app->args.passphrase_fd.set)
		return true;
	if (!term_get()->err)
		return false;
	fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

enum status unlock_ask_twice(
	const char *question, struct secret *ret, bool *done, struct err *err)
{
	enum { SHORTEST = 12 };
	struct secret first = {0};
	struct secret again = {0};
	enum status st = pass_read(question, &first, err);

	*done = st == ST_OK && first.len == 0;
	if (st != ST_OK || *done)
		goto out;
	if (first.len < SHORTEST) {
		app_say(NULL,
			"at least %d characters; four or more words are good",
			SHORTEST);
		goto out;
	}
	st = pass_read("The same again: ", &again, err);
	if (st != ST_OK)
		goto out;
	*done = span_eq(secret_view(&first), secret_view(&again));
	if (*done) {
		unsigned bits = strength_bits(secret_view(&first));

		if (bits < STRENGTH_FAIR)
			app_say(NULL,
				"warning: this passphrase is weak (about %u "
				"bits, roughly): who gets hold of the files "
				"may guess it. Four words that have nothing to "
				"do with each other have about 60; \"atllama "
				"key passwd --generate\" makes one",
				bits);
		*ret = first;
		first = (struct secret){0};
	} else {
		app_say(NULL, "the two were not the same; once more");
	}
out:
	secret_free(&first);
	secret_free(&again);
	return st;
}

/* Asks until the same is typed twice. Nothing typed leaves *ret empty. */
static enum status ask_new(struct secret *ret, struct err *err)
{
	const char *question =
		"Conversations are saved encrypted. Choose a passphrase, or "
		"press Enter\nto use a key file on this machine instead.\n"
		"New passphrase: ";
	bool done = false;
	enum status st = ST_OK;

	while (st == ST_OK && !done) {
		st = unlock_ask_twice(question, ret, &done, err);
		question = "New passphrase: ";
	}
	return st;
}

/* The descriptor is read once and its passphrase kept: an answer may open the
 * vault twice, for a key and for saving. */
static enum status from_fd(struct app *app, struct secret *ret, struct err *err)
{
	enum status st = ST_OK;

	if (app->passphrase.len == 0)
		st = pass_from_fd(
			(int)app->args.passphrase_fd.v, &app->passphrase, err);
	if (st == ST_OK &&
		!secret_set(ret, app->passphrase.p, app->passphrase.len))
		st = err_nomem(err);
	return st;
}

enum status unlock_ask(enum storage_ask purpose, struct secret *ret,
	void *payload, struct err *err)
{
	struct app *app = payload;

	if (app->args.passphrase_fd.set) {
		if (purpose == STORAGE_AGAIN)
			return err_set(err, ST_LOCKED,
				"the passphrase from --passphrase-fd is wrong");
		return from_fd(app, ret, err);
	}
	switch (purpose) {
	case STORAGE_NEW: return ask_new(ret, err);
	case STORAGE_AGAIN:
		return pass_read("That is not it. Passphrase: ", ret, err);
	case STORAGE_UNLOCK: break;
	}
	return pass_read("Passphrase of your conversations: ", ret, err);
}

void unlock_notice(const char *text, void *payload)
{
	app_note(payload, "%s", text);
}

bool unlock_may_go_on(const struct app *app, enum status st)
{
	const struct args *args = &app->args;

	/* A conversation that is to be continued can only come from the
	 * store. */
	return !args->strict && !args->cont && !args->resume.set &&
		(st == ST_IO || st == ST_CONFIG);
}

struct storage_options unlock_options(struct app *app)
{
	return (struct storage_options){
		.key_file = app->args.key_file,
		.pass = unlock_can_ask(app) ? unlock_ask : NULL,
		.notice = unlock_notice,
		.payload = app,
		.no_cache = app->args.passphrase_fd.set,
		.allow_kdf = app->args.allow_kdf,
	};
}

bool unlock_has_vault(struct app *app)
{
	struct storage_options o = unlock_options(app);
	struct storage_places at = {0};
	struct vault *v = NULL;
	enum status st = storage_places_find(&at, &o, NULL);

	if (st == ST_OK)
		st = vault_open_reading(&v, at.data.p, at.state.p, NULL);
	vault_close(v);
	storage_places_release(&at);
	return st != ST_NOT_FOUND;
}

enum status unlock_storage(struct app *app, struct err *err)
{
	struct storage_options o = unlock_options(app);
	struct err why;
	enum status st;

	if (app->args.private || app->storage.vault != NULL)
		return ST_OK;
	st = storage_open(&app->storage, &o, &why);
	if (st == ST_OK)
		return ST_OK;
	if (unlock_may_go_on(app, st)) {
		app_say(app, "%s\nthis conversation is NOT SAVED", why.msg);
		return ST_OK;
	}
	if (err != NULL)
		*err = why;
	return st;
}
