#include "app/serve_token.h"

#include "base/file.h"
#include "base/id.h"
#include "store/box.h"
#include "tty/term.h"

enum {
	TOKEN_BYTES = 32,
	SHORTEST = 16, /* characters of a token that somebody else made */
};

static struct key_ref ref_of(const struct buf *path)
{
	return (struct key_ref){.source = KEY_FILE, .name = path->p};
}

static enum status make(
	const struct app *app, const struct buf *path, struct err *err)
{
	uint8_t bytes[TOKEN_BYTES];
	char text[2 * TOKEN_BYTES + 2];
	enum status st = box_init(err);

	if (st == ST_OK)
		st = file_mkdirs_above(path->p, 0700, err);
	if (st != ST_OK)
		return st;
	box_random(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), text);
	text[2 * TOKEN_BYTES] = '\n';
	st = file_replace(
		path->p, span_of(text, 2 * TOKEN_BYTES + 1), 0600, err);
	text[2 * TOKEN_BYTES] = '\0';
	/* Only to a terminal: otherwise a service manager would log it. */
	if (st == ST_OK && term_get()->err)
		app_say(app, "token, shown this once: %s\nit is kept in %s",
			text, path->p);
	else if (st == ST_OK)
		app_say(app, "a token was made; it is kept in %s", path->p);
	box_wipe(bytes, sizeof(bytes));
	box_wipe(text, sizeof(text));
	return st;
}

static enum status check(
	const struct secret *token, const struct buf *path, struct err *err)
{
	if (token != NULL && token->len >= SHORTEST)
		return ST_OK;
	return err_set(err, ST_CONFIG,
		"the token in \"%s\" is too short: at least %d characters",
		path->p, SHORTEST);
}

enum status serve_token(struct app *app, const struct secret **ret,
	struct buf *path, struct err *err)
{
	struct key_ref ref;
	enum status st = ST_OK;

	if (app->args.token_file != NULL)
		buf_str(path, app->args.token_file);
	else
		st = file_xdg(XDG_CONFIG, "serve.token", path, err);
	if (st == ST_OK)
		st = buf_check(path, "path", err);
	if (st == ST_OK && !file_exists(path->p))
		st = make(app, path, err);
	if (st != ST_OK)
		return st;
	ref = ref_of(path);
	st = keys_get(&app->env.keys, &ref, ret, err);
	return st == ST_OK ? check(*ret, path, err) : st;
}

enum status serve_token_renew(
	struct app *app, const struct buf *path, struct err *err)
{
	struct key_ref ref = ref_of(path);
	bool other = false;

	return keys_renew(&app->env.keys, &ref, &other, err);
}
