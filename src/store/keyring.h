/*
 * The master key in the kernel's keyring, so that one passphrase lasts for a
 * while and over several processes; the only user of libkeyutils.
 *
 * The key lies in the user keyring as "atllama:<vault id>:<epoch>", readable by
 * its possessor only, and the kernel forgets it after the timeout. Any process
 * of the same user can use it: this guards against theft of the disk, not
 * against malware. Where the kernel or a container refuses keyrings (ENOSYS,
 * EPERM, quota) calls fail with ST_FAIL and a message that says so, but there is
 * nothing to revoke then.
 */
#ifndef ATL_STORE_KEYRING_H
#define ATL_STORE_KEYRING_H

#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/secret.h"

#define KEYRING_KEY 32

/* Replaces what is there; timeout_s counts from now and is not 0. */
enum status keyring_put(const struct id *vault, uint32_t epoch,
	const uint8_t key[KEYRING_KEY], unsigned timeout_s, struct err *err);
/* Begins its time again, as it was put; of no consequence where it fails. */
void keyring_refresh(const struct id *vault, uint32_t epoch);
/* ST_NOT_FOUND when there is none. The caller frees *ret with secret_free(). */
enum status keyring_get(const struct id *vault, uint32_t epoch,
	struct secret *ret, struct err *err);
/* ST_OK as well when there was none. */
enum status keyring_revoke(
	const struct id *vault, uint32_t epoch, struct err *err);

#endif
