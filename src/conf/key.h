/*
 * API keys: where they come from, and those that were read.
 *
 * A key is named by its source (an environment variable, a file, a command, the
 * vault) and, once read, is kept in a struct secret here and nowhere else. An
 * environment variable is unset when it is taken, so that no child inherits it.
 * Which key may go to which endpoint is decided by conf/agent. Not fit for
 * threads: it changes the environment.
 */
#ifndef ATL_CONF_KEY_H
#define ATL_CONF_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"

#define KEY_BYTES_MAX ((size_t)16 * 1024)
#define KEY_SLOTS_MAX ((size_t)4096)

enum key_source { KEY_NONE = 0, KEY_ENV, KEY_FILE, KEY_COMMAND, KEY_VAULT };

struct key_ref {
	enum key_source source;
	const char *name; /* variable, path, command, name; borrowed */
	bool optional; /* absent or empty means no key instead of an error */
};

struct key_slot {
	enum key_source source;
	char *name;
	struct secret value; /* empty: there is none */
};

/* Fills an empty secret with the key of that name in the vault. ST_NOT_FOUND
 * when there is none. */
typedef enum status key_vault_fn(
	const char *name, struct secret *ret, void *payload, struct err *err);

struct keys {
	key_vault_fn *vault; /* NULL: there is no vault to ask */
	void *vault_payload;
	/* Called with true before a command is run, which may use the terminal,
	 * and with false after it; NULL: nobody has to know. */
	void (*lend)(bool lent, void *payload);
	void *lend_payload;
	struct key_slot **slots; /* they never move */
	size_t n;
	size_t cap;
};

void keys_init(struct keys *k);
/* Wipes all keys. */
void keys_release(struct keys *k);

/* Moves the variable into k and unsets it. Absence is no error, nor is a
 * variable that was taken before. ST_CONFIG when its value cannot be a key. */
enum status keys_take_env(struct keys *k, const char *name, struct err *err);

/*
 * Gets the key that ref names, reading it when it is first asked for. *ret is
 * borrowed from k until keys_release(), and NULL when there is none. A file
 * must be a regular one and, when it is ours, closed to others; its first line
 * is the key. A command is given to sh, sees no variable with a key that we
 * know of, may talk to the terminal on stderr, and its first line of output is
 * the key. ST_CONFIG tells what to do.
 */
enum status keys_get(struct keys *k, const struct key_ref *ref,
	const struct secret **ret, struct err *err) ATTR_MUST_CHECK;
/*
 * For a key that was refused: reads it anew from its file, its command or the
 * vault, in place of the one that keys_get() gave. *ret_other: it is another
 * one now. A key from the environment, or one never read, stays as it is; so
 * does the old one when this fails.
 */
enum status keys_renew(struct keys *k, const struct key_ref *ref,
	bool *ret_other, struct err *err) ATTR_MUST_CHECK;

#endif
