/*
 * Where conversations are kept: how the vault is opened or made, what was left
 * behind by a crash is recovered, and the list of conversations opened.
 *
 * Policy, in this order. No vault: the user is asked for a new passphrase where
 * there is someone to ask, and an empty answer, or nobody to ask, makes a key
 * file. A vault: the key file, then the kernel's keyring, then the passphrase,
 * asked for three times at most. A change of the master key that was killed is
 * finished before anything else.
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
	/* Fills an empty secret; leaves it empty for "a key file". NULL: there
	 * is nobody to ask. */
	enum status (*pass)(enum storage_ask purpose, struct secret *ret,
		void *payload, struct err *err);
	/* A sentence for the user. NULL: not told. */
	void (*notice)(const char *text, void *payload);
	void *payload;
	bool existing_only; /* ST_NOT_FOUND rather than make a vault */
	/* To look and not to touch: nothing is made, repaired, recovered or
	 * finished; existing_only as well. */
	bool reading;
	bool no_cache; /* the kernel's keyring is not asked */
	bool allow_kdf; /* see struct vault_secret */
};

/* How long a passphrase lasts unless the user says otherwise. */
#define STORAGE_CACHE_S (15u * 60)

/* Where everything is; needs storage_places_release(). */
struct storage_places {
	struct buf data;
	struct buf state;
	struct buf key_file;
};

enum status storage_places_find(struct storage_places *p,
	const struct storage_options *o, struct err *err);
/* Survives a zeroed struct. */
void storage_places_release(struct storage_places *p);

struct storage {
	struct vault *vault;
	struct catalog *catalog;
	struct memory *memory; /* NULL with `reading` */
	bool asks; /* a passphrase was needed and not known yet */
};

enum status storage_open(
	struct storage *s, const struct storage_options *o, struct err *err);
/* The same with `reading`, and without the key: no catalog, and a vault that is
 * locked. */
enum status storage_open_keyless(
	struct storage *s, const struct storage_options *o, struct err *err);
/* Survives a zeroed struct. */
void storage_close(struct storage *s);

#endif
