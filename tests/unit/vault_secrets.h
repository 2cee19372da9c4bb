/*
 * Secrets for tests of the vault, and a cost of passphrases that only tests may
 * have.
 */
#ifndef ATL_TESTS_VAULT_SECRETS_H
#define ATL_TESTS_VAULT_SECRETS_H

#include "store/vault.h"
#include "unit/home.h"

static const struct vault_params weak = {
	.t = 1, .m_kib = 8, .allow_weak = true};

/* One vault_secret with memory of its own. */
struct hold {
	struct secret pass;
	struct secret file;
	struct secret code;
	struct vault_secret s;
};

/* pass may be NULL; a key file or code is the byte repeated, 0 for none. */
static inline const struct vault_secret *hold(
	struct hold *h, const char *pass, int file, int code)
{
	uint8_t bytes[BOX_KEY];

	memset(h, 0, sizeof(*h));
	h->s.allow_kdf = true;
	if (pass != NULL) {
		HOME_MUST(secret_new(&h->pass, strlen(pass) + 1));
		memcpy(h->pass.p, pass, strlen(pass));
		h->pass.len = strlen(pass);
		h->s.passphrase = &h->pass;
	}
	if (file != 0) {
		memset(bytes, file, sizeof(bytes));
		HOME_MUST(secret_set(&h->file, bytes, sizeof(bytes)));
		h->s.keyfile = &h->file;
	}
	if (code != 0) {
		memset(bytes, code, sizeof(bytes));
		HOME_MUST(secret_set(&h->code, bytes, sizeof(bytes)));
		h->s.recovery = &h->code;
	}
	return &h->s;
}

static inline void hold_free(struct hold *h)
{
	secret_free(&h->pass);
	secret_free(&h->file);
	secret_free(&h->code);
}

/* Opens and unlocks, and closes again unless ret is not NULL. */
static inline enum status open_with(const struct home *home, const char *pass,
	int file, int code, struct vault **ret, struct err *err)
{
	struct vault *v = NULL;
	struct hold h;
	enum status st = vault_open(&v, home->data, home->state, err);

	if (st != ST_OK)
		return st;
	st = vault_unlock(v, hold(&h, pass, file, code), err);
	hold_free(&h);
	if (st == ST_OK && ret != NULL) {
		*ret = v;
		v = NULL;
	}
	vault_close(v);
	return st;
}

/* A vault with these secrets, closed again. */
static inline enum status make_with(
	const struct home *home, const char *pass, int file, int code)
{
	struct vault *v = NULL;
	struct hold h;
	enum status st = vault_create(&v, home->data, home->state,
		hold(&h, pass, file, code), &weak, NULL);

	hold_free(&h);
	vault_close(v);
	return st;
}

#endif
