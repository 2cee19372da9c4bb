/*
 * vault.atv as an attacker may write it. The sum, which needs no key, is put
 * right, so that all behind it is reached. What is let through must be safe to
 * use: costs of Argon2id are bounded, slots that open need the secret, and
 * nothing is let through that does not come out the same again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/le.h"
#include "store/vault_file.h"
#include "store/vault_slot.h"

#define MUST(cond)                                                             \
	do {                                                                   \
		if (!(cond))                                                   \
			abort();                                               \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct secret keyfile;
static struct secret passphrase;

static void set_up(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	MUST(box_init(NULL) == ST_OK);
	MUST(secret_set(&keyfile, "0123456789abcdef0123456789abcdef", BOX_KEY));
	MUST(secret_set(&passphrase, "pass", 4));
}

/* No secret of ours made any slot: none may open, and those whose cost is out
 * of bounds are refused without a try. */
static void try_slots(const struct vault_file *f)
{
	struct vault_secret s = {.keyfile = &keyfile, .recovery = &keyfile};
	struct vault_slot info;
	uint8_t mk[BOX_KEY];
	size_t i;

	MUST(vault_slot_any(f, &s, mk, NULL, NULL) == ST_LOCKED);
	s.passphrase = &passphrase;
	for (i = 0; i < VAULT_SLOTS; i++) {
		if (!vault_slot_get(f, i, &info) ||
			info.kdf != VAULT_KDF_ARGON2ID13)
			continue;
		s.allow_kdf = info.t <= 2 && info.m_kib <= 16;
		if (info.t < BOX_ARGON_T_MIN || info.t > BOX_ARGON_T_MAX ||
			info.m_kib < BOX_ARGON_KIB_MIN ||
			info.m_kib > BOX_ARGON_KIB_MAX ||
			(!s.allow_kdf && info.m_kib < 64 * 1024))
			MUST(vault_slot_open(f, i, &s, mk, NULL) == ST_USAGE);
		else if (s.allow_kdf)
			MUST(vault_slot_open(f, i, &s, mk, NULL) == ST_LOCKED);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t raw[VAULT_FILE] = {0};
	struct vault_file f;
	struct vault_file again;
	struct vault_slot s;
	struct span all = span_of(raw, VF_SUM);
	struct err err;
	enum status st;
	size_t i;

	set_up();
	st = vault_file_parse(span_of(data, size), &f, &err);
	MUST(st == ST_OK || st == ST_DAMAGED || st == ST_FAIL);
	memcpy(raw, data, size < sizeof(raw) ? size : sizeof(raw));
	memcpy(raw, VAULT_MAGIC, 8);
	le32_put(raw + VF_LEN, VAULT_FILE);
	box_hash(raw + VF_SUM, BOX_HASH, span_of(NULL, 0), &all, 1);
	st = vault_file_parse(span_of(raw, sizeof(raw)), &f, &err);
	if (st != ST_OK) {
		MUST(st == ST_DAMAGED || st == ST_FAIL);
		return 0;
	}
	MUST(vault_file_count(&f) > 0);
	for (i = 0; i < VAULT_SLOTS; i++) {
		if (!vault_slot_get(&f, i, &s))
			continue;
		MUST(s.type >= VAULT_PASSPHRASE && s.type <= VAULT_RECOVERY);
		MUST(strlen(s.label) <= VAULT_LABEL_MAX && s.created_ms >= 0);
		MUST(vault_file_find_slot(&f, &s.id) <= i);
	}
	again = f;
	vault_file_seal(&again, keyfile.p);
	MUST(memcmp(again.raw, f.raw, VF_MAC) == 0);
	MUST(vault_file_authentic(&again, keyfile.p));
	try_slots(&f);
	return 0;
}
