/*
 * Keeps the master key in the kernel's keyring, so that a passphrase need not
 * be typed again for a while, in this process or another. The only user of
 * libkeyutils.
 *
 * The key is stored in the user keyring as "atllama:<vault id>:<epoch>". Only
 * its possessor can read it, and the kernel forgets it after the timeout. Any
 * process of the same user can use it: this protects against theft of the disk,
 * not against malware. Where the kernel or a container refuses keyrings
 * (ENOSYS, EPERM, quota), calls fail with ST_FAIL and a message that says so.
 * Where there are no keyrings at all, keyring_revoke() succeeds: nothing was
 * ever stored.
 */
#ifndef ATL_STORE_KEYRING_H
#define ATL_STORE_KEYRING_H

#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/secret.h"

#define KEYRING_KEY 32

/* Stores the key, replacing an earlier one. The timeout counts from now and
 * must not be 0. */
enum status keyring_put(const struct id *vault, uint32_t epoch,
	const uint8_t key[KEYRING_KEY], unsigned timeout_s, struct err *err);
/* Starts the timeout given to keyring_put() again. Failure is ignored. */
void keyring_refresh(const struct id *vault, uint32_t epoch);
/* Reads the key; ST_NOT_FOUND when there is none. The caller frees *ret with
 * secret_free(). */
enum status keyring_get(const struct id *vault, uint32_t epoch,
	struct secret *ret, struct err *err);
/* Removes the key. ST_OK also when there was none. */
enum status keyring_revoke(
	const struct id *vault, uint32_t epoch, struct err *err);

#endif
