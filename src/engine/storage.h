/*
 * Where conversations are kept: how the vault is opened or made, what was left
 * behind by a crash is recovered, and the list of conversations opened.
 *
 * Policy, in this order. No vault: the user is asked for a new passphrase where
 * there is someone to ask, and an empty answer, or nobody to ask, makes a key
 * file. A vault: the kernel's keyring, then the key file, then the passphrase,
 * asked for three times at most.
 */
#ifndef ATL_ENGINE_STORAGE_H
#define ATL_ENGINE_STORAGE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/secret.h"

struct catalog;
struct vault;

enum storage_ask { STORAGE_UNLOCK, STORAGE_AGAIN, STORAGE_NEW };

struct storage_options {
	const char *data; /* NULL: the XDG data folder */
	const char *state; /* NULL: the XDG state folder */
	const char *key_file; /* NULL: "key" in the XDG configuration folder */
	/* Fills an empty secret; leaves it empty for "a key file". NULL: there
	 * is nobody to ask. */
	enum status (*pass)(enum storage_ask purpose, struct secret *ret,
		void *payload, struct err *err);
	/* A sentence for the user. NULL: not told. */
	void (*notice)(const char *text, void *payload);
	void *payload;
	bool existing_only; /* ST_NOT_FOUND rather than make a vault */
	bool no_cache; /* the kernel's keyring is not asked */
};

struct storage {
	struct vault *vault;
	struct catalog *catalog;
};

enum status storage_open(
	struct storage *s, const struct storage_options *o, struct err *err);
/* Survives a zeroed struct. */
void storage_close(struct storage *s);

#endif
