/*
 * What this machine remembers of a vault: "<state>/<vault id>/known" holds its
 * fingerprint, the highest generation seen and where it lay. Trust on first
 * use, as ssh does with hosts: whoever may write the data folder (a sync
 * service) cannot put another vault, or an older one, in its place unnoticed.
 */
#ifndef ATL_STORE_VAULT_KNOWN_H
#define ATL_STORE_VAULT_KNOWN_H

#include "store/vault_file.h"

#define KNOWN_FINGERPRINT 16
#define KNOWN_PATH_MAX 4096

struct known {
	struct id id;
	uint8_t fingerprint[KNOWN_FINGERPRINT];
	uint64_t generation;
	const char *path; /* canonical folder of the vault; borrowed */
};

enum known_result {
	KNOWN_SAME = 0, /* nothing new */
	KNOWN_FIRST, /* no vault was known here */
	KNOWN_NEWER, /* a later generation, or moved */
	KNOWN_OLDER, /* rolled back */
	KNOWN_OTHER_KEY, /* the same id with another master key */
	KNOWN_OTHER_VAULT, /* another vault lay at this path */
};

/*
 * Compares with what is remembered below state_dir and writes nothing.
 * *ret_other is the id of the other vault for KNOWN_OTHER_VAULT, and *ret_seen
 * the generation that was seen for KNOWN_OLDER. ST_DAMAGED when the note on
 * this vault cannot be read as one.
 */
enum status known_check(const char *state_dir, const struct known *now,
	enum known_result *ret, struct id *ret_other, uint64_t *ret_seen,
	struct err *err);
/* The highest generation of this vault that was seen here; 0 when none was. */
uint64_t known_generation(const char *state_dir, const struct id *vault);
/* Remembers it, making the folders; an older generation is never written over
 * a later one. */
enum status known_store(
	const char *state_dir, const struct known *now, struct err *err);
/* Other vaults known at this path are remembered without it from now on: the
 * user has just made this one there. Whether there were any. */
bool known_release_path(const char *state_dir, const struct known *now);

/* The device id in "<state>/<vault id>/device"; made if need be, or zeros where
 * it may not be made. */
enum status known_device(const char *state_dir, const struct id *vault,
	bool make, uint8_t ret[VAULT_DEVICE], struct err *err);

#endif
