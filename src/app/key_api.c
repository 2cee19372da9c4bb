#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "app/key.h"
#include "app/key_priv.h"
#include "app/unlock.h"
#include "store/apikeys.h"
#include "tty/pass.h"
#include "wire/json.h"

/* `make`: a vault is made where there is none yet. */
static enum status open_storage(struct app *app, bool make, struct err *err)
{
	struct storage_options o = unlock_options(app);
	enum status st;

	o.existing_only = !make;
	st = storage_open(&app->storage, &o, err);
	if (st == ST_NOT_FOUND)
		err_hint(err, ", and no key");
	return st;
}

/* Reads the first line of stdin, straight into the secret. */
static enum status read_stdin(struct secret *ret, struct err *err)
{
	struct secret s = {0};
	size_t n = 0;
	ssize_t got = 1;

	if (!secret_new(&s, APIKEY_MAX + 2))
		return err_nomem(err);
	while (got != 0 && n < s.room && memchr(s.p, '\n', n) == NULL) {
		got = read(STDIN_FILENO, s.p + n, s.room - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			secret_free(&s);
			return err_sys(err, ST_IO, "cannot read the key");
		}
		n += (size_t)got;
	}
	s.len = n;
	*ret = s;
	return ST_OK;
}

enum status key_trim(struct secret *s, struct err *err)
{
	struct span rest = secret_view(s);
	struct span key = span_trim(span_cut(&rest, '\n'));
	size_t i;

	for (i = 0; i < key.n; i++)
		if (key.p[i] < '!' || key.p[i] > '~')
			return err_set(err, ST_USAGE,
				"that holds characters that no key has: "
				"nothing "
				"was stored");
	if (key.n == 0 || key.n > APIKEY_MAX)
		return err_set(err, ST_USAGE,
			"a key has 1 to %zu characters: nothing was stored",
			APIKEY_MAX);
	memmove(s->p, key.p, key.n);
	explicit_bzero(s->p + key.n, s->room - key.n);
	s->len = key.n;
	return ST_OK;
}

static enum status check_name(const char *name, struct err *err)
{
	if (apikey_name_ok(span_str(name)))
		return ST_OK;
	return err_set(err, ST_USAGE,
		"a name has 1 to %d letters, digits, \"-\", \"_\" and \".\"; "
		"the "
		"key itself is asked for",
		APIKEY_NAME_MAX);
}

enum status key_set(struct app *app, struct err *err)
{
	const char *name = key_arg(app, 0);
	struct secret key = {0};
	struct buf prompt;
	enum status st = check_name(name, err);

	if (st != ST_OK)
		return st;
	buf_init(&prompt, BUF_SMALL);
	buf_fmt(&prompt, "API key \"%s\" (not shown): ", name);
	/* The key is read first: behind it, a pipe may carry the passphrase. */
	if (!isatty(STDIN_FILENO))
		st = read_stdin(&key, err);
	else
		st = pass_read(prompt.p, &key, err);
	if (st == ST_OK)
		st = key_trim(&key, err);
	if (st == ST_OK)
		st = open_storage(app, true, err);
	if (st == ST_OK)
		st = apikeys_set(app->storage.vault, app->storage.catalog, name,
			&key, err);
	if (st == ST_OK)
		app_note(app,
			"stored; an endpoint takes it with key_vault = \"%s\" "
			"in the configuration file",
			name);
	secret_free(&key);
	buf_release(&prompt);
	return st;
}

enum status key_unset(struct app *app, struct err *err)
{
	const char *name = key_arg(app, 0);
	enum status st = check_name(name, err);

	if (st == ST_OK)
		st = open_storage(app, false, err);
	if (st == ST_OK)
		st = apikeys_unset(
			app->storage.vault, app->storage.catalog, name, err);
	if (st == ST_OK)
		app_note(app,
			"removed; to make it worthless wherever a copy is, "
			"revoke it where it was issued");
	return st;
}

enum status key_names(struct app *app, struct err *err)
{
	struct buf out;
	struct err why;
	enum status st = open_storage(app, false, &why);

	buf_init(&out, BUF_LARGE);
	if (st == ST_OK)
		st = apikeys_names(
			app->storage.vault, app->storage.catalog, &out, &why);
	else if (st == ST_NOT_FOUND)
		st = ST_OK; /* no vault, no keys */
	if (st == ST_OK && app->args.json) {
		struct buf text;
		struct json_writer w = {.out = &text};
		struct span rest = buf_view(&out);

		buf_init(&text, BUF_LARGE);
		json_open(&w, '[');
		while (rest.n > 0)
			json_add_string(&w, span_cut(&rest, '\n'));
		json_close(&w, ']');
		buf_char(&text, '\n');
		buf_release(&out);
		return key_print(app, &text, err);
	}
	if (st == ST_OK)
		return key_print(app, &out, err);
	buf_release(&out);
	if (err != NULL)
		*err = why;
	return st;
}

/* Opens the store for this one key and closes it again: with --private, nothing
 * that could be written to stays open. */
static enum status from_closed(
	struct app *app, const char *name, struct secret *ret, struct err *err)
{
	struct storage_options o = unlock_options(app);
	struct storage storage;
	enum status st;

	o.existing_only = true;
	st = storage_open(&storage, &o, err);
	if (st == ST_OK)
		st = apikeys_get(
			storage.vault, storage.catalog, name, ret, err);
	storage_close(&storage);
	return st;
}

enum status key_from_vault(
	const char *name, struct secret *ret, void *payload, struct err *err)
{
	struct app *app = payload;
	enum status st = check_name(name, err);

	if (st == ST_OK && app->args.private && app->storage.vault == NULL)
		return from_closed(app, name, ret, err);
	if (st == ST_OK)
		st = unlock_storage(app, err);
	if (st == ST_OK && app->storage.vault == NULL)
		st = err_set(err, ST_CONFIG,
			"the vault with the key \"%s\" cannot be opened", name);
	if (st == ST_OK)
		st = apikeys_get(app->storage.vault, app->storage.catalog, name,
			ret, err);
	return st;
}
