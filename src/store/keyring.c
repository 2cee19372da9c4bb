#include "store/keyring.h"

#include <errno.h>
#include <inttypes.h>
#include <keyutils.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/le.h"

/* Size of "atllama:<vault id>:<epoch>". */
#define NAME_MAX_LEN (8 + ID_HEX + 1 + 10 + 1)

#define KEY_TYPE "user"

/* The key and its timeout, which the kernel does not tell. */
enum { PAYLOAD = KEYRING_KEY + 4 };

static void put_name(
	const struct id *vault, uint32_t epoch, char ret[NAME_MAX_LEN])
{
	char hex[ID_HEX + 1];

	id_hex(vault, hex);
	(void)snprintf(ret, NAME_MAX_LEN, "atllama:%s:%" PRIu32, hex, epoch);
}

/* Whether errno says that there is no such key (any more). */
static bool is_absent(int sys)
{
	return sys == ENOKEY || sys == EKEYEXPIRED || sys == EKEYREVOKED ||
		sys == ENOENT;
}

static enum status refused(struct err *err)
{
	return err_sys(
		err, ST_FAIL, "the kernel's keyring is not to be had here");
}

/*
 * The permissions of a key apply only to its possessor: a process that can
 * reach it from its keyrings. The user keyring may not be linked from the
 * session keyring (there may be none), so link it to the process's own.
 */
static bool link_user_keyring(void)
{
	return keyctl_link(KEY_SPEC_USER_KEYRING, KEY_SPEC_PROCESS_KEYRING) ==
		0;
}

static key_serial_t find(const char *name)
{
	return (key_serial_t)keyctl_search(
		KEY_SPEC_USER_KEYRING, KEY_TYPE, name, 0);
}

enum status keyring_put(const struct id *vault, uint32_t epoch,
	const uint8_t key[KEYRING_KEY], unsigned timeout_s, struct err *err)
{
	char name[NAME_MAX_LEN];
	struct secret payload = {0};
	key_serial_t serial;
	enum status st;

	if (timeout_s == 0)
		return err_set(
			err, ST_USAGE, "a key is kept for at least a second");
	put_name(vault, epoch, name);
	if (!link_user_keyring())
		return refused(err);
	if (!secret_new(&payload, PAYLOAD))
		return err_nomem(err);
	memcpy(payload.p, key, KEYRING_KEY);
	le32_put(payload.p + KEYRING_KEY, timeout_s);
	/* First into the process's own keyring, so that it has its timeout when
	 * others can see it. The link then replaces an older key. */
	serial = add_key(
		KEY_TYPE, name, payload.p, PAYLOAD, KEY_SPEC_PROCESS_KEYRING);
	secret_free(&payload);
	if (serial < 0)
		return refused(err);
	if (keyctl_setperm(serial, KEY_POS_ALL) != 0 ||
		keyctl_set_timeout(serial, timeout_s) != 0 ||
		keyctl_link(serial, KEY_SPEC_USER_KEYRING) != 0) {
		st = refused(err);
		(void)keyctl_revoke(serial);
		return st;
	}
	(void)keyctl_unlink(serial, KEY_SPEC_PROCESS_KEYRING);
	return ST_OK;
}

/* Reads the PAYLOAD bytes of the key and its serial number. */
static enum status read_key(const struct id *vault, uint32_t epoch,
	struct secret *ret, key_serial_t *ret_serial, struct err *err)
{
	char name[NAME_MAX_LEN];
	struct secret payload = {0};
	key_serial_t serial;
	long n;

	put_name(vault, epoch, name);
	if (!link_user_keyring())
		return refused(err);
	serial = find(name);
	if (serial < 0 && is_absent(errno))
		return err_set(err, ST_NOT_FOUND, "no key is cached");
	if (serial < 0)
		return refused(err);
	if (!secret_new(&payload, PAYLOAD))
		return err_nomem(err);
	n = keyctl_read(serial, (char *)payload.p, PAYLOAD);
	if (n == PAYLOAD) {
		payload.len = PAYLOAD;
		*ret = payload;
		*ret_serial = serial;
		return ST_OK;
	}
	secret_free(&payload);
	if (n >= 0 || is_absent(errno))
		return err_set(err, ST_NOT_FOUND, "no key is cached");
	return refused(err);
}

enum status keyring_get(const struct id *vault, uint32_t epoch,
	struct secret *ret, struct err *err)
{
	struct secret payload = {0};
	key_serial_t serial;
	enum status st = read_key(vault, epoch, &payload, &serial, err);

	if (st == ST_OK && !secret_set(ret, payload.p, KEYRING_KEY))
		st = err_nomem(err);
	secret_free(&payload);
	return st;
}

void keyring_refresh(const struct id *vault, uint32_t epoch)
{
	struct secret payload = {0};
	key_serial_t serial;

	if (read_key(vault, epoch, &payload, &serial, NULL) == ST_OK)
		(void)keyctl_set_timeout(
			serial, le32_get(payload.p + KEYRING_KEY));
	secret_free(&payload);
}

enum status keyring_revoke(
	const struct id *vault, uint32_t epoch, struct err *err)
{
	char name[NAME_MAX_LEN];
	key_serial_t serial;

	put_name(vault, epoch, name);
	/* Where keyrings are refused, nothing was ever stored. */
	if (!link_user_keyring())
		return errno == ENOSYS || errno == EPERM || errno == EACCES
			? ST_OK
			: refused(err);
	serial = find(name);
	if (serial < 0)
		return is_absent(errno) ? ST_OK : refused(err);
	if (keyctl_revoke(serial) != 0 && !is_absent(errno))
		return refused(err);
	(void)keyctl_unlink(serial, KEY_SPEC_USER_KEYRING);
	return ST_OK;
}
