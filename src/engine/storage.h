/*
 * Where conversations are kept: opens or makes the vault, recovers what a crash
 * left behind, and opens the list of conversations.
 *
 * The policy, in this order. Without a vault, the user is asked for a new
 * passphrase; an empty answer, or nobody to ask, makes a key file. A vault is
 * opened with the key file, then with the kernel's keyring, then with the
 * passphrase, which is asked for three times at most. An interrupted change of
 * the master key is completed before anything else.
 */
#ifndef ATL_ENGINE_STORAGE_H
#define ATL_ENGINE_STORAGE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

struct catalog;
struct memory;
struct vault;

enum storage_ask { STORAGE_UNLOCK, STORAGE_AGAIN, STORAGE_NEW };

struct storage_options {
	const char *data; /* NULL: the XDG data folder */
	const char *state; /* NULL: the XDG state folder */
	const char *key_file; /* NULL: "key" in the XDG configuration folder */
	/* Fills an empty secret, or leaves it empty, which means a key file.
	 * NULL: nobody can be asked. */
	enum status (*pass)(enum storage_ask purpose, struct secret *ret,
		void *payload, struct err *err);
	/* Gets a sentence for the user. NULL: nothing is told. */
	void (*notice)(const char *text, void *payload);
	void *payload;
	bool existing_only; /* ST_NOT_FOUND rather than make a vault */
	/* Read only: nothing is made, repaired, recovered or completed. Implies
	 * existing_only. */
	bool reading;
	bool no_cache; /* the kernel's keyring is not used */
	bool allow_kdf; /* see struct vault_secret */
};

/* Seconds that a passphrase is remembered, by default. */
#define STORAGE_CACHE_S (15u * 60)

/* Where everything is. Release with storage_places_release(). */
struct storage_places {
	struct buf data;
	struct buf state;
	struct buf key_file;
};

enum status storage_places_find(struct storage_places *p,
	const struct storage_options *o, struct err *err);
/* A zeroed struct is allowed. */
void storage_places_release(struct storage_places *p);

struct storage {
	struct vault *vault;
	struct catalog *catalog;
	struct memory *memory; /* NULL with `reading` */
	bool asks; /* a passphrase had to be typed */
};

enum status storage_open(
	struct storage *s, const struct storage_options *o, struct err *err);
/* The same with `reading` and without the key: the vault is locked, and there
 * is no catalog. */
enum status storage_open_keyless(
	struct storage *s, const struct storage_options *o, struct err *err);
/* A zeroed struct is allowed. */
void storage_close(struct storage *s);

#endif
