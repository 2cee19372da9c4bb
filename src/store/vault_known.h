/*
 * What this machine remembers about a vault: "<state>/<vault id>/known" holds
 * its fingerprint, the highest generation seen and the folder it was in. This
 * is trust on first use, as ssh has it for hosts: somebody who can write to the
 * data folder (such as a sync service) cannot replace the vault by another or
 * an older one unnoticed.
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
	KNOWN_NEWER, /* it has a later generation, or was moved */
	KNOWN_OLDER, /* it has an earlier generation */
	KNOWN_OTHER_KEY, /* same id, but another master key */
	KNOWN_OTHER_VAULT, /* another vault was at this path */
};

/*
 * Compares `now` with what is remembered below state_dir; writes nothing. For
 * KNOWN_OTHER_VAULT, *ret_other is the id of the other vault; for KNOWN_OLDER,
 * *ret_seen is the generation that was seen. ST_DAMAGED when the note about
 * this vault is malformed.
 */
enum status known_check(const char *state_dir, const struct known *now,
	enum known_result *ret, struct id *ret_other, uint64_t *ret_seen,
	struct err *err);
/* The highest generation of this vault that this machine has seen; 0 when it
 * has seen none. */
uint64_t known_generation(const char *state_dir, const struct id *vault);
/* Remembers `now` and makes the folders for that. Never replaces a later
 * generation by an earlier one. */
enum status known_store(
	const char *state_dir, const struct known *now, struct err *err);
/* Removes the path from the notes of other vaults known there, because the user
 * has just made this one there. Returns whether there were any. */
bool known_release_path(const char *state_dir, const struct known *now);

/* Reads the device id from "<state>/<vault id>/device". If there is none, it is
 * made when `make` is set; otherwise ret is all zeros. */
enum status known_device(const char *state_dir, const struct id *vault,
	bool make, uint8_t ret[VAULT_DEVICE], struct err *err);

#endif
